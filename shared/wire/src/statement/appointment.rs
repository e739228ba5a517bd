//! Appointments: who may sign for which division.

use fengsui_model::DivisionCode;

use super::fields::{Fields, code};
use super::{Parts, StatementError, only_parts};
use crate::body::{Body, Value};
use crate::header::byte_enum;
use crate::keys::PublicKey;

const KEY: (u32, &str) = (1, "key");
const DIVISION: (u32, &str) = (2, "division");
const ROLE: (u32, &str) = (3, "role");
const FROM: (u32, &str) = (4, "from");
const UNTIL: (u32, &str) = (5, "until");
const SECOND_PARENT: (u32, &str) = (6, "second parent");
const ADDRESS: (u32, &str) = (7, "address");
const OFFICE: (u32, &str) = (8, "office");
const PERSON_NUMBER: (u32, &str) = (9, "number");

/// Characters of the name of an office.
const OFFICE_CHARS_MAX: usize = 20;

byte_enum! {
    /// What a key may do.
    Role {
        /// Keeps a township's log.
        Node = 1,
        /// Receives, totals and appoints below its division.
        Hub = 2,
        /// Signs reviews; has no log.
        Reviewer = 3,
        /// Signs for the unit (单位负责人); has no log.
        Head = 4,
    }
}

/// "This key speaks for this division."
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Appointment {
    /// Whose key.
    pub key: PublicKey,
    /// For which division.
    pub division: DivisionCode,
    /// As what.
    pub role: Role,
    /// From when, milliseconds since 1970 UTC, inclusive.
    pub from_ms: i64,
    /// Until when, exclusive. `None`: until revoked.
    pub until_ms: Option<i64>,
    /// For a hub: where its children find it. Empty: told at enrolment.
    pub address: Option<String>,
    /// For a hub: the hub that its children turn to when it is down.
    pub second_parent: Option<PublicKey>,
    /// For a reviewer or head: the office. `None` for a station.
    pub post: Option<Post>,
}

/// The office of a person, and which of its people: a number, never a name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Post {
    /// 民政, 应急 …; of one line and at most 20 characters.
    pub office: String,
    /// Counted from 1 within the division.
    pub number: u32,
}

impl Post {
    /// Whether the office reads as one short line.
    pub fn is_sound(&self) -> bool {
        let chars = self.office.chars().count();
        (1..=OFFICE_CHARS_MAX).contains(&chars) && !self.office.chars().any(char::is_control)
    }
}

impl std::fmt::Display for Post {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}{}号", self.office, self.number)
    }
}

/// The body of an appointment.
pub fn appointment_body(appointment: &Appointment) -> Vec<u8> {
    let mut body = Body::default();
    body.push(KEY.0, Value::Bytes(appointment.key.0.to_vec()));
    body.push(DIVISION.0, code(appointment.division));
    body.push(ROLE.0, Value::Integer(i64::from(appointment.role as u8)));
    body.push(FROM.0, Value::Integer(appointment.from_ms));
    if let Some(until) = appointment.until_ms {
        body.push(UNTIL.0, Value::Integer(until));
    }
    if let Some(parent) = appointment.second_parent {
        body.push(SECOND_PARENT.0, Value::Bytes(parent.0.to_vec()));
    }
    if let Some(address) = &appointment.address {
        body.push(ADDRESS.0, Value::Text(address.clone()));
    }
    if let Some(post) = &appointment.post {
        body.push(OFFICE.0, Value::Text(post.office.clone()));
        body.push(PERSON_NUMBER.0, Value::Integer(i64::from(post.number)));
    }
    body.to_bytes()
}

pub(super) fn read(body: &Body) -> Result<Appointment, StatementError> {
    only_parts(body, Parts { report_id: false, form: false, table: None })?;
    let fields = Fields(&body.fields);
    fields.only(&[KEY, DIVISION, ROLE, FROM, UNTIL, SECOND_PARENT, ADDRESS, OFFICE, PERSON_NUMBER])?;
    let role: u8 = fields.number(ROLE)?;
    Ok(Appointment {
        key: PublicKey(fields.bytes(KEY)?),
        division: fields.division(DIVISION)?,
        role: Role::from_byte(role).ok_or(StatementError::Field(ROLE.1))?,
        from_ms: fields.integer(FROM)?,
        until_ms: fields.optional_integer(UNTIL)?,
        second_parent: fields.optional_bytes(SECOND_PARENT)?.map(PublicKey),
        address: fields.optional_text(ADDRESS)?.map(str::to_owned),
        post: post(&fields)?,
    })
}

/// Office and number stand together or not at all.
fn post(fields: &Fields<'_>) -> Result<Option<Post>, StatementError> {
    let Some(office) = fields.optional_text(OFFICE)? else {
        return match fields.optional_integer(PERSON_NUMBER)? {
            None => Ok(None),
            Some(_) => Err(StatementError::Missing(OFFICE.1)),
        };
    };
    let post = Post { office: office.to_owned(), number: fields.number(PERSON_NUMBER)? };
    if post.is_sound() { Ok(Some(post)) } else { Err(StatementError::Field(OFFICE.1)) }
}
