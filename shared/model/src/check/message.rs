//! The figures behind a finding, in words: what the clerk wrote, with names and units, so that nobody has
//! to search.

use super::{Floor, HeaderTime, Linear, MonthBefore, OtherFigure, Rule, evaluate::Judge, interval::Interval};
use crate::{figure::Figure, form::Indicator, report::Report, standard::StandardCode};

/// Figures that one message spells out; a zero report with every cell filled must not make a page of text.
const FIGURES_SHOWN_MAX: usize = 12;

/// A detail in both languages.
pub(super) struct Details {
    pub(super) zh: String,
    pub(super) en: String,
}

/// The figures or times that break the rule.
pub(super) fn details(judge: &Judge<'_>, rule: &Rule, fields: &[u32]) -> Details {
    match rule {
        Rule::HeaderBefore { earlier, later } => times(judge, *earlier, *later),
        Rule::NotFalling { .. } => listed(fields, |field| fall(judge, field)),
        Rule::Carried { field, flow, yearly } => carried(judge, *field, flow, *yearly),
        Rule::Closes { field, sum } => closes(judge, *field, sum),
        Rule::MonthBefore { .. } => month_before(judge),
        Rule::Jump { .. } => listed(fields, |field| jump(judge, field)),
        Rule::Sharp { .. } => sharp(judge, fields),
        Rule::Within { .. } => within(judge, fields),
        Rule::Approx { products, .. } => approx(judge, fields, products),
        Rule::Beside { other, .. } => beside(judge, fields, other),
        Rule::Floor { field, standard } => floor(judge, *field, standard),
        _ => listed(fields, |field| stated(judge, field)),
    }
}

fn listed(fields: &[u32], one: impl Fn(u32) -> Details) -> Details {
    let shown: Vec<Details> = fields.iter().take(FIGURES_SHOWN_MAX).map(|field| one(*field)).collect();
    let mut zh: Vec<String> = shown.iter().map(|details| details.zh.clone()).collect();
    let mut en: Vec<String> = shown.into_iter().map(|details| details.en).collect();
    if fields.len() > FIGURES_SHOWN_MAX {
        zh.push(format!("等{}项", fields.len()));
        en.push(format!("{} in all", fields.len()));
    }
    Details { zh: zh.join("，"), en: en.join(", ") }
}

fn stated(judge: &Judge<'_>, field: u32) -> Details {
    let (zh, en) = figure(judge, judge.report, field);
    let (name_zh, name_en) = name(judge, field);
    Details { zh: format!("{name_zh} {zh}"), en: format!("{name_en}: {en}") }
}

/// The amount, and the floor with the document that sets it.
fn floor(judge: &Judge<'_>, field: u32, standard: &StandardCode) -> Details {
    let mut details = stated(judge, field);
    if let Some(floor) = judge.floor(standard) {
        let Floor { version, month, document, .. } = floor;
        details.zh.push_str(&format!("，最低线每月 {month} 元，{document}，第 {version} 版"));
        details.en.push_str(&format!(", the floor is {month} yuan a month, version {version} of {standard}"));
    }
    details
}

fn fall(judge: &Judge<'_>, field: u32) -> Details {
    let (before_zh, before_en) =
        judge.earlier.followed.map(|followed| figure(judge, followed, field)).unwrap_or_default();
    let (zh, en) = figure(judge, judge.report, field);
    let (name_zh, name_en) = name(judge, field);
    Details {
        zh: format!("{name_zh} 上次 {before_zh}，本次 {zh}"),
        en: format!("{name_en}: before {before_en}, now {en}"),
    }
}

/// What is left, what there was, came and went, and what should be left.
fn closes(judge: &Judge<'_>, field: u32, sum: &Linear) -> Details {
    let said = |id: u32| !judge.report.figure(id).is_blank();
    let fields: Vec<u32> = sum.terms.iter().map(|term| term.field).filter(|id| said(*id)).collect();
    let mut details = listed(&[&[field][..], &fields].concat(), |field| stated(judge, field));
    let should = Interval::of_stated(sum, judge.report).value().and_then(|value| i64::try_from(value).ok());
    if let (Some(value), Some(indicator)) = (should, judge.form.by_id(field)) {
        let (zh, en) = number(indicator, Figure::Number(value));
        details.zh.push_str(&format!("，应为 {zh}"));
        details.en.push_str(&format!(", it should be {en}"));
    }
    details
}

