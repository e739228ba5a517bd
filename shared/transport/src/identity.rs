//! The key by which one end is known.

use std::{fmt, sync::Arc};

use ring::hmac;
use rustls::{
    crypto::ring::sign::any_eddsa_type,
    pki_types::{CertificateDer, PrivatePkcs8KeyDer},
    sign::CertifiedKey,
};
use zeroize::Zeroizing;

/// What stands before the 32 bytes of an ed25519 public key in a SubjectPublicKeyInfo (RFC 8410 §4): two sequences,
/// the algorithm 1.3.101.112, a bit string.
const SPKI_PREFIX: [u8; 12] = [0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00];

/// What stands before the 32 bytes of an ed25519 seed in a PKCS#8 version 1 key (RFC 8410 §7): a sequence, the
/// version, the algorithm, an octet string within an octet string.
const PKCS8_PREFIX: [u8; 16] =
    [0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20];

/// What sets the derived secret apart from every other use of the seed.
const RESETS_LABEL: &[u8] = b"fengsui/stateless reset/v1";

/// An ed25519 key pair, ready to prove itself in a handshake. Cheap to clone; never prints its secret.
#[derive(Clone)]
pub struct Identity {
    public: [u8; 32],
    certified: Arc<CertifiedKey>,
    resets: [u8; 32],
}

impl Identity {
    /// The identity of an ed25519 seed (RFC 8032 §5.1.5). Any 32 bytes are one; the caller answers for their
    /// randomness. The copy held here is wiped, the caller's own is not.
    pub fn from_secret(secret: [u8; 32]) -> Identity {
        let secret = Zeroizing::new(secret);
        let mut pkcs8 = Zeroizing::new([0; PKCS8_PREFIX.len() + 32]);
        pkcs8[..PKCS8_PREFIX.len()].copy_from_slice(&PKCS8_PREFIX);
        pkcs8[PKCS8_PREFIX.len()..].copy_from_slice(&*secret);
        let key =
            any_eddsa_type(&PrivatePkcs8KeyDer::from(&pkcs8[..])).expect("any 32 bytes are an ed25519 seed");
        let spki = key.public_key().expect("an ed25519 key knows its public half");
        let public = key_of_spki(&spki).expect("an ed25519 key has the one form there is");
        let raw = CertificateDer::from(spki.to_vec());
        let derive = hmac::Key::new(hmac::HMAC_SHA256, &*secret);
        let mut resets = [0; 32];
        resets.copy_from_slice(hmac::sign(&derive, RESETS_LABEL).as_ref());
        Identity { public, certified: Arc::new(CertifiedKey::new(vec![raw], key)), resets }
    }

    /// The public key, by which the other end knows this one.
    pub fn public(&self) -> [u8; 32] {
        self.public
    }

    /// The key in the form that TLS presents: the raw public key in place of a certificate.
    pub(crate) fn certified(&self) -> Arc<CertifiedKey> {
        self.certified.clone()
    }
}

impl Identity {
    /// A secret that is the same after a restart: by it a hub that was killed can tell the connections of its former
    /// life that they are gone.
    pub(crate) fn resets(&self) -> [u8; 32] {
        self.resets
    }
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Identity").field("public", &hex(&self.public)).finish_non_exhaustive()
    }
}

/// The public key within a SubjectPublicKeyInfo, or `None` if it is anything but the one form of ed25519.
pub(crate) fn key_of_spki(spki: &[u8]) -> Option<[u8; 32]> {
    spki.strip_prefix(&SPKI_PREFIX)?.try_into().ok()
}

/// A key as people read it: 64 hexadecimal digits.
pub(crate) fn hex(key: &[u8; 32]) -> String {
    use fmt::Write;
    key.iter().fold(String::with_capacity(64), |mut text, byte| {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use ed25519_dalek::SigningKey;
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn the_public_key_is_that_of_the_seed(secret: [u8; 32]) {
            let expected = SigningKey::from_bytes(&secret).verifying_key().to_bytes();
            prop_assert_eq!(Identity::from_secret(secret).public(), expected);
        }

        #[test]
        fn another_prefix_is_another_algorithm(at in 0..SPKI_PREFIX.len(), bit in 0..8) {
            let mut spki = Identity::from_secret([7; 32]).certified().cert[0].to_vec();
            spki[at] ^= 1u8 << bit;
            prop_assert_eq!(key_of_spki(&spki), None);
        }
    }

    #[test]
    fn a_key_with_a_byte_more_or_less_is_refused() {
        let spki = Identity::from_secret([7; 32]).certified().cert[0].to_vec();
        assert_eq!(key_of_spki(&spki), Some(Identity::from_secret([7; 32]).public()));
        assert_eq!(key_of_spki(&spki[..43]), None);
        assert_eq!(key_of_spki(&[spki.as_slice(), &[0]].concat()), None);
    }

    #[test]
    fn printing_an_identity_shows_the_public_key_only() {
        let text = format!("{:?}", Identity::from_secret([0xab; 32]));
        assert!(text.contains(&hex(&Identity::from_secret([0xab; 32]).public())));
        assert!(!text.contains(&"ab".repeat(32)));
    }
}
