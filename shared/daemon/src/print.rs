//! How views read on a terminal. Chinese first: the people who type these commands work in it.

pub mod catalogue;
mod ending;
mod form;
pub mod funds;
pub mod records;
pub mod reviews;
pub mod sites;
pub mod standards;
mod stations;
pub mod submissions;

pub use form::forms;

use std::fmt::Write;

use fengsui_wire::limits::CLOCK_AHEAD_MS_MAX;

use crate::bundle::{Exported, Imported};
use crate::owed::OwedView;
use crate::verify::{Proof, Scrubbed};
use crate::views::{DivisionView, EntryView, LinkView, ReasonView, StationStatus, TotalView};

/// Prints one line or block to standard output; a reader that has gone is no failure.
pub fn line(text: &str) {
    use std::io::Write as _;
    let _ = writeln!(std::io::stdout(), "{}", tame(text));
}

/// `text` without control characters but line ends: what a township typed, or a peer says, must not move the cursor of
/// whoever reads it.
pub fn tame(text: &str) -> String {
    text.chars().map(|c| if c.is_control() && c != '\n' { '\u{fffd}' } else { c }).collect()
}

/// Columns a text takes on a terminal: a Chinese character takes two.
pub fn width(text: &str) -> usize {
    text.chars().map(|c| if (c as u32) >= 0x2e80 { 2 } else { 1 }).sum()
}

/// `text` filled up with spaces to `columns`.
pub fn pad(text: &str, columns: usize) -> String {
    format!("{text}{}", " ".repeat(columns.saturating_sub(width(text))))
}

/// `text` moved right to `columns`.
pub fn right(text: &str, columns: usize) -> String {
    format!("{}{text}", " ".repeat(columns.saturating_sub(width(text))))
}

/// A table: columns as wide as their widest cell; those named in `numbers` to the right.
pub fn table(head: &[&str], rows: &[Vec<String>], numbers: &[usize]) -> String {
    let cells = |at: usize| rows.iter().map(move |row| row.get(at).map_or(0, |cell| width(cell)));
    let widths: Vec<usize> = head
        .iter()
        .enumerate()
        .map(|(at, title)| cells(at).chain([width(title)]).max().unwrap_or(0))
        .collect();
    let line = |cells: Vec<&str>| {
        let cell = |(at, cell): (usize, &&str)| match numbers.contains(&at) {
            true => right(cell, widths[at]),
            false => pad(cell, widths[at]),
        };
        let line: Vec<String> = cells.iter().enumerate().map(cell).collect();
        format!("  {}\n", line.join("  ").trim_end())
    };
    let mut text = line(head.to_vec());
    rows.iter().for_each(|row| text.push_str(&line(row.iter().map(String::as_str).collect())));
    text
}

/// Columns of the labels at the left.
const LABEL_COLUMNS: usize = 10;

fn put(text: &mut String, label: &str, value: impl std::fmt::Display) {
    // Writing into a String cannot fail.
    let _ = writeln!(text, "{}  {value}", pad(label, LABEL_COLUMNS));
}

/// A report in the chain of its event or month: the first is only 初报 or 月报, those after it are counted from 1.
pub fn edition(stage: &str, revision: u32) -> String {
    match revision {
        0 => stage.to_owned(),
        number => format!("{stage}（第 {number} 次）"),
    }
}

/// One entry.
pub fn entry(entry: &EntryView) -> String {
    let mut text = String::new();
    let drill = if entry.drill { "（演练）" } else { "" };
    let zero = if entry.zero { " 零报告" } else { "" };
    let title = match (&entry.subject, &entry.stage, entry.revision) {
        (Some(subject), Some(stage), Some(revision)) => {
            format!("{} {}{zero}{drill}", subject.zh(), edition(stage, revision))
        }
        _ => entry.kind.clone(),
    };
    put(&mut text, "条目", format!("{}  {title}", entry.reference));
    put(&mut text, "单位", &entry.division);
    put(&mut text, "签名密钥", &entry.signer);
    put(&mut text, "签名核验", if entry.verified { "通过" } else { "不通过" });
    put(&mut text, "签名时间", &entry.signed_at);
    put(&mut text, "校验值", &entry.hash);
    if entry.relogged {
        put(&mut text, "说明", "本站存储恢复后重新登记");
    }
    for figure in &entry.figures {
        let _ = writeln!(text, "  {}  {}  {}", figure.code, pad(&figure.zh, 36), right(&figure.text, 16));
    }
    text.push_str(&sites::sites(&entry.sites));
    entry.texts.iter().for_each(|(label, value)| put(&mut text, label, value));
    put(&mut text, "经过", "");
    for hop in &entry.hops {
        let part = if hop.bodies { "" } else { "（仅收到报头，内容未到）" };
        let signer = &hop.signer[..8];
        let _ = writeln!(text, "  {}  {}  {}  {signer}{part}", pad(&hop.step, 8), hop.at, hop.division);
    }
    text.push_str(&reviews::of_report(&entry.reviews));
    text.push_str(&reasons("未计入汇总", &entry.reasons));
    text.push_str(&reasons("报警", &entry.alarms));
    text.push_str(&reasons("提示", &entry.notes));
    text.push_str(&reasons("未核对", &entry.unjudged));
    text
}

