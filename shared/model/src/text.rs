//! Values that are one short text to people: serde by `Display` and `FromStr`, so the rule of a value is
//! written once.

/// Gives a type serde as its text. The type must be `Display` and `FromStr` with a displayable error.
macro_rules! serde_as_text {
    ($type:ty) => {
        impl serde::Serialize for $type {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> serde::Deserialize<'de> for $type {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = <String as serde::Deserialize>::deserialize(deserializer)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
    };
}

pub(crate) use serde_as_text;

/// Writes a hash as lower-case hexadecimal: a view for people, never the bytes that are signed.
pub(crate) fn serialize_hash<S: serde::Serializer>(
    hash: &[u8; 32],
    serializer: S,
) -> Result<S::Ok, S::Error> {
    let hex: String = hash.iter().map(|byte| format!("{byte:02x}")).collect();
    serializer.serialize_str(&hex)
}
