//! What Rust reads from a bundle, in the shape that the second decoder prints.

#[path = "view/later.rs"]
pub mod later;
#[path = "view/offices.rs"]
pub mod offices;
#[path = "view/records.rs"]
pub mod records;
#[path = "view/totals.rs"]
pub mod totals;

use fengsui_model::{Directory, Figure, Report};
use fengsui_wire::{
    Answer, Appointment, Body, Field, Genesis, Kind, Receipt, Statement, Value, Verified, statement,
};
use serde_json::{Map, Value as Json, json};

use super::Read;

/// Network id of the committed bundle.
pub const NETWORK: &str = "70a897869be13c5f0c5e285b496e1014";

/// First digits of the hashes of the entries in the bundle of the catalogue.
pub const CATALOGUE_HASHES: [&str; 9] = [
    "2d3297b8", "6501ff96", "cc53f58c", "10f92b76", "7b192769", "e2dfd914", "e8726477", "d4ece1b4",
    "12a78d64",
];

/// First digits of its entries' hashes.
pub const ENTRY_HASHES: [&str; 15] = [
    "2d3297b8", "6501ff96", "cc53f58c", "10f92b76", "7b192769", "e8726477", "7d2d7d02", "6eff557a",
    "b88c3fcb", "0c1c5b79", "4c42a8c4", "6447b1ed", "f60852ca", "630d662c", "6949680c",
];

