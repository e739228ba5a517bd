//! What a proof says of totals, in the shape that the second decoder prints.

use fengsui_daemon::verify::Proof;
use fengsui_daemon::views::TotalView;
use fengsui_model::{AddsUp, Form};
use serde_json::{Map, Value as Json, json};

/// Both views of everything, ordered as the decoder does; of the figures those that are simply added.
pub fn of(proof: &Proof) -> Json {
    let views = proof.totals.iter().zip(&proof.reviewed);
    let mut found: Vec<(u32, String, usize, Json)> = Vec::new();
    for (received, reviewed) in views {
        for (at, (view, word)) in [(received, "received"), (reviewed, "reviewed")].into_iter().enumerate() {
            let form = Form::of_code(&view.subject.form).expect("a form of the scene");
            let subject = subject(view);
            let total = json!({
                "form": form.id,
                "event": subject,
                "view": word,
                "figures": figures(form, view),
                "counted": view.counted.iter().map(|of| of.hash.as_str()).collect::<Vec<_>>(),
            });
            found.push((form.id, subject, at, total));
        }
    }
    found.sort_by(|a, b| (a.0, &a.1, a.2).cmp(&(b.0, &b.1, b.2)));
    found.into_iter().map(|(.., total)| total).collect()
}

fn subject(view: &TotalView) -> String {
    let event = view.subject.event.map(|event| event.to_string());
    event.or(view.subject.period.map(|period| period.to_string())).expect("an event or a period")
}

fn figures(form: &Form, view: &TotalView) -> Json {
    let added = |code: &str| form.by_code(code).filter(|of| of.adds_up == AddsUp::Sum);
    let stated = view.figures.iter().filter_map(|of| Some((added(&of.code)?.id, of)));
    let figure = |(id, of): (u32, &fengsui_daemon::views::TotalFigure)| {
        (id.to_string(), json!({ "value": of.value, "at_least": of.at_least }))
    };
    Json::Object(stated.map(figure).collect::<Map<_, _>>())
}
