//! Reasons in words: who fills in a figure, and what a form is about.

use fengsui_model::site::{SITE_CHARS_MAX, SITE_FIGURES_MAX, SITES_MAX, SiteFault};
use fengsui_model::{Form, Indicator, Level, Report, Stage};

/// Figures that one reason spells out; a form filled in by the wrong level must not make a page of text.
const FIGURES_SHOWN_MAX: usize = 12;

/// Figures in `wrong` are not for a division that fills in as `levels`.
pub(super) fn misfilled(levels: &[Level], wrong: &[&Indicator]) -> (String, String) {
    let shown = || wrong.iter().take(FIGURES_SHOWN_MAX);
    let zh: Vec<String> = shown().map(|of| figure_zh(of)).collect();
    let en: Vec<String> = shown().map(|of| figure_en(of)).collect();
    let more = wrong.len().saturating_sub(FIGURES_SHOWN_MAX);
    let (more_zh, more_en) = match more {
        0 => (String::new(), String::new()),
        more => (format!("；另有{more}项"), format!("; and {more} more")),
    };
    let (own_zh, own_en) = (levels_zh(levels), levels_en(levels));
    (
        format!("以下指标不由{own_zh}填报：{}{more_zh}", zh.join("；")),
        format!("not for the {own_en} to fill in: {}{more_en}", en.join("; ")),
    )
}

/// The report is on an event where the form is about a period, or the other way round.
pub(super) fn other_subject(form: &Form, report: &Report) -> (String, String) {
    let (zh, en) = (form.about.zh(), form.about.en());
    (
        format!("{}{zh}报送，不能报 {}", form.zh, report.subject),
        format!("form {} is about {en}, not {}", form.code, report.subject),
    )
}

fn figure_zh(of: &Indicator) -> String {
    format!("{} {}由{}（{}）填报", of.code, of.zh, levels_zh(&of.filled_by), of.office)
}

fn figure_en(of: &Indicator) -> String {
    format!("{} {} is filled in by the {}", of.code, of.en, levels_en(&of.filled_by))
}

fn levels_zh(levels: &[Level]) -> String {
    levels.iter().map(|level| level.zh()).collect::<Vec<_>>().join("或")
}

fn levels_en(levels: &[Level]) -> String {
    levels.iter().map(|level| level.en()).collect::<Vec<_>>().join(" or ")
}

/// A stage after a later one: nothing but a correction follows what was verified.
pub(super) fn stage_order(stage: Stage, followed: Stage) -> (String, String) {
    (
        format!("{}之后不能再报{}", followed.zh(), stage.zh()),
        format!("a report that is {} does not follow one that is {}", stage.en(), followed.en()),
    )
}

/// What is wrong with the villages or depots of a report.
pub(super) fn site_fault(fault: &SiteFault) -> String {
    match fault {
        SiteFault::TooMany(count) => format!("分村、分库共 {count} 个，最多 {SITES_MAX} 个"),
        SiteFault::TooManyFigures(count) => {
            format!("分村、分库数据共 {count} 项，最多 {SITE_FIGURES_MAX} 项")
        }
        SiteFault::Name(name) => format!("“{name}”不能作名称：应为一行，1 至 {SITE_CHARS_MAX} 字"),
        SiteFault::Kind(kind) => format!("本级报送的这张表不分{}填报", kind.zh()),
        SiteFault::Figure(name, id) => format!("{name} 的 {id} 号指标不能由各村、各库相加"),
    }
}
