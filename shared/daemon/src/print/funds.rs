//! How accounts of money and goods read on a terminal.

use std::fmt::Write;

use super::{named, table};
use crate::views::{AccountView, AmountView, EquationView, FundsLine, FundsView};

/// All accounts of one question.
pub fn funds(of: &FundsView) -> String {
    let drill = if of.drill { "（演练）" } else { "" };
    let mut text = format!("{}  {} {}{drill}\n", of.division, of.subject.form_zh, subject(of));
    if let Some(as_of) = &of.as_of {
        // Writing into a String cannot fail.
        let _ = writeln!(text, "截至 {as_of} 本站已收到的");
    }
    text.push_str(if of.reviewed_only { "只计已审\n" } else { "" });
    if of.accounts.is_empty() {
        text.push_str("还没有填报资金或物资收支 (nothing has been stated)\n");
    }
    of.accounts.iter().for_each(|of| text.push_str(&account(of)));
    text.push_str(&super::records::targets(&of.targets));
    text.push_str(&named("未报", &of.missing));
    text
}

fn subject(of: &FundsView) -> String {
    match (of.subject.event, of.subject.period) {
        (Some(event), _) => event.to_string(),
        (None, Some(period)) => period.zh(),
        (None, None) => String::new(),
    }
}

/// One account: its lines, their sum, and what was compared. What holds is only counted.
fn account(of: &AccountView) -> String {
    let mut text = String::new();
    // Writing into a String cannot fail.
    let _ = writeln!(text, "{}（{}）", of.zh, of.unit);
    let heads: Vec<&str> =
        std::iter::once("单位").chain(of.parts.iter().map(|(_, zh)| zh.as_str())).collect();
    let row = |name: String, parts: &std::collections::BTreeMap<String, AmountView>| {
        let cell =
            |(part, _): &(String, String)| parts.get(part).map(|of| of.text.clone()).unwrap_or_default();
        std::iter::once(name).chain(of.parts.iter().map(cell)).collect::<Vec<String>>()
    };
    let line = |line: &FundsLine| row(line.division.to_string(), &line.parts);
    let mut rows: Vec<Vec<String>> = of.lines.iter().map(line).collect();
    rows.push(row("合计".into(), &of.totals));
    let numbers: Vec<usize> = (1..=of.parts.len()).collect();
    text.push_str(&table(&heads, &rows, &numbers));
    let holds = of.equations.iter().filter(|equation| equation.verdict == "holds").count();
    let _ = writeln!(text, "核对 {} 项，相符 {holds}", of.equations.len());
    // The sums over all lines are named even where they hold.
    let shown = |equation: &&EquationView| equation.verdict != "holds" || is_of_all(equation);
    for equation in of.equations.iter().filter(shown) {
        let _ = writeln!(text, "  {}", equation.text);
    }
    text
}

fn is_of_all(equation: &EquationView) -> bool {
    ["sources", "whole"].contains(&equation.rule.as_str())
}