/// Reasons under a title; nothing where there are none.
pub fn reasons(title: &str, reasons: &[ReasonView]) -> String {
    let mut text = String::new();
    if !reasons.is_empty() {
        put(&mut text, title, "");
    }
    for reason in reasons {
        let _ = writeln!(text, "  {}  {}\n  {}  {}", pad(&reason.check, 8), reason.zh, pad("", 8), reason.en);
    }
    text
}

/// One indicator's total, in one line.
pub fn figure(of: &crate::views::FigureTotalView) -> String {
    let said = if of.text.is_empty() { "未填".to_owned() } else { format!("{} {}", of.text, of.unit) };
    let (place, subject) = (&of.division, of.subject.zh());
    let as_of = of.as_of.as_ref().map(|as_of| format!("截至 {as_of}  ")).unwrap_or_default();
    let view = if of.reviewed_only { "；只计已审" } else { "" };
    let (owing, reported) = (of.owing, of.reported);
    let mut text =
        format!("{as_of}{place}  {subject}  {} {said}（应报 {owing}，已报 {reported}{view}）\n", of.zh);
    if let Some(target) = &of.target {
        let _ = writeln!(
            text,
            "  目标 {} {}，完成率 {}（{} {}）",
            target.text, target.unit, target.reached, target.issuer.name, target.document
        );
    }
    text
}