pub fn of(read: &Read) -> Json {
    json!({
        "root": read.root.to_string(),
        "network": read.network.to_string(),
        "entries": read.entries.iter().map(entry).collect::<Vec<_>>(),
        "receipts": read.receipts.iter().map(receipt).collect::<Vec<_>>(),
    })
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn word(value: &impl std::fmt::Debug) -> String {
    format!("{value:?}").to_lowercase()
}

fn receipt(receipt: &Receipt) -> Json {
    json!({
        "lane": word(&receipt.lane),
        "holds": receipt.holds as u8,
        "level": receipt.level as u8,
        "from": receipt.from,
        "to": receipt.to,
        "log": receipt.log.to_string(),
        "hash": receipt.hash.to_string(),
        "received_ms": receipt.received_ms,
        "signer": receipt.signer.to_string(),
        "division": receipt.division.get(),
    })
}

fn entry(entry: &Verified) -> Json {
    let (header, name) = (entry.header(), entry.name());
    let draft = &header.draft;
    json!({
        "author": name.key.to_string(),
        "incarnation": name.incarnation.to_string(),
        "hash": entry.hash().to_string(),
        "kind": word(&draft.kind),
        "lane": word(&draft.lane),
        "flags": draft.flags.bits(),
        "reach": draft.reach as u8,
        "sequence": header.sequence,
        "log": header.log.to_string(),
        "previous": header.previous.to_string(),
        "body_hash": header.body_hash.to_string(),
        "body_length": header.body_length,
        "standards": draft.standards,
        "directory": draft.directory,
        "addressee": draft.addressee.map_or(0, |code| code.get()),
        "clock_ms": draft.clock_ms,
        "boot": draft.boot,
        "uptime_s": draft.uptime_s,
        "body": entry.body().map(body),
        "says": entry.body().map_or(Json::Null, |body| says(draft.kind, body)),
        "refused": null,
    })
}

fn body(bytes: &[u8]) -> Json {
    let body = Body::from_bytes(bytes).expect("a body of the scene reads");
    let row = |row: &fengsui_wire::Row| json!({ "table": row.table, "fields": fields(&row.fields) });
    let sealed = body.sealed.as_ref().map(|sealed| {
        let key = |key: &fengsui_wire::Wrapped| json!({ "division": key.division, "key": hex(&key.key) });
        json!({
            "suite": sealed.suite,
            "wrapped": sealed.wrapped.iter().map(key).collect::<Vec<_>>(),
            "ciphertext": hex(&sealed.ciphertext),
        })
    });
    json!({
        "report_id": hex(&body.report_id),
        "form": body.form,
        "fields": fields(&body.fields),
        "rows": body.rows.iter().map(row).collect::<Vec<_>>(),
        "sealed": sealed,
    })
}

fn fields(fields: &[Field]) -> Json {
    let value = |value: &Value| match value {
        Value::Integer(number) => json!({ "integer": number }),
        Value::Uncounted => json!("uncounted"),
        Value::Text(text) => json!({ "text": text }),
        Value::Bytes(bytes) => json!({ "bytes": hex(bytes) }),
    };
    fields.iter().map(|field| json!([field.id, value(&field.value)])).collect()
}

fn says(kind: Kind, body: &[u8]) -> Json {
    match statement(kind, body).expect("a statement of the scene reads") {
        Statement::Genesis(says) => genesis(&says),
        Statement::Report(says) => report(&says),
        Statement::Appointment(says) => appointment(&says),
        Statement::Directory(says) => directory(&says),
        Statement::Answer(says) => answer(&says),
        Statement::Standard(says) => later::standard(&says),
        Statement::Adoption(says) => later::adoption(&says),
        Statement::Revocation(says) => later::revocation(&says),
        Statement::Rotation(says) => later::rotation(&says),
        Statement::Targets(says) => records::targets(&says),
        Statement::Inspection(says) => records::inspection(&says),
        Statement::Consultation(says) => records::consultation(&says),
        Statement::Catalogue(says) => later::catalogue(&says),
        Statement::Review(says) => offices::review(&says),
        Statement::Withdrawal(says) => offices::withdrawal(&says),
        Statement::Submission(says) => offices::submission(&says),
        Statement::Proxy(says) => offices::proxy(&says),
        Statement::Merge(says) => offices::merge(&says),
        Statement::Stability(says) => offices::stability(&says),
        // The decoder does not read what it says.
        Statement::Later(_) => Json::Null,
    }
}

/// An object without the members that are null: what is optional and missing is not printed.
fn stated(members: Json) -> Json {
    let Json::Object(members) = members else { return members };
    Json::Object(members.into_iter().filter(|(_, value)| !value.is_null()).collect::<Map<_, _>>())
}

fn genesis(says: &Genesis) -> Json {
    stated(json!({
        "key": says.name.key.to_string(),
        "incarnation": says.name.incarnation.to_string(),
        "division": says.division.get(),
        "continues": says.continues.map(|log| log.to_string()),
    }))
}

fn report(says: &Report) -> Json {
    let figure = |figure: &Figure| match figure {
        Figure::Number(number) => json!(number),
        _ => json!("some"),
    };
    let figures: Map<_, _> = says.figures.iter().map(|(id, of)| (id.to_string(), figure(of))).collect();
    let mut said = stated(json!({
        "division": says.division.get(),
        "event": says.subject.to_string(),
        "stage": says.stage as u8,
        "revision": says.revision,
        "follows": says.follows.map(|hash| hex(&hash)),
        "occurred": says.occurred_ms,
        "cut-off": says.cutoff_ms,
        "drill": u8::from(says.drill),
        "zero report": u8::from(says.zero),
        "explanation": says.explanation,
        "narrative": says.narrative,
        "relief narrative": says.relief_narrative,
        "month before": says.month_before.map(|hash| hex(&hash)),
        "catalogue": (says.catalogue > 0).then_some(says.catalogue),
        "figures": figures,
    }));
    if let Json::Object(members) = &mut said {
        members.extend(records::sites(says));
    }
    said
}

fn appointment(says: &Appointment) -> Json {
    stated(json!({
        "key": says.key.to_string(),
        "division": says.division.get(),
        "role": says.role as u8,
        "from": says.from_ms,
        "until": says.until_ms,
        "second parent": says.second_parent.map(|key| key.to_string()),
        "address": says.address,
        "office": says.post.as_ref().map(|post| post.office.as_str()),
        "number": says.post.as_ref().map(|post| post.number),
    }))
}

fn directory(says: &Directory) -> Json {
    let row = |division: &fengsui_model::Division| {
        stated(json!({
            "code": division.code.get(),
            "name": division.name,
            "level": division.level as u8,
            "parent": division.parent.map(|parent| parent.get()),
            "kind": division.kind,
            "villages": division.villages,
            "from": division.from.map(|day| day.to_string()),
            "until": division.until.map(|day| day.to_string()),
        }))
    };
    json!({ "version": says.version(), "rows": says.iter().map(row).collect::<Vec<_>>() })
}

fn answer(says: &Answer) -> Json {
    let row =
        |reason: &fengsui_wire::Reason| json!({ "check": reason.check, "zh": reason.zh, "en": reason.en });
    json!({
        "entry": says.entry.to_string(),
        "log": says.position.log.to_string(),
        "lane": says.position.lane as u8,
        "sequence": says.position.sequence,
        "rows": says.reasons.iter().map(row).collect::<Vec<_>>(),
    })
}
