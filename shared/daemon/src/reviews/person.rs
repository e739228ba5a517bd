//! Persons' signatures: asked for as soon as the office has appointed somebody for the role, so an appointment is the
//! policy, signed and visible at every level.

use fengsui_model::{Citation, DivisionCode};
use fengsui_protocol::Registry;
use fengsui_wire::{Act, Endorsement, Reason, Role};

/// What signature is wanted.
pub struct Asked {
    /// Of whose person.
    pub division: DivisionCode,
    /// In which role.
    pub role: Role,
    /// Under what.
    pub act: Act,
    /// When it was signed, by the station's clock, milliseconds since 1970 UTC.
    pub at_ms: i64,
}

/// What is wrong with the signature, or with there being none.
pub fn fault(
    registry: &Registry,
    asked: &Asked,
    person: Option<&Endorsement>,
    cites: &Citation,
) -> Option<Reason> {
    let Asked { division, role, act, at_ms } = *asked;
    let (zh, en) = match role {
        Role::Head => ("单位负责人", "head"),
        _ => ("审核人", "reviewer"),
    };
    let reason = |zh: String, en: String| Some(Reason { check: "PERSON".into(), zh, en });
    let Some(person) = person else {
        let appointed = registry
            .persons(division, role)
            .any(|person| registry.signs_at(&person.key, division, role, at_ms));
        let missing_zh = format!("{division} 已设{zh}，须由{zh}签名");
        return if appointed {
            reason(missing_zh, format!("a {en} of {division} has to sign it"))
        } else {
            None
        };
    };
    if person.verify(registry.network(), act, cites).is_err() {
        return reason(format!("{zh}签名不符"), format!("the signature of the {en} does not hold"));
    }
    match registry.signs_at(&person.key, division, role, at_ms) {
        true => None,
        false => reason(
            format!("签名密钥 {} 不是 {division} 当时的{zh}", person.key.short()),
            format!("key {} is no {en} of {division} at that time", person.key.short()),
        ),
    }
}
