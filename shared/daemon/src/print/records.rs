//! How targets, inspections and consultations read on a terminal.

use std::fmt::Write;

use super::{reasons, table};
use crate::views::{ConsultationView, InspectionView, SampleView, TargetView};

/// Targets beside what was reported; nothing where there are none.
pub fn targets(all: &[TargetView]) -> String {
    if all.is_empty() {
        return String::new();
    }
    let row = |of: &TargetView| {
        let target = format!("{} {}", of.text, of.unit);
        let (division, actual) = (of.division.to_string(), of.actual.clone());
        let by = format!("{} {}", of.issuer.name, of.document);
        vec![division, of.code.clone(), of.zh.clone(), target, actual, of.reached.clone(), by]
    };
    let rows: Vec<_> = all.iter().map(row).collect();
    table(&["单位", "代码", "指标", "目标", "实际", "完成率", "依据"], &rows, &[3, 4, 5])
}

/// Inspections; nothing where there are none.
pub fn inspections(all: &[InspectionView]) -> String {
    let mut text = String::new();
    for of in all {
        // Writing into a String cannot fail.
        let _ = writeln!(
            text,
            "核查 {} 第 {} 次，{}，抽查 {} 项，不符 {} 项  {}",
            of.division,
            of.number,
            of.date,
            of.samples.len(),
            of.differing,
            of.entry
        );
        let rows: Vec<_> = of.samples.iter().map(sample).collect();
        text.push_str(&table(&["地点", "代码", "指标", "上报", "核实", "相差"], &rows, &[3, 4, 5]));
        if let Some(finding) = &of.finding {
            let _ = writeln!(text, "  核查意见：{finding}");
        }
        text.push_str(if of.pending {
            "  所引报告尚未收到，上报数暂不能核对\n"
        } else {
            ""
        });
        text.push_str(&reasons("不符", &of.reasons));
    }
    text
}

fn place(of: &SampleView) -> String {
    let village = of.village.as_ref().map(|village| format!(" {village}")).unwrap_or_default();
    format!("{}{village}", of.division)
}

fn sample(of: &SampleView) -> Vec<String> {
    let reported = if of.reported.is_empty() { "未报".to_owned() } else { of.reported.clone() };
    vec![place(of), of.code.clone(), of.zh.clone(), reported, of.found.clone(), of.difference.clone()]
}

/// An inspection as the lines of one entry.
pub(crate) fn inspection_lines(of: &InspectionView) -> Vec<(String, String)> {
    let head = format!("{}，抽查 {} 项，不符 {} 项", of.date, of.samples.len(), of.differing);
    let sample = |of: &SampleView| {
        let reported = if of.reported.is_empty() { "未报" } else { &of.reported };
        let text = format!("{} {} {}：上报 {reported}，核实 {}", place(of), of.code, of.zh, of.found);
        ("核实".to_owned(), text)
    };
    let finding = of.finding.clone().map(|finding| ("核查意见".to_owned(), finding));
    std::iter::once(("核查".to_owned(), head)).chain(of.samples.iter().map(sample)).chain(finding).collect()
}

/// Consultations; nothing where there are none.
pub fn consultations(all: &[ConsultationView]) -> String {
    let mut text = String::new();
    for of in all {
        let _ = writeln!(text, "会商核定 {} 第 {} 次  {}  {}", of.division, of.number, agreed(of), of.entry);
        text.push_str(if of.pending {
            "  所列报告尚未收齐，本级数暂不能核对\n"
        } else {
            ""
        });
        text.push_str(&reasons("不符", &of.reasons));
    }
    text
}

/// `QL050 农作物受灾面积：截至 … 本级 12.50（2 份报告），农业农村 13.00，相差 +0.50，核定 13.00 公顷；国有农场另计`.
pub(crate) fn agreed(of: &ConsultationView) -> String {
    let own = if of.own.is_empty() { "未统计" } else { &of.own };
    let difference = match of.difference.as_str() {
        "" => String::new(),
        difference => format!("，相差 {difference}"),
    };
    let reason = of.reason.as_ref().map(|reason| format!("；{reason}")).unwrap_or_default();
    format!(
        "{} {}：截至 {} 本级 {own}（{} 份报告），{} {}{difference}，核定 {} {}{reason}",
        of.code, of.zh, of.as_of, of.reports, of.office, of.theirs, of.agreed, of.unit
    )
}