/// A total.
pub fn total(total: &TotalView) -> String {
    let mut text = String::new();
    let drill = if total.drill { "（演练）" } else { "" };
    let _ = writeln!(text, "{}  {}{drill}", total.division, total.subject.zh());
    if total.subject.period.is_some() {
        let _ = writeln!(text, "{}", total.subject.en());
    }
    if let Some(as_of) = &total.as_of {
        let (reported, missing) = (total.counted.len(), total.missing.len());
        let _ = writeln!(text, "截至 {as_of}：已报 {reported}，未报 {missing}");
    }
    let row = |figure: &crate::views::TotalFigure| {
        vec![
            figure.code.clone(),
            figure.zh.clone(),
            figure.text.clone(),
            figure.unit.clone(),
            figure.counted.to_string(),
        ]
    };
    let rows: Vec<_> = total.figures.iter().map(row).collect();
    text.push_str(&table(&["代码", "指标", "合计", "单位", "填报数"], &rows, &[2, 4]));
    for of in &total.retired {
        let _ = writeln!(
            text,
            "已停用（目录第 {} 版）：{} {} {} {}",
            of.catalogue, of.code, of.zh, of.text, of.unit
        );
    }
    for figure in total.figures.iter().filter(|figure| !figure.contributions.is_empty()) {
        let _ = writeln!(text, "{} {} 由以下签名条目得出：", figure.code, figure.zh);
        let row = |part: &crate::views::ContributionView| {
            vec![
                part.division.to_string(),
                part.text.clone(),
                part.entry.clone(),
                part.signer[..8].to_owned(),
            ]
        };
        let rows: Vec<_> = figure.contributions.iter().map(row).collect();
        text.push_str(&table(&["单位", "数值", "条目", "签名"], &rows, &[1]));
        text.push_str(&sites::parts(&figure.contributions));
    }
    let counts = total.reviews;
    let proxies = total.counted.iter().filter(|counted| counted.filed_by.is_some()).count();
    let _ = writeln!(
        text,
        "已计入 {}{}（已审 {}，待审 {}，退回 {}），未报 {}{}",
        total.counted.len(),
        if proxies > 0 { format!("，其中代报 {proxies}") } else { String::new() },
        counts.reviewed,
        counts.waiting,
        counts.returned,
        total.missing.len(),
        if total.reviewed_only { "；只计已审" } else { "" }
    );
    let row = |counted: &crate::views::CountedView| {
        let zero = if counted.zero { " 零报告" } else { "" };
        let review = match counted.review.as_str() {
            "reviewed" => "已审",
            "returned" => "退回",
            _ => "待审",
        };
        let filed = counted.filed_by.as_ref().map(|by| format!("（{}代报）", by.name)).unwrap_or_default();
        let corrected = counted.corrected_from.map(|from| format!("（勘误自 {from}）")).unwrap_or_default();
        let old = if total.old_standards.contains(&counted.entry) { "（标准版本旧）" } else { "" };
        let late = if counted.late { "（迟报）" } else { "" };
        let stage =
            format!("{}{zero}{late}{filed}{corrected}{old}", edition(&counted.stage, counted.revision));
        let (entry, received) = (counted.entry.clone(), counted.received_at.clone());
        vec![counted.division.to_string(), stage, review.into(), entry, received]
    };
    let rows: Vec<_> = total.counted.iter().map(row).collect();
    text.push_str(&table(&["单位", "报告", "审核", "条目", "收到时间"], &rows, &[]));
    let due = total.due.map(|day| format!("（期限 {day}）")).unwrap_or_default();
    let missing = if total.overdue { "逾期未报" } else { "未报" };
    text.push_str(&named(&format!("{missing}{due}"), &total.missing));
    if !total.bodies.is_empty() {
        let _ = writeln!(text, "另有{}不在本网内，其数据由有关单位代填", total.bodies.join("、"));
    }
    text.push_str(&named("待审未计入", &total.waiting));
    text.push_str(&named("退回未计入", &total.returned));
    for moved in &total.moved {
        let _ = writeln!(text, "经勘误改计入其他事件：{}，计入 {}", moved.division, moved.to);
    }
    for twice in &total.twice {
        let title = format!("同号异文：{} {}", twice.division, edition("报告", twice.revision));
        let _ = writeln!(text, "{title}，以 {} 为准，不计 {}，请其再报一版", twice.stands, twice.other);
    }
    text.push_str(&alarms(total));
    text.push_str(&records::targets(&total.targets));
    text.push_str(&records::inspections(&total.inspections));
    text.push_str(&records::consultations(&total.consultations));
    for refused in &total.not_counted {
        let title = format!(
            "{} {} {} 未计入：",
            refused.division,
            edition(&refused.stage, refused.revision),
            refused.entry
        );
        text.push_str(&reasons(&title, &refused.reasons));
    }
    text
}

/// How many alarms there are, and each with the report that raises it.
fn alarms(total: &TotalView) -> String {
    let mut text = String::new();
    if !total.alarms.is_empty() {
        let _ = writeln!(text, "报警 {} 项（{} alarms）：", total.alarms.len(), total.alarms.len());
    }
    for alarm in &total.alarms {
        let title = format!("{} {}", alarm.division, alarm.entry);
        text.push_str(&reasons(&title, std::slice::from_ref(&alarm.reason)));
    }
    text
}

/// Divisions named at most; a province lists hundreds.
const MISSING_NAMED_MAX: usize = 20;

fn named(label: &str, divisions: &[DivisionView]) -> String {
    if divisions.is_empty() {
        return String::new();
    }
    let names: Vec<&str> =
        divisions.iter().take(MISSING_NAMED_MAX).map(|division| division.name.as_str()).collect();
    let more = match divisions.len() > MISSING_NAMED_MAX {
        true => format!(" 等 {} 个", divisions.len()),
        false => String::new(),
    };
    format!("{label}：{}{more}\n", names.join("、"))
}

