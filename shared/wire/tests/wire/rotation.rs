//! The proof that a rotation carries.

use fengsui_wire::{NetworkId, Rotation, StationKey};

use crate::sample::{division, key, network};

fn next() -> StationKey {
    StationKey::from_seed(&[9; 32])
}

#[test]
fn a_rotation_holds_for_the_key_division_and_network_that_it_was_made_for() {
    let (old, at) = (key().public(), division(220_221_100));
    let rotation = Rotation::new(&next(), network(), old, at);
    assert!(rotation.holds(network(), old));
    assert!(!rotation.holds(NetworkId([0; 16]), old), "another network");
    assert!(!rotation.holds(network(), next().public()), "another key before it");
    assert!(!Rotation { division: division(220_221_101), ..rotation }.holds(network(), old));
    assert!(!Rotation { key: old, ..rotation }.holds(network(), old), "a key that its holder did not give");
    let itself = Rotation::new(&key(), network(), old, at);
    assert!(!itself.holds(network(), old), "a key does not follow itself");
    let weak = Rotation { key: fengsui_wire::PublicKey([0; 32]), ..rotation };
    assert!(!weak.holds(network(), old));
}
