//! Typed access to the fields of a body or row.

use fengsui_model::DivisionCode;

use super::StatementError;
use crate::body::{Field, Value};

/// Fields under their names, for errors that say which.
pub(super) struct Fields<'a>(pub &'a [Field]);

type Named = (u32, &'static str);

impl<'a> Fields<'a> {
    fn find(&self, (id, _): Named) -> Option<&'a Value> {
        self.0.iter().find(|field| field.id == id).map(|field| &field.value)
    }

    pub fn optional_integer(&self, named: Named) -> Result<Option<i64>, StatementError> {
        match self.find(named) {
            None => Ok(None),
            Some(Value::Integer(value)) => Ok(Some(*value)),
            Some(_) => Err(StatementError::Field(named.1)),
        }
    }

    pub fn optional_text(&self, named: Named) -> Result<Option<&'a str>, StatementError> {
        match self.find(named) {
            None => Ok(None),
            Some(Value::Text(text)) => Ok(Some(text)),
            Some(_) => Err(StatementError::Field(named.1)),
        }
    }

    pub fn optional_bytes<const N: usize>(&self, named: Named) -> Result<Option<[u8; N]>, StatementError> {
        match self.find(named) {
            None => Ok(None),
            Some(Value::Bytes(bytes)) => {
                bytes.as_slice().try_into().map(Some).map_err(|_| StatementError::Field(named.1))
            }
            Some(_) => Err(StatementError::Field(named.1)),
        }
    }

    /// Whether the field says "some, not counted".
    pub fn is_uncounted(&self, named: Named) -> bool {
        matches!(self.find(named), Some(Value::Uncounted))
    }

    pub fn integer(&self, named: Named) -> Result<i64, StatementError> {
        self.optional_integer(named)?.ok_or(StatementError::Missing(named.1))
    }

    /// An integer of a narrower type.
    pub fn number<T: TryFrom<i64>>(&self, named: Named) -> Result<T, StatementError> {
        T::try_from(self.integer(named)?).map_err(|_| StatementError::Field(named.1))
    }

    pub fn text(&self, named: Named) -> Result<&'a str, StatementError> {
        self.optional_text(named)?.ok_or(StatementError::Missing(named.1))
    }

    pub fn bytes<const N: usize>(&self, named: Named) -> Result<[u8; N], StatementError> {
        self.optional_bytes(named)?.ok_or(StatementError::Missing(named.1))
    }

    pub fn division(&self, named: Named) -> Result<DivisionCode, StatementError> {
        DivisionCode::new(self.number(named)?).map_err(|_| StatementError::Field(named.1))
    }

    /// Refuses a field that is not among `known`: a statement that says more than is understood must not count as
    /// understood.
    pub fn only(&self, known: &[Named]) -> Result<(), StatementError> {
        match self.0.iter().find(|field| known.iter().all(|(id, _)| *id != field.id)) {
            Some(field) => Err(StatementError::Unknown(field.id)),
            None => Ok(()),
        }
    }
}

/// A field holding a division's code.
pub(super) fn code(division: DivisionCode) -> Value {
    Value::Integer(i64::try_from(division.get()).expect("a division code has at most nine digits"))
}
