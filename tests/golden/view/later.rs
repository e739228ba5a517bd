//! The kinds of the second bundle, as the second decoder prints them.

use fengsui_model::standard::{AidStandard, Clause, Step};
use fengsui_model::{Adoption, CatalogueIssue, DivisionCode};
use fengsui_wire::{Revocation, Rotation, StandLine};
use serde_json::{Value as Json, json};

use super::stated;

/// First digits of the hashes of its entries.
pub const ENTRY_HASHES: [&str; 18] = [
    "2d3297b8", "6501ff96", "cc53f58c", "10f92b76", "7b192769", "16db1d8b", "a59d29b0", "48be8725",
    "3cdfd555", "e8726477", "b16cf91d", "ece9be31", "12ca9bcd", "466199a5", "bb7d2116", "313cc78f",
    "aa71c61a", "ca5937b1",
];

pub fn revocation(says: &Revocation) -> Json {
    let row = |line: &StandLine| {
        json!({
            "incarnation": line.incarnation.to_string(),
            "lane": line.lane as u8,
            "sequence": line.sequence,
            "hash": line.hash.to_string(),
        })
    };
    stated(json!({
        "key": says.key.to_string(),
        "at": says.at_ms,
        "reason": says.reason,
        "successor": says.successor.map(|key| key.to_string()),
        "rows": says.lines.iter().map(row).collect::<Vec<_>>(),
    }))
}

pub fn rotation(says: &Rotation) -> Json {
    json!({
        "key": says.key.to_string(),
        "division": says.division.get(),
        "proof": says.proof.to_string(),
    })
}

pub fn catalogue(says: &CatalogueIssue) -> Json {
    let row = |(name, text): (&String, &String)| json!({ "name": name, "text": text });
    json!({
        "version": says.version,
        "document": says.document,
        "from": says.from.to_string(),
        "rows": says.files.iter().map(row).collect::<Vec<_>>(),
    })
}

/// Codes as one text; nothing where there are none.
fn codes(divisions: &[DivisionCode]) -> Option<String> {
    let codes: Vec<String> = divisions.iter().map(ToString::to_string).collect();
    (!codes.is_empty()).then(|| codes.join(" "))
}

pub fn standard(says: &AidStandard) -> Json {
    let row = |clause: &Clause| {
        stated(json!({
            "divisions": codes(&clause.divisions),
            "kinds": (!clause.kinds.is_empty()).then(|| clause.kinds.join(" ")),
            "floor": clause.floor.map(|fen| fen.0),
            "share": clause.share_bp,
            "set by": clause.set_by as u8,
        }))
    };
    stated(json!({
        "code": says.code.as_str(),
        "version": says.version,
        "name": says.name,
        "title": says.title,
        "document": says.document,
        "issued": says.issued.map(|day| day.to_string()),
        "from": says.from.to_string(),
        "recorded late": u8::from(says.recorded_late),
        "period": says.period as u8,
        "income": says.income as u8,
        "rows": says.clauses.iter().map(row).collect::<Vec<_>>(),
    }))
}

pub fn adoption(says: &Adoption) -> Json {
    let mut said = json!({
        "standard": says.standard.as_str(),
        "version": says.version,
        "setter": says.setter.get(),
        "number": says.number,
        "covers": codes(&says.covers),
        "recorded late": u8::from(says.recorded_late),
        "step": says.step.number(),
    });
    match &says.step {
        Step::Seen => {}
        Step::Preparing { until } => said["until"] = until.to_string().into(),
        Step::Issued { document, date } => {
            said["document"] = document.as_str().into();
            said["date"] = date.to_string().into();
        }
        Step::InForce(setting) => {
            said["document"] = setting.document.as_str().into();
            said["value"] = setting.value.0.into();
            said["period"] = (setting.period as u8).into();
            said["from"] = setting.from.to_string().into();
            said["income"] = setting.income.map(|fen| fen.0).into();
        }
    }
    stated(said)
}
