//! The kinds of the third bundle, as the second decoder prints them.

use fengsui_model::submission::Cited;
use fengsui_model::{Citation, Merge, Stability, Verdict};
use fengsui_wire::{Proxy, SignedReview, SignedSubmission};
use serde_json::{Map, Value as Json, json};

use super::{hex, stated};

/// First digits of the hashes of its entries.
pub const ENTRY_HASHES: [&str; 27] = [
    "2d3297b8", "6501ff96", "cc53f58c", "10f92b76", "7b192769", "674455bf", "054c6817", "e8726477",
    "43bc5422", "39326053", "ca057cfd", "0107c701", "1ed2bf17", "66ae26f2", "90769655", "450c2a0b",
    "3244ef0d", "f47d715b", "5f0fefdc", "2fa66dc0", "eb3e51fd", "af4ab9d0", "928978f0", "d372753a",
    "59953d9b", "8de28dd5", "36cce144",
];

pub fn review(says: &SignedReview) -> Json {
    let (review, verdict) = (&says.review, &says.review.verdict);
    let mut said = json!({
        "revision": review.cites.revision,
        "body": hex(&review.cites.body),
        "number": review.number,
        "verdict": verdict.number(),
        "person": says.person.map(|person| person.key.to_string()),
        "signature": says.person.map(|person| person.signature.to_string()),
        "rows": [],
    });
    match verdict {
        Verdict::Accept => {}
        Verdict::Return(cells) => {
            let row = |(id, reason): (&u32, &String)| json!({ "indicator": id, "reason": reason });
            said["rows"] = cells.iter().map(row).collect();
        }
        Verdict::Correct(of) => {
            said["occurred"] = of.occurred_ms.into();
            said["kind"] = of.kind.map(|kind| kind.to_string()).into();
        }
        Verdict::Undo { review } => said["undone"] = hex(review).into(),
    }
    stated(said)
}

pub fn withdrawal(says: &Citation) -> Json {
    json!({ "revision": says.revision, "body": hex(&says.body) })
}

pub fn submission(says: &SignedSubmission) -> Json {
    let of = &says.submission;
    let cited = |of: &Cited| {
        stated(json!({
            "division": of.division.get(),
            "revision": of.revision,
            "body": hex(&of.body),
            "filed by": of.filed_by.map(|division| division.get()),
        }))
    };
    let total = |(id, cell): (&u32, &fengsui_model::submission::Cell)| {
        let value = cell.value.map_or_else(|| json!("some"), |value| json!(value));
        json!({ "indicator": id, "value": value, "at least": u8::from(cell.at_least) })
    };
    let left = |(code, why): (&fengsui_model::DivisionCode, &fengsui_model::submission::Absence)| json!({ "division": code.get(), "why": *why as u8 });
    stated(json!({
        "division": of.division.get(),
        "event": of.subject.to_string(),
        "number": of.number,
        "stage": of.stage.map(|stage| stage as u8),
        "follows": of.follows.map(|body| hex(&body)),
        "drill": u8::from(of.drill),
        "person": says.head.map(|head| head.key.to_string()),
        "signature": says.head.map(|head| head.signature.to_string()),
        "counted": of.counted.iter().map(cited).collect::<Vec<_>>(),
        "left out": of.left_out.iter().map(left).collect::<Vec<_>>(),
        "totals": of.totals.iter().map(total).collect::<Vec<_>>(),
    }))
}

pub fn proxy(says: &Proxy) -> Json {
    let Json::Object(mut said) = super::report(&says.report) else { return Json::Null };
    let more: Map<String, Json> =
        [("told by".to_owned(), says.told_by.as_str().into()), ("told at".to_owned(), says.told_ms.into())]
            .into_iter()
            .collect();
    said.extend(more);
    Json::Object(said)
}

pub fn merge(says: &Merge) -> Json {
    let row = |event: &fengsui_model::EventKey| json!({ "event": event.to_string() });
    stated(json!({
        "event": says.into.to_string(),
        "number": says.number,
        "undone": says.undoes.map(|body| hex(&body)),
        "rows": says.events.iter().map(row).collect::<Vec<_>>(),
    }))
}

pub fn stability(says: &Stability) -> Json {
    stated(json!({
        "event": says.event.to_string(),
        "number": says.number,
        "since": says.since_ms,
        "undone": says.undoes.map(|body| hex(&body)),
    }))
}