/// Status.
pub fn status(status: &StationStatus, all: bool) -> String {
    let mut text = String::new();
    put(&mut text, "单位", format!("{}（{}）", status.division, status.level.zh()));
    put(&mut text, "密钥", &status.key);
    put(&mut text, "全网根密钥", &status.root);
    let standing = match &status.revoked {
        Some(reason) => format!("已撤销：{reason}"),
        None if status.appointed => "已授权".into(),
        None => "尚未收到授权".into(),
    };
    put(&mut text, "授权", standing);
    if let Some(next) = &status.next_key {
        put(&mut text, "换密钥", format!("等待上级回执，新密钥 {next}"));
    }
    put(
        &mut text,
        "区划表",
        if status.directory == 0 { "尚未收到".into() } else { format!("第 {} 版", status.directory) },
    );
    for lane in status.lanes.iter().filter(|lane| lane.entries > 0) {
        let receipted: Vec<String> =
            lane.receipted.iter().map(|(division, next)| format!("{} 已收 {next}", division.name)).collect();
        put(
            &mut text,
            &format!("{}日志", lane_zh(&lane.lane)),
            format!("{} 条  {}", lane.entries, receipted.join("，")),
        );
    }
    put(
        &mut text,
        "存储",
        format!("{} 条，{} 份日志，{} 字节", status.entries, status.logs, status.journal_bytes),
    );
    text.push_str(&owed(&status.owed));
    let rows: Vec<_> = status.links.iter().map(link).collect();
    if !rows.is_empty() {
        let head = ["上级", "类型", "连接", "起始时间", "待送达", "已存", "说明"];
        text.push_str(&table(&head, &rows, &[4, 5]));
    }
    text.push_str(&stations::stations(status, all));
    status.forks.iter().for_each(|fork| put(&mut text, "同号异文", fork));
    status.unreadable.iter().for_each(|entry| put(&mut text, "内容无法识读", entry));
    for (at, reason) in status.quarantine.iter().take(5) {
        put(&mut text, "拒收留存", format!("{at}  {reason}"));
    }
    if status.quarantine.len() > 5 {
        put(&mut text, "拒收留存", format!("共 {} 项，--json 可见全部", status.quarantine.len()));
    }
    text
}

/// What is owed now, in one block; nothing where nothing is.
pub fn owed(owed: &[OwedView]) -> String {
    if owed.is_empty() {
        return String::new();
    }
    let line = |of: &OwedView| format!("  {}（条目 {}）\n", of.zh, of.entry);
    format!("待办 {} 项：\n{}", owed.len(), owed.iter().map(line).collect::<String>())
}

/// What an office calls a lane.
fn lane_zh(lane: &str) -> &str {
    match lane {
        "urgent" => "紧急",
        "routine" => "日常",
        "bulk" => "批量",
        other => other,
    }
}

/// What an office calls a role.
pub fn role_zh(role: &str) -> &str {
    match role {
        "node" => "乡镇站",
        "hub" => "汇总站",
        "reviewer" => "审核人",
        "head" => "负责人",
        other => other,
    }
}

fn link(view: &LinkView) -> Vec<String> {
    let division = view.division.as_ref().map_or_else(|| view.key[..8].to_owned(), ToString::to_string);
    let link = &view.link;
    let state = if link.online { "在线" } else { "离线" };
    let clock = match link.clock_offset_ms.abs() > CLOCK_AHEAD_MS_MAX {
        true => format!("时钟相差 {} 秒 ", link.clock_offset_ms / 1000),
        false => String::new(),
    };
    vec![
        division,
        role_zh(&view.role).into(),
        state.into(),
        crate::clock::shown(link.since_ms),
        link.behind.to_string(),
        view.entries.to_string(),
        format!("{clock}{}", ending::ending(&link.reason)),
    ]
}

/// A scrub.
pub fn scrubbed(found: &Scrubbed) -> String {
    let mut text = format!(
        "已核验 {} 条（其中 {} 条有正文）、{} 份回执、{} 个个人签名，问题 {} 处\n",
        found.entries,
        found.bodies,
        found.receipts,
        found.persons,
        found.faults.len()
    );
    found.faults.iter().for_each(|fault| put(&mut text, "问题", fault));
    text
}

/// A proof.
pub fn proof(proof: &Proof) -> String {
    let mut text = format!("全网根密钥 {}\n{}", proof.root, imported(&proof.imported));
    if let Some((as_of, hub)) = &proof.as_of {
        let _ = writeln!(text, "截至 {as_of}，以 {hub} 的回执为准");
    }
    proof.totals.iter().chain(&proof.reviewed).for_each(|of| text.push_str(&total(of)));
    proof.submissions.iter().for_each(|of| text.push_str(&submissions::one(of)));
    text
}

/// An export.
pub fn exported(exported: &Exported) -> String {
    format!(
        "已导出 {} 份日志、{} 条、{} 份回执，{} 字节",
        exported.logs, exported.entries, exported.receipts, exported.bytes
    )
}

/// An import.
pub fn imported(imported: &Imported) -> String {
    let mut text = format!(
        "新收 {} 条，已有 {} 条，回执 {} 份，待授权 {} 条，他处 {} 条，拒收 {} 条\n",
        imported.new,
        imported.held,
        imported.receipts,
        imported.waiting,
        imported.elsewhere,
        imported.refused.len()
    );
    imported.refused.iter().for_each(|reason| put(&mut text, "拒收", reason));
    text
}
