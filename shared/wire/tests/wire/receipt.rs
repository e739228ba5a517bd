//! Receipts: what a hub signed, and nothing beside it.

use fengsui_wire::{NetworkId, PublicKey, RECEIPT_BYTES, Receipt, ReceiptError, StationKey, VerifyError};
use proptest::prelude::*;

use crate::sample::{key, network, receipt};

fn with_byte(at: usize, value: u8) -> Result<Receipt, ReceiptError> {
    let mut bytes = receipt().to_bytes();
    bytes[at] = value;
    Receipt::from_bytes(&bytes)
}

#[test]
fn comes_back_as_it_went_and_holds() {
    let back = Receipt::from_bytes(&receipt().to_bytes()).expect("own bytes read");
    assert_eq!(back, receipt());
    assert_eq!(back.verify(network()), Ok(()));
}

#[test]
fn one_turned_bit_anywhere_is_refused() {
    let good = receipt().to_bytes();
    for bit in 0..RECEIPT_BYTES * 8 {
        let mut bytes = good;
        bytes[bit / 8] ^= 1 << (bit % 8);
        let verdict = Receipt::from_bytes(&bytes).map(|receipt| receipt.verify(network()));
        assert!(!matches!(verdict, Ok(Ok(()))), "bit {bit}");
    }
}

#[test]
fn unknown_numbers_and_reserved_bytes_are_refused() {
    for value in 0..=255 {
        assert_eq!(with_byte(0, value).is_ok(), value == 1, "version {value}");
        assert_eq!(with_byte(1, value).is_ok(), value == 1, "suite {value}");
        assert_eq!(with_byte(2, value).is_ok(), value <= 2, "lane {value}");
        assert_eq!(with_byte(3, value).is_ok(), value == 1 || value == 2, "holds {value}");
        assert_eq!(with_byte(4, value).is_ok(), (1..=4).contains(&value), "level {value}");
        for at in 5..8 {
            assert_eq!(with_byte(at, value).is_ok(), value == 0, "reserved {at}");
        }
    }
}

#[test]
fn a_stretch_runs_forward_and_ends_before_the_last_number() {
    let stretch = |from, to| Receipt::from_bytes(&Receipt { from, to, ..receipt() }.to_bytes()).is_ok();
    assert!(stretch(5, 5) && stretch(0, u64::MAX - 1));
    assert!(!stretch(6, 5) && !stretch(0, u64::MAX));
}

#[test]
fn only_200_bytes_are_a_receipt() {
    let bytes = receipt().to_bytes();
    for length in 0..RECEIPT_BYTES {
        assert_eq!(Receipt::from_bytes(&bytes[..length]), Err(ReceiptError::Length(length)));
    }
    assert_eq!(Receipt::from_bytes(&[&bytes[..], &[0]].concat()), Err(ReceiptError::Length(201)));
}

#[test]
fn another_network_and_another_signer_are_refused() {
    let drill = NetworkId::of_root(&key().public());
    assert!(matches!(receipt().verify(drill), Err(VerifyError::Signature { .. })));
    let signer = StationKey::from_seed(&[8; 32]).public();
    let stolen = Receipt { signer, ..receipt() };
    assert!(matches!(stolen.verify(network()), Err(VerifyError::Signature { .. })));
    let weak = PublicKey([0; 32]);
    assert_eq!(Receipt { signer: weak, ..receipt() }.verify(network()), Err(VerifyError::Key(weak)));
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..260)) {
        let _ = Receipt::from_bytes(&bytes).map(|receipt| receipt.verify(network()));
    }

    #[test]
    fn what_reads_writes_the_same_bytes(at in 0..RECEIPT_BYTES, value: u8) {
        if let Ok(read) = with_byte(at, value) {
            prop_assert_eq!(read.to_bytes()[at], value);
        }
    }
}
