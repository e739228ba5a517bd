//! Envelopes: nothing but the author's own bytes, for this network, with the signed body, is verified.

use ed25519_dalek::{Signer, SigningKey, Verifier};
use fengsui_wire::{
    Author, Domain, ENVELOPE_BYTES, Envelope, Head, Incarnation, LogName, NetworkId, PublicKey, StationKey,
    Verified, VerifyError,
};
use proptest::prelude::*;

use crate::sample::{author, chain, draft, key, log, name, network, signed};

const BODY: &[u8] = b"any bytes: a body is signed, not read";

/// A point of order 8: with it as key, signatures hold that nobody made.
const SMALL_ORDER: &str = "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a";

/// The point of order 1.
const IDENTITY: [u8; 32] = {
    let mut bytes = [0; 32];
    bytes[0] = 1;
    bytes
};

/// The group order, little-endian: adding it to S gives a second signature of the same message.
const GROUP_ORDER: [u8; 32] = [
    0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14, 0, 0, 0,
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10,
];

fn verify(envelope: Envelope) -> Result<Verified, VerifyError> {
    author().verify(envelope, Some(BODY.to_vec()))
}

#[test]
fn an_own_entry_is_verified_with_and_without_its_body() {
    let envelope = signed(Head::EMPTY, BODY);
    let whole = verify(envelope).expect("a sound entry");
    assert_eq!((whole.body(), whole.hash(), whole.name()), (Some(BODY), envelope.hash(), name()));
    let header = author().verify(envelope, None).expect("a sound header");
    assert_eq!((header.body(), header.envelope()), (None, &envelope));
}

#[test]
fn many_are_verified_in_order_and_the_first_false_one_is_named() {
    let bodies: Vec<Vec<u8>> = (0..100_u8).map(|number| vec![number; 40]).collect();
    let mut entries = chain(0, &bodies.iter().map(Vec::as_slice).collect::<Vec<_>>());
    let verified = author().verify_all(entries.clone()).expect("all are sound");
    let sequences: Vec<u64> = verified.iter().map(|entry| entry.header().sequence).collect();
    assert_eq!(sequences, (0..100).collect::<Vec<_>>());

    for false_one in [31, 77] {
        entries[false_one].body = Some(b"another".to_vec());
    }
    let (error, envelope) = *author().verify_all(entries.clone()).expect_err("two are false");
    assert_eq!(error, VerifyError::Body { log: log(), sequence: 31 });
    assert_eq!(envelope, entries[31].envelope);
}

#[test]
fn one_turned_bit_anywhere_is_refused() {
    let good = *signed(Head::EMPTY, BODY).bytes();
    for bit in 0..ENVELOPE_BYTES * 8 {
        let mut bytes = good;
        bytes[bit / 8] ^= 1 << (bit % 8);
        let verdict = Envelope::from_bytes(bytes).map(verify);
        assert!(!matches!(verdict, Ok(Ok(_))), "bit {bit}");
    }
}

#[test]
fn another_body_is_refused() {
    let envelope = signed(Head::EMPTY, BODY);
    for body in [&BODY[1..], b"", &[BODY, b"!"].concat(), &BODY.to_ascii_uppercase()] {
        let verdict = author().verify(envelope, Some(body.to_vec()));
        assert!(matches!(verdict, Err(VerifyError::Body { sequence: 0, .. })), "{body:?}");
    }
}

/// The hash fits and the length, though signed, does not: the author's own contradiction.
#[test]
fn a_length_that_is_not_the_bodys_is_refused() {
    let mut bytes = *signed(Head::EMPTY, BODY).bytes();
    bytes[112] += 1;
    let message = [Domain::Entry.prefix(), &network().0, &bytes[..160]].concat();
    let signature = SigningKey::from_bytes(&key().seed()).sign(&message).to_bytes();
    bytes[160..].copy_from_slice(&signature);
    let envelope = Envelope::from_bytes(bytes).expect("a header that reads");
    assert!(author().verify(envelope, None).is_ok(), "the signature itself holds");
    assert!(matches!(verify(envelope), Err(VerifyError::Body { .. })));
}

