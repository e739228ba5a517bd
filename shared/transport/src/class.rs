//! The four classes of priority.

use std::fmt;

/// How urgent a frame is. Each class is a stream of its own in each direction, so order holds within a class and
/// nowhere else.
///
/// The order of the variants is the order of service: [`Class::Control`] comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Class {
    /// What keeps the exchange itself going: heads, receipts, credit.
    Control = 0,
    /// What may not wait for anything but control: severe reports, warnings.
    Urgent = 1,
    /// The daily business.
    Routine = 2,
    /// Back-fill and attachments, sent when nothing else wants the link.
    Bulk = 3,
}

impl Class {
    /// Every class, the most urgent first.
    pub const ALL: [Class; 4] = [Class::Control, Class::Urgent, Class::Routine, Class::Bulk];

    /// How many classes there are.
    pub const COUNT: usize = Self::ALL.len();

    /// The class that a stream's first byte names, or `None` if there is no such class.
    pub fn from_byte(byte: u8) -> Option<Class> {
        Self::ALL.get(usize::from(byte)).copied()
    }

    /// The byte that names this class at the start of its stream.
    pub fn byte(self) -> u8 {
        self as u8
    }

    /// Whether this class may use the part of the send window that is kept from the lower ones.
    pub(crate) fn is_express(self) -> bool {
        self <= Class::Urgent
    }

    /// The stream's priority; QUIC sends the highest number first.
    pub(crate) fn priority(self) -> i32 {
        Self::COUNT as i32 - i32::from(self.byte())
    }
}

impl fmt::Display for Class {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Class::Control => "control",
            Class::Urgent => "urgent",
            Class::Routine => "routine",
            Class::Bulk => "bulk",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_names_its_class_or_none() {
        for byte in 0..=u8::MAX {
            match Class::from_byte(byte) {
                Some(class) => assert_eq!(class.byte(), byte),
                None => assert!(usize::from(byte) >= Class::COUNT),
            }
        }
    }

    #[test]
    fn priority_falls_with_the_order_of_service() {
        assert!(Class::ALL.is_sorted_by(|a, b| a < b && a.priority() > b.priority()));
    }
}
