//! Genesis: the first entry of a log.

use fengsui_model::DivisionCode;

use super::fields::{Fields, code};
use super::{Parts, StatementError, only_parts};
use crate::body::{Body, Value};
use crate::keys::PublicKey;
use crate::log::{Incarnation, LogId, LogName};

const KEY: (u32, &str) = (1, "key");
const INCARNATION: (u32, &str) = (2, "incarnation");
const DIVISION: (u32, &str) = (3, "division");
const CONTINUES: (u32, &str) = (4, "continues");

/// Who writes a log, for whom, and which log it goes on from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Genesis {
    /// The log's full name.
    pub name: LogName,
    /// Division the station speaks for.
    pub division: DivisionCode,
    /// The log of the earlier incarnation, or of the key that this one followed in a rotation. `None`: the first.
    pub continues: Option<LogId>,
}

/// The body of a genesis.
pub fn genesis_body(genesis: &Genesis) -> Vec<u8> {
    let mut body = Body::default();
    body.push(KEY.0, Value::Bytes(genesis.name.key.0.to_vec()));
    body.push(INCARNATION.0, Value::Bytes(genesis.name.incarnation.0.to_vec()));
    body.push(DIVISION.0, code(genesis.division));
    if let Some(log) = genesis.continues {
        body.push(CONTINUES.0, Value::Bytes(log.0.to_vec()));
    }
    body.to_bytes()
}

pub(super) fn read(body: &Body) -> Result<Genesis, StatementError> {
    only_parts(body, Parts { report_id: false, form: false, table: None })?;
    let fields = Fields(&body.fields);
    fields.only(&[KEY, INCARNATION, DIVISION, CONTINUES])?;
    Ok(Genesis {
        name: LogName {
            key: PublicKey(fields.bytes(KEY)?),
            incarnation: Incarnation(fields.bytes(INCARNATION)?),
        },
        division: fields.division(DIVISION)?,
        continues: fields.optional_bytes(CONTINUES)?.map(LogId),
    })
}
