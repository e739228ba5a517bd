//! What the divisions below say of a standard, judged.

use fengsui_model::standard::{Ground, PENDING, Step, check};
use fengsui_model::{Adoption, StandardCode};
use fengsui_protocol::Registry;
use fengsui_store::{Store, StoreError};
use fengsui_wire::{
    Hash, Header, Kind, LogName, Position, PublicKey, Reason, Role, Statement, StatementError, statement,
};

use super::{Standards, signed_on};
use crate::index::{self, Class};
use crate::reckon::FOREIGN;

/// One adoption with what is to be said about it.
#[derive(Clone, Debug)]
pub struct Word {
    /// What it says.
    pub adoption: Adoption,
    /// Where it stands.
    pub position: Position,
    /// Hash of that entry: with the signature behind it, the proof.
    pub entry: Hash,
    /// Hash of its body: orders two words of one number.
    pub body: Hash,
    /// Who signed it.
    pub signer: PublicKey,
    /// When, by the signer's clock.
    pub signed_ms: i64,
    /// Why it does not count; empty: it counts.
    pub reasons: Vec<Reason>,
}

impl Word {
    /// Whether a station signed it that cannot speak for the setter.
    pub fn is_foreign(&self) -> bool {
        self.reasons.iter().any(|reason| reason.check == FOREIGN)
    }

    /// Whether it waits for a standard that has not arrived here: then nothing is to be said about it yet.
    pub fn is_pending(&self) -> bool {
        self.reasons.iter().any(|reason| reason.check == PENDING)
    }
}

/// Reads and judges the entry at `position`, if it is an adoption whose body is here. `Err` where it does not read.
///
/// # Errors
/// When the store cannot be read.
pub fn judge(
    store: &Store,
    registry: &Registry,
    standards: &Standards,
    position: Position,
) -> Result<Option<Result<Word, Vec<Reason>>>, StoreError> {
    let (Some(stored), Some(name)) = (store.entry(position)?, store.name(position.log)) else {
        return Ok(None);
    };
    let header = *stored.envelope.header();
    let body = stored.body.as_deref().filter(|_| header.draft.kind == Kind::Adoption);
    let read = match body.map(|body| statement(Kind::Adoption, body)) {
        Some(Ok(Statement::Adoption(adoption))) => Ok(*adoption),
        Some(Err(error)) => Err(unreadable(&error)),
        Some(Ok(_)) | None => return Ok(None),
    };
    Ok(Some(read.map(|adoption| Word {
        reasons: reasons(registry, standards, &name, &header, &adoption),
        adoption,
        position,
        entry: stored.hash(),
        body: header.body_hash,
        signer: name.key,
        signed_ms: header.draft.clock_ms,
    })))
}

fn unreadable(error: &StatementError) -> Vec<Reason> {
    vec![Reason { check: "BODY".into(), zh: "内容无法识读".into(), en: error.to_string() }]
}

fn reasons(
    registry: &Registry,
    standards: &Standards,
    name: &LogName,
    header: &Header,
    adoption: &Adoption,
) -> Vec<Reason> {
    let mut reasons: Vec<Reason> = foreign(registry, name, adoption).into_iter().collect();
    // Without a directory nobody has been appointed, and nothing of this would be here.
    if let Some(directory) = registry.directory() {
        let versions: Vec<_> = standards.of(&adoption.standard).into_iter().map(|of| &of.standard).collect();
        let ground = Ground { versions: &versions, directory, signed_on: signed_on(header) };
        reasons.extend(check(adoption, &ground).into_iter().map(reason));
    }
    reasons
}

/// A finding as it is signed in an answer.
pub(crate) fn reason(finding: fengsui_model::standard::Finding) -> Reason {
    Reason { check: finding.rule.into(), zh: finding.zh, en: finding.en }
}

/// A station speaks for its own division, and only a hub sets values.
fn foreign(registry: &Registry, name: &LogName, adoption: &Adoption) -> Option<Reason> {
    let setter = adoption.setter;
    let standing = registry.standing(&name.key).filter(|standing| standing.division == setter);
    let may = standing.is_some_and(|standing| standing.role == Role::Hub || adoption.step == Step::Seen);
    (!may).then(|| Reason {
        check: FOREIGN.into(),
        zh: format!("签名的站点不是 {setter} 的汇总站，不能代其制定标准"),
        en: format!("the station that signed is no hub of {setter} and cannot set its standards"),
    })
}

/// Every word on `code` that is held, those included that do not count, ordered by setter, number and body; what one key
/// has logged twice stands once.
///
/// # Errors
/// When the store cannot be read.
pub fn words(
    store: &Store,
    registry: &Registry,
    standards: &Standards,
    code: &StandardCode,
) -> Result<Vec<Word>, StoreError> {
    let mut words = Vec::new();
    for position in index::adoptions(store, code, Class::Word)? {
        words.extend(judge(store, registry, standards, position)?.and_then(Result::ok));
    }
    // By key too: a station below that repeats its county's words must not take their place.
    let same = |word: &Word| (word.adoption.setter, word.adoption.number, word.body, word.signer);
    words.sort_by_key(|word| (same(word), word.signed_ms));
    words.dedup_by_key(|word| same(word));
    Ok(words)
}

/// Every station's word that a version of `code` has arrived: who, and which version.
///
/// # Errors
/// When the store cannot be read.
pub fn seen(
    store: &Store,
    registry: &Registry,
    standards: &Standards,
    code: &StandardCode,
) -> Result<Vec<Word>, StoreError> {
    let mut seen = Vec::new();
    for position in index::adoptions(store, code, Class::Seen)? {
        let word = judge(store, registry, standards, position)?.and_then(Result::ok);
        seen.extend(word.filter(|word| word.reasons.is_empty()));
    }
    Ok(seen)
}