/// What was carried, what went in and out, and what it should be.
fn carried(judge: &Judge<'_>, field: u32, flow: &Linear, yearly: bool) -> Details {
    let mut parts = Vec::new();
    parts.extend(match judge.months() {
        Some((_, before)) if !(yearly && judge.report.period().is_some_and(|of| of.is_january())) => {
            let (zh, en) = figure(judge, before, field);
            let ((before, _), span) = (words(judge), span(judge));
            Some(Details { zh: format!("{before} {zh}"), en: format!("last {span} {en}") })
        }
        _ => None,
    });
    parts.extend(flow.terms.iter().map(|term| stated(judge, term.field)));
    let now = stated(judge, field);
    let should = judge.carried(field, flow, yearly).and_then(|of| i64::try_from(of.value()?).ok());
    if let (Some(value), Some(indicator)) = (should, judge.form.by_id(field)) {
        let (zh, en) = number(indicator, Figure::Number(value));
        parts.push(Details { zh: format!("应为 {zh}"), en: format!("it should be {en}") });
    }
    let joined = |of: fn(&Details) -> &String, comma: &str| {
        let texts = std::iter::once(of(&now)).chain(parts.iter().map(of));
        texts.map(String::as_str).collect::<Vec<_>>().join(comma)
    };
    Details { zh: joined(|part| &part.zh, "，"), en: joined(|part| &part.en, ", ") }
}

fn month_before(judge: &Judge<'_>) -> Details {
    let ((before, _), span) = (words(judge), span(judge));
    let (zh, en) = match judge.earlier.month_before {
        MonthBefore::Waiting => (
            format!("所据{before}报表尚未收到"),
            format!("the report of last {span} that it names is not here yet"),
        ),
        MonthBefore::None | MonthBefore::Held(_) => {
            (format!("首次报送，或{before}未报"), format!("the first {span}, or none was sent last {span}"))
        }
    };
    Details { zh, en }
}

/// 上月 and 本月, or what the report's period calls them.
fn words(judge: &Judge<'_>) -> (&'static str, &'static str) {
    judge.report.period().map_or(("上次", "本次"), |period| period.span().before_and_now_zh())
}

