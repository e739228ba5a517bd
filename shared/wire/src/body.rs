//! The body: one frozen container for every kind of entry.
//!
//! A new indicator is a new field id, never a new type here: 916 machines must not need new software for it. These
//! types are frozen with body format 1; `tests/golden.rs` holds their bytes. Archived bytes are hashed and verified as
//! received and never re-encoded to check a signature; re-encoding here serves one end only, to refuse archives that
//! carry anything besides what they say (padding, leading bytes, unreachable parts).

use rkyv::rancor;
use rkyv::{Archive, Deserialize, Serialize};

use crate::limits::{FIELDS_MAX, ROWS_MAX};

/// Content of an entry.
#[derive(Archive, Serialize, Deserialize, Clone, PartialEq, Eq, Debug, Default)]
pub struct Body {
    /// Says which entries are revisions of one report; zero where nothing is revised.
    pub report_id: [u8; 16],
    /// Form that the field ids belong to; 0: none.
    pub form: u32,
    /// Sorted by id, each id once.
    pub fields: Vec<Field>,
    /// Tables of repeating fields, in their own order.
    pub rows: Vec<Row>,
    /// What only some levels may read.
    pub sealed: Option<Sealed>,
}

/// One value under its id.
#[derive(Archive, Serialize, Deserialize, Clone, PartialEq, Eq, Debug)]
pub struct Field {
    /// Frozen number of the field.
    pub id: u32,
    /// Its value.
    pub value: Value,
}

/// What a field may hold. A blank is a field that is not there; zero is an `Integer`.
#[derive(Archive, Serialize, Deserialize, Clone, PartialEq, Eq, Debug)]
pub enum Value {
    /// A number in the smallest unit.
    Integer(i64),
    /// There are some, not counted (有，未统计).
    Uncounted,
    /// UTF-8 text.
    Text(String),
    /// Keys, hashes.
    Bytes(Vec<u8>),
}

/// One row of a table.
#[derive(Archive, Serialize, Deserialize, Clone, PartialEq, Eq, Debug)]
pub struct Row {
    /// Which table.
    pub table: u32,
    /// Sorted by id, each id once.
    pub fields: Vec<Field>,
}

/// A section that is encrypted before it is signed.
#[derive(Archive, Serialize, Deserialize, Clone, PartialEq, Eq, Debug)]
pub struct Sealed {
    /// How it is encrypted; no suite is defined yet.
    pub suite: u8,
    /// The section's key, wrapped for each reader.
    pub wrapped: Vec<Wrapped>,
    /// Nonce and ciphertext.
    pub ciphertext: Vec<u8>,
}

/// A section key wrapped for one reader.
#[derive(Archive, Serialize, Deserialize, Clone, PartialEq, Eq, Debug)]
pub struct Wrapped {
    /// Division whose key opens it.
    pub division: u64,
    /// The wrapped key.
    pub key: Vec<u8>,
}

/// Why bytes are not a body.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BodyError {
    /// The archive does not hold together.
    #[error("read the body's archive")]
    Archive,
    /// It reads, but holds more or other bytes than its content needs.
    #[error("read the body: it is not in its one canonical form")]
    NotCanonical,
    /// Ids out of order or twice.
    #[error("read the body: field {0} is out of order or stands twice")]
    Order(u32),
    /// More fields or rows than any form has.
    #[error("read the body: {0} fields or rows are too many")]
    TooMany(usize),
}

impl Body {
    /// The body's bytes; fields are sorted first.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut sorted = self.clone();
        sorted.fields.sort_by_key(|field| field.id);
        sorted.rows.iter_mut().for_each(|row| row.fields.sort_by_key(|field| field.id));
        sorted.archived()
    }

    fn archived(&self) -> Vec<u8> {
        let bytes = rkyv::to_bytes::<rancor::Error>(self).expect("archiving into memory cannot fail");
        bytes.to_vec()
    }

    /// Reads a body that this network's software could have written, and nothing else.
    ///
    /// # Errors
    /// The first rule that does not hold.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, BodyError> {
        let archived = rkyv::access::<ArchivedBody, rancor::Error>(bytes).map_err(|_| BodyError::Archive)?;
        let body: Self =
            rkyv::deserialize::<Self, rancor::Error>(archived).map_err(|_| BodyError::Archive)?;
        if body.archived() != bytes {
            return Err(BodyError::NotCanonical);
        }
        if body.rows.len() > ROWS_MAX {
            return Err(BodyError::TooMany(body.rows.len()));
        }
        in_order(&body.fields)?;
        body.rows.iter().try_for_each(|row| in_order(&row.fields))?;
        Ok(body)
    }

    /// The value under `id`.
    pub fn get(&self, id: u32) -> Option<&Value> {
        get(&self.fields, id)
    }

    /// Adds a field.
    pub fn push(&mut self, id: u32, value: Value) {
        self.fields.push(Field { id, value });
    }
}

impl Row {
    /// The value under `id`.
    pub fn get(&self, id: u32) -> Option<&Value> {
        get(&self.fields, id)
    }
}

fn get(fields: &[Field], id: u32) -> Option<&Value> {
    fields.binary_search_by_key(&id, |field| field.id).ok().map(|at| &fields[at].value)
}

fn in_order(fields: &[Field]) -> Result<(), BodyError> {
    if fields.len() > FIELDS_MAX {
        return Err(BodyError::TooMany(fields.len()));
    }
    match fields.windows(2).find(|pair| pair[0].id >= pair[1].id) {
        Some(pair) => Err(BodyError::Order(pair[1].id)),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn sample() -> Body {
        let mut body = Body { report_id: [7; 16], form: 1, ..Body::default() };
        body.push(9, Value::Integer(-3));
        body.push(2, Value::Uncounted);
        body.push(5, Value::Text("倒塌".into()));
        body.rows.push(Row { table: 1, fields: vec![Field { id: 1, value: Value::Bytes(vec![1, 2]) }] });
        body
    }

    #[test]
    fn comes_back_as_it_went() {
        let bytes = sample().to_bytes();
        let back = Body::from_bytes(&bytes).expect("own bytes read");
        assert_eq!(back.get(2), Some(&Value::Uncounted));
        assert_eq!(back.get(3), None);
        assert_eq!(back.to_bytes(), bytes);
    }

    #[test]
    fn refuses_bytes_beside_the_content() {
        let mut bytes = vec![0; 16];
        bytes.extend(sample().to_bytes());
        assert!(matches!(Body::from_bytes(&bytes), Err(BodyError::NotCanonical)));
    }

    #[test]
    fn refuses_a_field_that_stands_twice() {
        let mut body = sample();
        body.push(5, Value::Integer(0));
        assert_eq!(Body::from_bytes(&body.to_bytes()), Err(BodyError::Order(5)));
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..600)) {
            let _ = Body::from_bytes(&bytes);
        }

        #[test]
        fn no_damage_makes_it_panic_or_lie(at in 0usize..10_000, flip in 1u8..) {
            let good = sample().to_bytes();
            let mut bytes = good.clone();
            let at = at % bytes.len();
            bytes[at] ^= flip;
            if let Ok(body) = Body::from_bytes(&bytes) {
                prop_assert_eq!(body.to_bytes(), bytes);
            }
        }
    }
}