#[test]
fn another_network_is_refused() {
    let drill = NetworkId::of_root(&key().public());
    let foreign = Author::new(drill, name()).expect("a sound key");
    let envelope = signed(Head::EMPTY, BODY);
    assert!(matches!(foreign.verify(envelope, None), Err(VerifyError::Log { .. })));
    // Even where the header names the right log, the signature is bound to the network it was made in.
    let replayed = Envelope::sign(&key(), drill, log(), Head::EMPTY, draft(), BODY);
    assert!(matches!(verify(replayed), Err(VerifyError::Signature { .. })));
}

#[test]
fn another_author_and_another_incarnation_are_refused() {
    let forged =
        Envelope::sign(&StationKey::from_seed(&[8; 32]), network(), log(), Head::EMPTY, draft(), BODY);
    assert!(matches!(verify(forged), Err(VerifyError::Signature { .. })));
    let reborn = LogName { incarnation: Incarnation([10; 16]), ..name() };
    let reborn = Author::new(network(), reborn).expect("a sound key");
    assert!(matches!(reborn.verify(signed(Head::EMPTY, BODY), None), Err(VerifyError::Log { .. })));
}

#[test]
fn keys_of_small_order_and_bytes_that_are_no_point_are_refused() {
    let identity = PublicKey(IDENTITY);
    let no_point = PublicKey([[2].as_slice(), &[0; 31]].concat().try_into().expect("32 bytes"));
    for weak in [SMALL_ORDER.parse().expect("hex"), identity, no_point] {
        assert!(!weak.is_usable());
        let name = LogName { key: weak, ..name() };
        assert_eq!(Author::new(network(), name).err(), Some(VerifyError::Key(weak)));
    }
    assert!(key().public().is_usable());
}

/// What the author signs when it chooses zero for its nonce: R is the identity, and this is S, for the entry of
/// [`signed`] with [`BODY`].
const S_OF_ZERO_NONCE: &str = "4a3ffd707281360ae7be0b362f0f1cc2034646e253b06b715d94c856f05c1c04";

/// A signature with an R of small order holds by the lax rule, which this network bans: batch verification and other
/// libraries judge it otherwise, and two hubs must not disagree.
#[test]
#[expect(clippy::disallowed_methods, reason = "shows what the banned rule would accept")]
fn a_signature_with_an_r_of_small_order_is_refused() {
    let s: PublicKey = S_OF_ZERO_NONCE.parse().expect("hex");
    let mut bytes = *signed(Head::EMPTY, BODY).bytes();
    bytes[160..].copy_from_slice(&[IDENTITY, s.0].concat());
    let lax = ed25519_dalek::VerifyingKey::from_bytes(&key().public().0).expect("a point");
    let message = [Domain::Entry.prefix(), &network().0, &bytes[..160]].concat();
    let signature = ed25519_dalek::Signature::from_slice(&bytes[160..]).expect("64 bytes");
    assert!(lax.verify(&message, &signature).is_ok(), "else the test shows nothing");
    let envelope = Envelope::from_bytes(bytes).expect("the header is untouched");
    assert!(matches!(verify(envelope), Err(VerifyError::Signature { .. })));
}

#[test]
fn the_second_signature_of_one_message_is_refused() {
    let mut bytes = *signed(Head::EMPTY, BODY).bytes();
    let mut carry = 0;
    for (byte, order) in bytes[ENVELOPE_BYTES - 32..].iter_mut().zip(GROUP_ORDER) {
        let sum = u16::from(*byte) + u16::from(order) + carry;
        *byte = (sum & 0xff) as u8;
        carry = sum >> 8;
    }
    let envelope = Envelope::from_bytes(bytes).expect("the header is untouched");
    assert!(matches!(verify(envelope), Err(VerifyError::Signature { .. })));
}

proptest! {
    #[test]
    fn a_made_up_signature_is_refused(signature in proptest::collection::vec(any::<u8>(), 64)) {
        let mut bytes = *signed(Head::EMPTY, BODY).bytes();
        bytes[160..].copy_from_slice(&signature);
        let envelope = Envelope::from_bytes(bytes).expect("the header is untouched");
        prop_assert!(verify(envelope).is_err());
    }

    #[test]
    fn no_bytes_make_it_panic(key: [u8; 32], rest in proptest::collection::vec(any::<u8>(), 224)) {
        let name = LogName { key: PublicKey(key), ..name() };
        if let (Ok(author), Ok(envelope)) =
            (Author::new(network(), name), Envelope::from_bytes(rest.try_into().expect("224 bytes")))
        {
            prop_assert!(author.verify(envelope, None).is_err());
        }
    }
}
