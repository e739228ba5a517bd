//! The kinds of the third bundle, as the second decoder prints them.

use fengsui_model::inspection::Sample;
use fengsui_model::submission::Cited;
use fengsui_model::{Consultation, Figure, Inspection, Report, SiteKind, Targets};
use serde_json::{Map, Value as Json, json};

use super::stated;

/// First digits of the hashes of its entries.
pub const ENTRY_HASHES: [&str; 11] = [
    "2d3297b8", "6501ff96", "cc53f58c", "10f92b76", "7b192769", "e8726477", "e5213534", "46f76a88",
    "3a871cfc", "c58555be", "441a30b4",
];

fn figure(figure: Figure) -> Json {
    match figure {
        Figure::Blank => Json::Null,
        Figure::Some => json!("some"),
        Figure::Number(value) => json!(value),
    }
}

/// The villages and depots of a report, under their words; nothing where there are none.
pub fn sites(report: &Report) -> Map<String, Json> {
    let words = [(SiteKind::Village, "villages"), (SiteKind::Depot, "depots")];
    let of_kind = |(kind, word): (SiteKind, &str)| {
        let sites = report.sites.iter().filter(|(key, _)| key.kind == kind);
        let site = |(key, site): (&fengsui_model::SiteKey, &fengsui_model::Site)| {
            let figures: Map<String, Json> =
                site.figures.iter().map(|(id, of)| (id.to_string(), figure(*of))).collect();
            let name = (site.name != key.key).then_some(&site.name);
            stated(json!({ "key": key.key, "name": name, "figures": figures }))
        };
        let rows: Vec<Json> = sites.map(site).collect();
        (!rows.is_empty()).then(|| (word.to_owned(), Json::Array(rows)))
    };
    words.into_iter().filter_map(of_kind).collect()
}

pub fn targets(says: &Targets) -> Json {
    let row = |((division, indicator), value): (&(fengsui_model::DivisionCode, u32), &i64)| json!({ "division": division.get(), "indicator": indicator, "value": value });
    json!({
        "division": says.division.get(),
        "event": says.subject.to_string(),
        "number": says.number,
        "document": says.document,
        "rows": says.values.iter().map(row).collect::<Vec<_>>(),
    })
}

pub fn inspection(says: &Inspection) -> Json {
    let hex = |hash: [u8; 32]| super::hex(&hash);
    let row = |sample: &Sample| {
        stated(json!({
            "division": sample.division.get(),
            "village": sample.village,
            "indicator": sample.indicator,
            "reported": figure(sample.reported),
            "found": figure(sample.found),
            "report": sample.report.map(hex),
        }))
    };
    stated(json!({
        "division": says.division.get(),
        "event": says.subject.to_string(),
        "number": says.number,
        "date": says.date.to_string(),
        "finding": says.finding,
        "rows": says.samples.iter().map(row).collect::<Vec<_>>(),
    }))
}

pub fn consultation(says: &Consultation) -> Json {
    let row = |cited: &Cited| {
        stated(json!({
            "division": cited.division.get(),
            "revision": cited.revision,
            "body": super::hex(&cited.body),
            "filed by": cited.filed_by.map(|division| division.get()),
        }))
    };
    stated(json!({
        "division": says.division.get(),
        "event": says.subject.to_string(),
        "number": says.number,
        "indicator": says.indicator,
        "as of": says.as_of_ms,
        "own": says.own.value.map_or(json!("some"), |value| json!(value)),
        "at least": u8::from(says.own.at_least),
        "office": says.office,
        "theirs": says.theirs,
        "agreed": says.agreed,
        "reason": says.reason,
        "rows": says.counted.iter().map(row).collect::<Vec<_>>(),
    }))
}