fn span(judge: &Judge<'_>) -> &'static str {
    judge.report.period().map_or("report", |period| period.span().en())
}

/// The times, and when the disaster began.
fn within(judge: &Judge<'_>, fields: &[u32]) -> Details {
    let began = crate::moment::shown(judge.report.occurred_ms.unwrap_or_default());
    let listed = listed(fields, |field| stated(judge, field));
    Details {
        zh: format!("灾害发生 {began}，{}", listed.zh),
        en: format!("the disaster began {began}, {}", listed.en),
    }
}

/// The figures, and what their products come to.
fn approx(judge: &Judge<'_>, fields: &[u32], products: &[(u32, u32)]) -> Details {
    let mut details = listed(fields, |field| stated(judge, field));
    let computed = judge.products(products).and_then(|sum| i64::try_from(sum).ok());
    if let Some((value, indicator)) = computed.zip(fields.first().and_then(|of| judge.form.by_id(*of))) {
        let (zh, en) = number(indicator, Figure::Number(value));
        details.zh.push_str(&format!("，应约为 {zh}"));
        details.en.push_str(&format!(", it should be about {en}"));
    }
    details
}

/// The figures, and that of the other form.
fn beside(judge: &Judge<'_>, fields: &[u32], other: &OtherFigure) -> Details {
    let mut details = listed(fields, |field| stated(judge, field));
    let figure = judge.other(other).unwrap_or_default();
    let (zh, en) = match figure {
        Figure::Number(_) => number(&other.indicator, figure),
        Figure::Some | Figure::Blank => (other.indicator.format(figure), "some, not counted".to_owned()),
    };
    details.zh.push_str(&format!("，“{}”{} {zh}", other.form_zh, other.indicator.zh));
    details.en.push_str(&format!(", {} in the form {}: {en}", other.indicator.en, other.form_en));
    details
}

fn jump(judge: &Judge<'_>, field: u32) -> Details {
    let (before_word, now_word) = words(judge);
    let (before_zh, before_en) =
        judge.months().map(|(_, before)| figure(judge, before, field)).unwrap_or_default();
    let (zh, en) = figure(judge, judge.report, field);
    let (name_zh, name_en) = name(judge, field);
    Details {
        zh: format!("{name_zh} {before_word} {before_zh}，{now_word} {zh}"),
        en: format!("{name_en}: last {} {before_en}, now {en}", span(judge)),
    }
}

/// Old, new and percent of each, and the explanation or that there is none.
fn sharp(judge: &Judge<'_>, fields: &[u32]) -> Details {
    let mut details = listed(fields, |field| {
        let before = judge.earlier.followed.map(|followed| figure(judge, followed, field));
        let ((before_zh, before_en), (zh, en)) =
            (before.unwrap_or_default(), figure(judge, judge.report, field));
        let (name_zh, name_en) = name(judge, field);
        let percent = judge.percent(field).unwrap_or_default();
        Details {
            zh: format!("{name_zh} {before_zh} → {zh}，{percent:+}%"),
            en: format!("{name_en} {before_en} → {en}, {percent:+} %"),
        }
    });
    let (zh, en) = match judge.report.explanation.as_deref().filter(|_| judge.is_explained()) {
        Some(why) => (format!("；说明：{why}"), format!("; explained: {why}")),
        None => ("；请用 --because 说明原因".to_owned(), "; give the reason with --because".to_owned()),
    };
    details.zh.push_str(&zh);
    details.en.push_str(&en);
    details
}

/// The names without 其中, which makes no sense away from the row above.
pub(super) fn name(judge: &Judge<'_>, field: u32) -> (String, String) {
    match judge.form.by_id(field) {
        Some(indicator) => (
            indicator.zh.trim_start_matches("其中：").to_owned(),
            indicator.en.trim_start_matches("of which ").to_owned(),
        ),
        None => (format!("指标{field}"), format!("indicator {field}")),
    }
}

fn figure(judge: &Judge<'_>, report: &Report, field: u32) -> (String, String) {
    figure_of(judge, report.figure(field), field)
}

/// A value of an indicator, with its unit.
pub(super) fn figure_of(judge: &Judge<'_>, value: Figure, field: u32) -> (String, String) {
    match (value, judge.form.by_id(field)) {
        (Figure::Blank, _) => ("未填".to_owned(), "blank".to_owned()),
        (Figure::Some, _) => ("有（未统计）".to_owned(), "some, not counted".to_owned()),
        (Figure::Number(_), Some(indicator)) => number(indicator, value),
        (Figure::Number(value), None) => (value.to_string(), value.to_string()),
    }
}

fn number(indicator: &Indicator, value: Figure) -> (String, String) {
    let text = indicator.format(value);
    let en =
        if indicator.unit_en.is_empty() { text.clone() } else { format!("{text} {}", indicator.unit_en) };
    (format!("{text}{}", indicator.unit), en)
}

/// How far apart two times are, in whole minutes rounded up: it needs no time zone, and a clerk sees
/// whether an hour or a year is wrong.
fn times(judge: &Judge<'_>, earlier: HeaderTime, later: HeaderTime) -> Details {
    const MINUTE_MS: i128 = 60_000;
    let time = |time| i128::from(judge.time(time).unwrap_or_default());
    let minutes = (time(earlier) - time(later) + MINUTE_MS - 1) / MINUTE_MS;
    let ((early_zh, early_en), (late_zh, late_en)) = (time_name(earlier), time_name(later));
    Details {
        zh: format!("{early_zh}比{late_zh}晚{minutes}分钟"),
        en: format!("{early_en} is {minutes} min after {late_en}"),
    }
}

const fn time_name(time: HeaderTime) -> (&'static str, &'static str) {
    match time {
        HeaderTime::Occurred => ("灾害发生时间", "the time of the disaster"),
        HeaderTime::Cutoff => ("数据截止时间", "the cut-off of the figures"),
        HeaderTime::Reported => ("报告时间", "the time of the report"),
        HeaderTime::MonthBegin => ("期初", "the beginning of the period"),
        HeaderTime::MonthEnd => ("期末", "the end of the period"),
    }
}
