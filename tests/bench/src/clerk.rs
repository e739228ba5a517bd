//! What clerks write: quick reports with the figures and the words that a flood brings, the same at every run.

use std::collections::BTreeMap;

use fengsui_daemon::submit::{Cell, Typed};
use fengsui_model::{Date, DivisionCode, EventKey, Figure, Form, Report, Stage};

use crate::network::{COUNTY, division};

/// 2020-01-01 00:00 in Asia/Shanghai. Before the clock of any machine that runs this.
const BEGIN_MS: i64 = 1_577_808_000_000;
/// First year of events.
const YEAR: usize = 2020;
/// Every month has so many days.
const DAYS: usize = 28;
const MONTHS: usize = 12;

/// About as long as the guidance asks for, and as alike from day to day as such texts are.
const NARRATIVE: &str = "受持续强降雨影响，境内河水上涨漫堤，部分村屯进水，农田受淹，道路中断，供电线路受损，\
    已组织危险地带群众转移，受灾情况正在进一步核查统计中。";

/// The event with this number; each number another day.
///
/// # Panics
/// Never for the few hundred events of a benchmark.
pub fn event(number: usize) -> EventKey {
    let (month, day) = (number / DAYS % MONTHS + 1, number % DAYS + 1);
    let year = YEAR + number / DAYS / MONTHS;
    let date = Date::new(year as u16, month as u8, day as u8).expect("a day of the calendar");
    EventKey::new(date, division(COUNTY), "flood".parse().expect("a kind")).expect("a county")
}

/// A sound report: cumulative figures grow with the revision, parts add up to their sums.
pub fn report(of: DivisionCode, event: EventKey, revision: u32, follows: Option<[u8; 32]>) -> Report {
    let figures = figures(of, revision);
    Report {
        stage: if revision == 0 { Stage::Initial } else { Stage::Continued },
        revision,
        follows,
        occurred_ms: Some(BEGIN_MS),
        narrative: Some(format!("{NARRATIVE}（第{revision}次续报）")),
        figures,
        ..Report::blank(Form::quick().id, of, event.into())
    }
}

fn figures(of: DivisionCode, revision: u32) -> BTreeMap<u32, Figure> {
    let (base, more) = ((of.get() % 97).cast_signed(), i64::from(revision));
    let stated = [
        ("QL010", 1_200 + 10 * base + 37 * more),
        ("QL011", 0),
        ("QL012", 0),
        ("QL013", 2 + more / 3),
        ("QL021", 180 + base + 9 * more),
        ("QL023", 60 + base),
        ("QL025", 120 + 9 * more),
        ("QL027", 2),
        ("QL030", 90 + base + 2 * more),
        ("QL040", 40 + base + 3 * more),
        ("QL041", 30 + base + 2 * more),
        ("QL042", 12 + more),
        ("QL050", 45_000 + 100 * base + 750 * more),
        ("QL052", 20_000 + 90 * base + 300 * more),
        ("QL054", 5_000 + 80 * base + 100 * more),
        ("QL080", 3_200 + 150 * more),
        ("QL100", 91_000_000 + 1_300_000 * more),
        ("QL101", 21_000_000 + 300_000 * more),
        ("QL102", 70_000_000 + 1_000_000 * more),
    ];
    let figure = |(code, value): (&str, i64)| {
        let indicator = Form::quick().by_code(code).expect("an indicator of the form");
        (indicator.id, Figure::Number(value))
    };
    stated.into_iter().map(figure).collect()
}

/// The same report as the clerk types it.
pub fn typed(report: &Report) -> Typed {
    let cell = |(id, figure): (&u32, &Figure)| {
        let indicator = Form::quick().by_id(*id).expect("an indicator of the form");
        (indicator.code.clone(), Cell::Text(indicator.format(*figure)))
    };
    Typed {
        event: Some(report.subject.to_string()),
        narrative: report.narrative.clone(),
        figures: report.figures.iter().map(cell).collect(),
        ..Typed::default()
    }
}

#[cfg(test)]
mod tests {
    use fengsui_daemon::submit::Written;
    use fengsui_daemon::topic::Topic;
    use fengsui_model::Earlier;

    use super::*;

    #[test]
    fn every_report_is_sound() {
        let (of, event) = (division(220_221_100), event(0));
        for revision in 0..40_u32 {
            let previous = revision.checked_sub(1).map(|before| report(of, event, before, None));
            let hash = previous.as_ref().map(|_| [7; 32]);
            let report = report(of, event, revision, hash);
            let reasons = fengsui_daemon::reckon::reasons(
                Form::quick(),
                &report,
                Earlier::followed(previous.as_ref()),
                BEGIN_MS + 24 * 3_600 * 1_000,
            );
            assert!(reasons.is_empty(), "{reasons:?}");
        }
    }

    #[test]
    fn what_is_typed_is_what_is_reported() {
        let (of, event) = (division(220_221_100), event(3));
        let report = report(of, event, 0, None);
        let read = typed(&report).report(of, &Topic::event(event), Written::default()).expect("it reads");
        assert_eq!((read.figures, read.narrative), (report.figures, report.narrative));
    }

    #[test]
    fn events_are_different_days() {
        let all: std::collections::BTreeSet<_> = (0..400).map(event).collect();
        assert_eq!(all.len(), 400);
    }
}
