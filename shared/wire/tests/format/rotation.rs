//! Rotations against the page.

use fengsui_wire::{Rotation, rotation_body};

use super::*;

#[test]
fn rotation_has_the_fields_of_the_page() {
    let old = PublicKey([7; 32]);
    let rotation = Rotation::new(&key(), network(), old, division(220_221_100));
    let body = read(&rotation_body(&rotation));
    let expected = [
        ("key", Value::Bytes(key().public().0.to_vec())),
        ("division", Value::Integer(220_221_100)),
        ("proof", Value::Bytes(rotation.proof.0.to_vec())),
    ];
    check_fields(&table("Rotation"), &body.fields, &expected);

    let content = [&old.0[..], &220_221_100u64.to_le_bytes()].concat();
    check_signature(&[Domain::Rotation.prefix(), &network().0, &content].concat(), rotation.proof);
}
