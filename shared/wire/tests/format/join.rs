//! Join codes and enrolment against the page.

use fengsui_wire::{JOIN_VERSION, Join, JoinCode, JoinMessage, JoinSecret, Joined, Refusal, Refused};

use super::*;

fn code() -> JoinCode {
    JoinCode {
        root: key().public(),
        hub: StationKey::from_seed(&[8; 32]).public(),
        address: "host:7461".into(),
        division: division(220_221_100),
        role: Role::Hub,
        expires_ms: 0x0102_0304 * 60_000,
        secret: JoinSecret::new([9; 16]),
    }
}

/// The code's bytes, taken from its text as the page says.
pub fn code_bytes() -> Vec<u8> {
    const ALPHABET: &str = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    let text = code().to_text().expect("it fits");
    let value = |c| ALPHABET.find(c).expect("of the alphabet");
    let bits: Vec<usize> = text
        .split('-')
        .flat_map(|group| group[..group.len() - 1].chars().map(value).collect::<Vec<_>>())
        .flat_map(|symbol| (0..5).rev().map(move |bit| symbol >> bit & 1))
        .collect();
    bits.chunks_exact(8).map(|byte| byte.iter().fold(0, |byte, bit| byte << 1 | *bit as u8)).collect()
}

#[test]
fn join_code_has_the_layout_of_the_page() {
    let [layout, derived] = &tables("Join code")[..] else { panic!("the page has two tables of the code") };
    let bytes = code_bytes();
    let fields: [(&str, &[u8]); 7] = [
        ("version", &[1]),
        ("role", &[2]),
        ("division", &220_221_100u32.to_le_bytes()),
        ("expiry", &0x0102_0304u32.to_le_bytes()),
        ("secret", &[9; 16]),
        ("root", &code().root.0),
        ("hub", &code().hub.0),
    ];
    let (said, check) = bytes.split_at(bytes.len() - 4);
    assert_eq!(&said[90..], b"host:7461");
    assert_eq!(check, &blake3::derive_key("fengsui 2026 join code check v1", said)[..4]);
    let mut layout = layout.clone();
    layout[1][3].clear();
    check_layout(&layout, &said[..90], &fields);
    let secret = JoinSecret::new([9; 16]);
    let derive =
        |row: usize| blake3::derive_key(&derived[row][3], &[9; 16])[..number(&derived[row][1])].to_vec();
    assert_eq!((secret.id().0.to_vec(), secret.key().0.to_vec()), (derive(0), derive(1)));
    let said = [&[1; 32][..], &[2; 32], &network().0, &22u64.to_le_bytes()].concat();
    let proof = secret.key().proof(PublicKey([1; 32]), PublicKey([2; 32]), network(), division(22));
    assert_eq!(proof.0, *blake3::keyed_hash(&secret.key().0, &said).as_bytes());
}

#[test]
fn enrolment_has_the_types_and_content_of_the_page() {
    let [types, refusals] = &tables("Enrolment")[..] else { panic!("the page has two tables of enrolment") };
    let secret = JoinSecret::new([9; 16]);
    let proof = secret.key().proof(PublicKey([1; 32]), PublicKey([2; 32]), network(), division(22));
    let join = Join {
        version: JOIN_VERSION,
        network: network(),
        invite: secret.id(),
        division: division(22),
        clock_ms: -2,
        proof,
        software: "me".into(),
        address: "b:2".into(),
    };
    let fixed = [
        &1u16.to_le_bytes()[..],
        &network().0,
        &secret.id().0,
        &22u64.to_le_bytes(),
        &(-2i64).to_le_bytes(),
        &proof.0,
    ]
    .concat();
    let envelope = entry(None).envelope;
    let joined =
        Joined { log: name(), envelope, body: b"body".to_vec(), address: "a:1".into(), second: None };
    let refused = Refused { refusal: Refusal::Used, zh: "用过".into(), en: "used".into() };
    let messages = [
        ("Join", JoinMessage::Join(Box::new(join)), fixed.clone(), b"\x02\0me\x03\0b:2".to_vec()),
        (
            "Joined",
            JoinMessage::Joined(Box::new(joined)),
            [&name().to_bytes()[..], envelope.bytes()].concat(),
            [&[3, 0][..], b"a:1", &[0; 32], &[0, 0], b"body"].concat(),
        ),
        (
            "Refused",
            JoinMessage::Refused(refused),
            vec![2],
            [&[6, 0][..], "用过".as_bytes(), &[4, 0], b"used"].concat(),
        ),
    ];
    assert_eq!(types.len(), messages.len());
    for (row, (name, message, fixed, rest)) in types.iter().zip(messages) {
        let described = row[2].split(", then").next().expect("a first part");
        assert_eq!((row[1].as_str(), sizes(described)), (name, fixed.len()));
        let expected = [&[number(&row[0]) as u8][..], &fixed, &rest].concat();
        assert_eq!(message.to_bytes(), expected, "{name}");
    }
    let expected: Vec<Vec<String>> = Refusal::ALL
        .iter()
        .map(|refusal| vec![refusal.number().to_string(), format!("{refusal:?}")])
        .collect();
    assert_eq!(*refusals, expected);
}
