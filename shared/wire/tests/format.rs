//! Ties `FORMAT.md` to the source: each table of the page is compared with the bytes that the crate writes. A change
//! of either side alone fails here.

#[path = "format/catalogue.rs"]
mod catalogue;
#[path = "format/join.rs"]
mod join;
#[path = "format/records.rs"]
mod records;
#[path = "format/reviews.rs"]
mod reviews;
#[path = "format/rotation.rs"]
mod rotation;
#[path = "format/sites.rs"]
mod sites;
#[path = "format/standards.rs"]
mod standards;

use fengsui_model::{Date, Directory, Division, DivisionCode, EventKey, Figure, Level, Report, Stage};
use fengsui_wire::{
    Answer, Appointment, Batch, Body, BundleWriter, Carried, Domain, Draft, ENVELOPE_BYTES, Envelope,
    Evidence, Field, Flags, Genesis, HEADER_BYTES, Hash, Have, Head, Header, Hello, Holds, Incarnation,
    JOIN_ADDRESS_BYTES_MAX, JOIN_FRAME_BYTES_MAX, JOIN_VERSION, Kind, Lane, LogHead, LogId, LogName, Message,
    NetworkId, PROTOCOL_VERSION, Position, Post, Presence, PublicKey, RECEIPT_BYTES, Reason, Receipt,
    ReceiptHead, Revocation, Role, Row, Sealed, Seen, Signature, StandLine, StationKey, Value, Wrapped,
    answer_body, appointment_body, directory_body, genesis_body, limits, report_body, report_id,
    revocation_body,
};

const PAGE: &str = include_str!("../../../FORMAT.md");

/// The tables under the heading of this text, row by row, cells trimmed, without their heads.
fn tables(heading: &str) -> Vec<Vec<Vec<String>>> {
    let is_heading = |line: &&str| line.starts_with('#');
    let title = |line: &str| line.trim_start_matches('#').trim() == heading;
    let mut lines = PAGE.lines().skip_while(|line| !(is_heading(line) && title(line)));
    assert!(lines.next().is_some(), "the page has no heading {heading:?}");
    let section: Vec<&str> = lines.take_while(|line| !is_heading(line)).collect();
    let blocks = section.split(|line| !line.starts_with('|')).filter(|block| !block.is_empty());
    blocks.map(|block| block.iter().skip(2).map(|line| cells(line)).collect()).collect()
}

fn cells(line: &str) -> Vec<String> {
    line.trim_matches('|').split('|').map(|cell| cell.trim().replace('`', "")).collect()
}

/// The only table under a heading.
fn table(heading: &str) -> Vec<Vec<String>> {
    let mut tables = tables(heading);
    assert_eq!(tables.len(), 1, "tables under {heading:?}");
    tables.swap_remove(0)
}

fn number(cell: &str) -> usize {
    cell.parse().unwrap_or_else(|_| panic!("{cell:?} is not a number"))
}

/// Checks that a table of offsets covers `bytes` without gap, and that each field's bytes are those given.
fn check_layout(table: &[Vec<String>], bytes: &[u8], fields: &[(&str, &[u8])]) {
    let names: Vec<&str> = table.iter().map(|row| row[2].as_str()).collect();
    let expected: Vec<&str> = fields.iter().map(|(name, _)| *name).collect();
    assert_eq!(names, expected);
    let mut at = 0;
    for (row, (name, content)) in table.iter().zip(fields) {
        assert_eq!((number(&row[0]), number(&row[1])), (at, content.len()), "place of '{name}'");
        assert_eq!(&bytes[at..at + content.len()], *content, "bytes of '{name}'");
        if let Ok(only_value) = row[3].parse::<u8>() {
            assert_eq!(*content, [only_value], "value of '{name}'");
        }
        at += content.len();
    }
    assert_eq!(at, bytes.len());
}

/// Sum of the sizes in a list such as "log name 48, lane 1": the first number of each item.
fn sizes(cell: &str) -> usize {
    let size = |item: &str| item.split_whitespace().find_map(|word| word.parse::<usize>().ok());
    cell.split(',').filter_map(size).sum()
}

fn key() -> StationKey {
    StationKey::from_seed(&[7; 32])
}

fn name() -> LogName {
    LogName { key: key().public(), incarnation: Incarnation([9; 16]) }
}

fn network() -> NetworkId {
    NetworkId([3; 16])
}

fn division(code: u64) -> DivisionCode {
    DivisionCode::new(code).expect("a code")
}

/// Every field differs from every other, so a swap shows.
fn header() -> Header {
    let draft = Draft {
        kind: Kind::Answer,
        lane: Lane::Bulk,
        flags: Flags::CLOCK_UNSURE.with(Flags::DRILL),
        reach: Level::City,
        addressee: Some(division(220_221_100)),
        standards: 0x0102_0304,
        directory: 0x0506_0708,
        clock_ms: -0x1112_1314_1516,
        boot: 0x2122_2324,
        uptime_s: 0x3132_3334,
    };
    Header {
        draft,
        sequence: 0x4142_4344_4546_4748,
        log: LogId([0x51; 32]),
        previous: Hash([0x52; 32]),
        body_hash: Hash([0x53; 32]),
        body_length: 0x6162,
    }
}

#[test]
fn header_has_the_layout_of_the_page() {
    let fields: [(&str, &[u8]); 18] = [
        ("version", &[1]),
        ("suite", &[1]),
        ("kind", &[4]),
        ("lane", &[2]),
        ("flags", &20u16.to_le_bytes()),
        ("reach", &[3]),
        ("body format", &[1]),
        ("sequence", &0x4142_4344_4546_4748u64.to_le_bytes()),
        ("log", &[0x51; 32]),
        ("previous", &[0x52; 32]),
        ("body hash", &[0x53; 32]),
        ("body length", &0x6162u32.to_le_bytes()),
        ("standards", &0x0102_0304u32.to_le_bytes()),
        ("directory", &0x0506_0708u32.to_le_bytes()),
        ("addressee", &220_221_100u64.to_le_bytes()),
        ("clock", &(-0x1112_1314_1516i64).to_le_bytes()),
        ("boot", &0x2122_2324u32.to_le_bytes()),
        ("uptime", &0x3132_3334u32.to_le_bytes()),
    ];
    let bytes = header().to_bytes();
    let mut table = table("Header");
    let reserved = table.pop().expect("the last row");
    assert_eq!(reserved[..3], ["148", "12", "reserved"]);
    assert_eq!(bytes[148..], [0; 12]);
    check_layout(&table, &bytes[..148], &fields);
    let nowhere = Header { draft: Draft { addressee: None, ..header().draft }, ..header() };
    assert_eq!(nowhere.to_bytes()[124..132], [0; 8]);
}

/// Checks `number | name` against every variant that the source has.
fn check_numbers<T: std::fmt::Debug>(heading: &str, variants: &[T], number_of: impl Fn(&T) -> u8) {
    let expected: Vec<Vec<String>> =
        variants.iter().map(|variant| vec![number_of(variant).to_string(), format!("{variant:?}")]).collect();
    assert_eq!(table(heading), expected);
}

#[test]
fn numbers_are_those_of_the_page() {
    check_numbers("Kinds", Kind::ALL, |kind| *kind as u8);
    check_numbers("Lanes", Lane::ALL, |lane| *lane as u8);
    check_numbers("Levels", &Level::ALL, |level| *level as u8);
    let flags = [
        ("SEALED", Flags::SEALED),
        ("STANDARDS_STALE", Flags::STANDARDS_STALE),
        ("CLOCK_UNSURE", Flags::CLOCK_UNSURE),
        ("RELOGGED", Flags::RELOGGED),
        ("DRILL", Flags::DRILL),
    ];
    let rows = table("Flags");
    assert_eq!(rows.len(), flags.len());
    for (bit, (row, (name, flag))) in rows.iter().zip(flags).enumerate() {
        assert_eq!(*row, [bit.to_string(), flag.bits().to_string(), name.to_owned()]);
    }
    assert!(Flags::from_bits(31).is_some() && Flags::from_bits(32).is_none());
    let listed = |variants: Vec<(u8, String)>| {
        variants
            .iter()
            .map(|(number, name)| format!("{number} {}", name.to_lowercase()))
            .collect::<Vec<_>>()
            .join(", ")
    };
    let roles = listed(Role::ALL.iter().map(|role| (*role as u8, format!("{role:?}"))).collect());
    assert_eq!(table("Appointment")[2][2], format!("integer: {roles}"));
    let stage = |stage: &Stage| (*stage as u8, format!("{stage:?} ({})", stage.zh()));
    assert_eq!(
        tables("Report")[0][2][2],
        format!("integer: {}", listed(Stage::ALL.iter().map(stage).collect()))
    );
    let holds: Vec<(u8, &str)> =
        vec![(Holds::Headers as u8, "headers only"), (Holds::Bodies as u8, "headers and bodies")];
    let holds: Vec<String> = holds.iter().map(|(number, text)| format!("{number}: {text}")).collect();
    assert_eq!(table("Receipt")[3][3], holds.join(", "));
}

#[test]
fn envelope_is_header_then_signature() {
    let log = name().id(network());
    let envelope = Envelope::sign(&key(), network(), log, Head::EMPTY, header().draft, b"body");
    let header = envelope.header().to_bytes();
    check_layout(
        &table("Envelope"),
        envelope.bytes(),
        &[("header", &header), ("signature", &envelope.signature().0)],
    );
    assert_eq!((HEADER_BYTES, ENVELOPE_BYTES), (160, 224));
    assert_eq!(envelope.hash(), Hash::of(envelope.bytes()));
}

#[test]
fn what_is_signed_is_prefix_network_and_content() {
    let rows = tables("What is signed").swap_remove(0);
    let domains = [
        ("Entry", Domain::Entry),
        ("Receipt", Domain::Receipt),
        ("Presence", Domain::Presence),
        ("Person", Domain::Person),
        ("Rotation", Domain::Rotation),
    ];
    assert_eq!(rows.len(), domains.len());
    let contents = [
        format!("the header, {HEADER_BYTES} bytes"),
        format!("the receipt's first {} bytes", 200 - 64),
        "the presence without its last 64 bytes".to_owned(),
        "act 1, report id 16, revision 4, body hash 32".to_owned(),
        "the old key 32, the division 8".to_owned(),
    ];
    for ((row, (name, domain)), content) in rows.iter().zip(domains).zip(contents) {
        assert_eq!((row[0].as_str(), &row[2]), (name, &content));
        assert_eq!(domain.prefix(), format!("{}\0", row[1]).as_bytes());
    }
    let log = name().id(network());
    let envelope = Envelope::sign(&key(), network(), log, Head::EMPTY, header().draft, b"body");
    let signed = [Domain::Entry.prefix(), &network().0, &envelope.bytes()[..160]].concat();
    check_signature(&signed, envelope.signature());
    let signed = [Domain::Receipt.prefix(), &network().0, &receipt().to_bytes()[..136]].concat();
    check_signature(&signed, receipt().signature);
    let bytes = presence().to_bytes();
    let signed = [Domain::Presence.prefix(), &network().0, &bytes[..bytes.len() - 64]].concat();
    check_signature(&signed, presence().signature);
}

fn presence() -> Presence {
    let seen = Seen {
        key: PublicKey([7; 32]),
        online: true,
        since_ms: -3,
        held: 0x0102,
        lacks: 0x0304,
        clock_offset_s: -5,
        software: Some("me".into()),
    };
    let greeted_not = Seen { key: PublicKey([8; 32]), online: false, software: None, ..seen.clone() };
    let unsigned = Presence {
        signer: key().public(),
        division: division(22),
        made_ms: -2,
        stations: vec![seen, greeted_not],
        signature: Signature([0; 64]),
    };
    unsigned.signed(&key(), network())
}

#[test]
fn presence_has_the_layout_of_the_page() {
    let [head, station] = &tables("Presence")[..] else { panic!("the page has two tables of the presence") };
    let bytes = presence().to_bytes();
    let fields: [(&str, &[u8]); 6] = [
        ("version", &[1]),
        ("suite", &[1]),
        ("signer", &key().public().0),
        ("division", &22u64.to_le_bytes()),
        ("made", &(-2i64).to_le_bytes()),
        ("software", &[1]),
    ];
    check_layout(head, &bytes[..51], &fields);
    assert_eq!(bytes[51..56], [2, b'm', b'e', 2, 0]);
    let of = |key: &'static [u8], mark: &'static [u8], software: &'static [u8]| {
        [
            ("key", key),
            ("mark", mark),
            ("since", &[253, 255, 255, 255, 255, 255, 255, 255]),
            ("held", &[2, 1, 0, 0, 0, 0, 0, 0]),
            ("lacks", &[4, 3, 0, 0]),
            ("clock", &[251, 255, 255, 255]),
            ("software", software),
        ]
    };
    check_layout(station, &bytes[56..114], &of(&[7; 32], &[1], &[0]));
    check_layout(station, &bytes[114..172], &of(&[8; 32], &[0], &[255]));
    assert_eq!(bytes[172..], presence().signature.0);
}

fn check_signature(message: &[u8], signature: Signature) {
    let key = ed25519_dalek::VerifyingKey::from_bytes(&key().public().0).expect("a point");
    let signature = ed25519_dalek::Signature::from_bytes(&signature.0);
    key.verify_strict(message, &signature).expect("signed as the page says");
}

#[test]
fn ids_are_derived_as_the_page_says() {
    let rows = table("Network, log and report ids");
    let names: Vec<&str> = rows.iter().map(|row| row[0].as_str()).collect();
    assert_eq!(names, ["network id", "log id", "report id", "have digest"]);
    let derive = |row: usize, bytes: &[u8]| {
        let length = number(&rows[row][1]);
        blake3::derive_key(&rows[row][3], bytes)[..length].to_vec()
    };
    let root = key().public();
    assert_eq!(NetworkId::of_root(&root).0.to_vec(), derive(0, &root.0));
    let named = [&network().0[..], &name().key.0, &name().incarnation.0].concat();
    assert_eq!(name().id(network()).0.to_vec(), derive(1, &named));
    let event: EventKey = "20261121-220221-flood".parse().expect("an event");
    let id = report_id(1, division(220_221_100), event);
    assert_eq!(id.0.to_vec(), derive(2, b"1/220221100/20261121-220221-flood"));
    let log_bytes = &Message::Ack(log_head()).to_bytes()[1..];
    let have = Have { receipts: vec![receipt_head()], ..Have::default() };
    let receipt_bytes = &Message::Have(have).to_bytes()[6..];
    let stated = [&1_u64.to_le_bytes(), log_bytes, receipt_bytes].concat();
    assert_eq!(Have::digest(&[log_head()], &[receipt_head()]).0.to_vec(), derive(3, &stated));
}

fn receipt() -> Receipt {
    let unsigned = Receipt {
        holds: Holds::Headers,
        level: Level::Province,
        lane: Lane::Routine,
        from: 0x0102,
        to: 0x0304,
        log: LogId([0x51; 32]),
        hash: Hash([0x52; 32]),
        received_ms: -0x1112,
        signer: PublicKey([0; 32]),
        division: division(22),
        signature: Signature([0; 64]),
    };
    unsigned.signed(&key(), network())
}

#[test]
fn receipt_has_the_layout_of_the_page() {
    let fields: [(&str, &[u8]); 14] = [
        ("version", &[1]),
        ("suite", &[1]),
        ("lane", &[1]),
        ("holds", &[1]),
        ("level", &[4]),
        ("reserved", &[0; 3]),
        ("from", &0x0102u64.to_le_bytes()),
        ("to", &0x0304u64.to_le_bytes()),
        ("log", &[0x51; 32]),
        ("hash", &[0x52; 32]),
        ("received", &(-0x1112i64).to_le_bytes()),
        ("signer", &key().public().0),
        ("division", &22u64.to_le_bytes()),
        ("signature", &receipt().signature.0),
    ];
    assert_eq!(RECEIPT_BYTES, 200);
    check_layout(&table("Receipt"), &receipt().to_bytes(), &fields);
}

fn field(value: Value) -> Field {
    Field { id: 0x0a0b_0c0d, value }
}

fn length_of(body: Body) -> usize {
    body.to_bytes().len()
}

fn with_value(value: Value) -> usize {
    length_of(Body { fields: vec![field(value)], ..Body::default() })
}

#[test]
fn container_has_the_sizes_of_the_page() {
    let [root, elements] = &tables("Body")[..] else { panic!("the page has two tables of the body") };
    let element = |name: &str| {
        let row = elements.iter().find(|row| row[0] == name).unwrap_or_else(|| panic!("no element {name:?}"));
        number(&row[1])
    };
    assert_eq!(length_of(Body::default()), element("root"));
    assert_eq!(with_value(Value::Uncounted), element("root") + element("field"));
    assert_eq!(element("field"), 4 + element("value"));
    let row = Row { table: 1, fields: vec![] };
    assert_eq!(length_of(Body { rows: vec![row], ..Body::default() }), element("root") + element("row"));
    let mut at = 0;
    for (row, name) in root.iter().zip(["report id", "form", "fields", "rows", "sealed"]) {
        assert_eq!((number(&row[0]), row[2].as_str()), (at, name));
        at += number(&row[1]);
    }
    assert_eq!((root.len(), at), (5, element("root")));
    assert_eq!(number(&root[4][1]), 1 + element("sealed"));
    for row in elements.iter().filter(|row| ["field", "row", "sealed", "wrapped"].contains(&row[0].as_str()))
    {
        assert_eq!(sizes(&row[2]), number(&row[1]), "{}", row[0]);
    }
    let wrapped = vec![Wrapped { division: 22, key: vec![] }];
    let sealed = Some(Sealed { suite: 1, wrapped, ciphertext: vec![] });
    assert_eq!(length_of(Body { sealed, ..Body::default() }), element("root") + element("wrapped"));
    let text = |length| with_value(Value::Text("x".repeat(length)));
    assert_eq!(text(8), element("root") + element("field"), "eight bytes are inline");
    assert_eq!(text(9), text(8) + 9, "nine are not");
}

#[test]
fn values_have_the_tags_of_the_page() {
    let elements = &tables("Body")[1];
    let values = [
        ("integer: i64", Value::Integer(1)),
        ("uncounted (有，未统计): nothing", Value::Uncounted),
        ("text: text 8", Value::Text("x".into())),
        ("bytes: list 8 of bytes", Value::Bytes(vec![])),
    ];
    let mut described = "tag 1".to_owned();
    for (text, value) in values {
        let bytes = Body { fields: vec![field(value)], ..Body::default() }.to_bytes();
        described.push_str(&format!("; tag {} {text}", bytes[4]));
    }
    let row = elements.iter().find(|row| row[0] == "value").expect("the page has the value");
    assert_eq!(row[2], described);
    let sealed = &tables("Body")[0][4][3];
    assert_eq!(sealed, "tag 0: none; tag 1: then a sealed section");
}

/// The root's parts stand where the page says, counted from the end of the bytes.
#[test]
fn container_has_its_root_at_the_end() {
    let fields = vec![field(Value::Integer(-2)), Field { id: u32::MAX, value: Value::Bytes(vec![0xee; 3]) }];
    let sealed = Sealed { suite: 0x77, wrapped: vec![], ciphertext: vec![] };
    let body = Body { report_id: [0x66; 16], form: 0x0102_0304, fields, rows: vec![], sealed: Some(sealed) };
    let bytes = body.to_bytes();
    let root = bytes.len() - 54;
    let offsets: Vec<usize> = tables("Body")[0].iter().map(|row| root + number(&row[0])).collect();
    let i32_at = |at: usize| i32::from_le_bytes(bytes[at..at + 4].try_into().expect("four"));
    assert_eq!(bytes[offsets[0]..offsets[1]], [0x66; 16]);
    assert_eq!(i32_at(offsets[1]), 0x0102_0304);
    assert_eq!(i32_at(offsets[2] + 4), 2, "count of fields");
    let first = offsets[2].checked_add_signed(i32_at(offsets[2]) as isize).expect("inside");
    assert_eq!(bytes[..3], [0xee; 3], "what an element points to stands before the elements");
    assert_eq!(first, 3);
    assert_eq!(
        bytes[first..first + 13],
        [0x0d, 0x0c, 0x0b, 0x0a, 0, 0xfe, 255, 255, 255, 255, 255, 255, 255]
    );
    assert_eq!((bytes[first + 17], i32_at(first + 18), i32_at(first + 22)), (3, -21, 3));
    assert_eq!((bytes[offsets[4]], bytes[offsets[4] + 1]), (1, 0x77));
}

#[test]
fn long_texts_state_their_length_as_the_page_says() {
    for length in [9, 63, 64, 65, 300, 20_000] {
        let body = Body { fields: vec![field(Value::Text("x".repeat(length)))], ..Body::default() };
        let bytes = body.to_bytes();
        let text = bytes.len() - 54 - 8;
        let stated = u32::from_le_bytes(bytes[text..text + 4].try_into().expect("four")) as usize;
        assert_eq!(bytes[text] & 0xc0, 0x80);
        assert_eq!(stated % 64 + 64 * (stated / 256), length);
        let offset = i32::from_le_bytes(bytes[text + 4..text + 8].try_into().expect("four"));
        assert_eq!(text.checked_add_signed(offset as isize), Some(0));
    }
}

/// Checks that `fields` are exactly those of the table, of the types it names.
fn check_fields(table: &[Vec<String>], fields: &[Field], expected: &[(&str, Value)]) {
    assert_eq!(fields.len(), table.len());
    assert_eq!(expected.len(), table.len());
    for ((row, field), (name, value)) in table.iter().zip(fields).zip(expected) {
        assert_eq!((number(&row[0]), row[1].as_str()), (field.id as usize, *name));
        assert_eq!(&field.value, value, "field '{name}'");
        let type_in_page = row[2].split([',', ':', ' ']).next();
        let allowed: &[&str] = match value {
            Value::Integer(_) => &["integer", "division"],
            Value::Text(_) => &["text"],
            _ => &["bytes"],
        };
        assert!(type_in_page.is_some_and(|word| allowed.contains(&word)), "type of '{name}'");
        if let Value::Bytes(bytes) = value {
            let length = row[2].split([',', ':', ' ']).nth(1).map(number);
            assert_eq!(length, Some(bytes.len()), "length of '{name}'");
        }
    }
}

fn read(bytes: &[u8]) -> Body {
    Body::from_bytes(bytes).expect("own bytes read")
}

fn text(text: &str) -> Value {
    Value::Text(text.into())
}

#[test]
fn genesis_and_appointment_have_the_fields_of_the_page() {
    let genesis = Genesis { name: name(), division: division(22), continues: Some(LogId([5; 32])) };
    let expected = [
        ("key", Value::Bytes(key().public().0.to_vec())),
        ("incarnation", Value::Bytes(vec![9; 16])),
        ("division", Value::Integer(22)),
        ("continues", Value::Bytes(vec![5; 32])),
    ];
    check_fields(&table("Genesis"), &read(&genesis_body(&genesis)).fields, &expected);
    let appointment = Appointment {
        key: PublicKey([4; 32]),
        division: division(2202),
        role: Role::Head,
        from_ms: 5,
        until_ms: Some(6),
        address: Some("somewhere".into()),
        second_parent: Some(PublicKey([7; 32])),
        post: Some(Post { office: "eight".into(), number: 9 }),
    };
    let expected = [
        ("key", Value::Bytes(vec![4; 32])),
        ("division", Value::Integer(2202)),
        ("role", Value::Integer(4)),
        ("from", Value::Integer(5)),
        ("until", Value::Integer(6)),
        ("second parent", Value::Bytes(vec![7; 32])),
        ("address", text("somewhere")),
        ("office", text("eight")),
        ("number", Value::Integer(9)),
    ];
    check_fields(&table("Appointment"), &read(&appointment_body(&appointment)).fields, &expected);
}

#[test]
fn report_has_the_fields_of_the_page() {
    let event: EventKey = "20261121-220221-flood".parse().expect("an event");
    let report = Report {
        form: 1,
        catalogue: 14,
        division: division(220_221_100),
        subject: event.into(),
        stage: Stage::Continued,
        revision: 4,
        follows: Some([5; 32]),
        month_before: Some([13; 32]),
        occurred_ms: Some(6),
        cutoff_ms: Some(7),
        drill: true,
        zero: false,
        explanation: Some("ten".into()),
        narrative: Some("eleven".into()),
        relief_narrative: Some("twelve".into()),
        figures: [(100, Figure::Number(13)), (101, Figure::Some), (102, Figure::Blank)].into(),
        sites: std::collections::BTreeMap::new(),
    };
    let expected = [
        ("division", Value::Integer(220_221_100)),
        ("event", text("20261121-220221-flood")),
        ("stage", Value::Integer(2)),
        ("revision", Value::Integer(4)),
        ("follows", Value::Bytes(vec![5; 32])),
        ("occurred", Value::Integer(6)),
        ("cut-off", Value::Integer(7)),
        ("drill", Value::Integer(1)),
        ("zero report", Value::Integer(0)),
        ("explanation", text("ten")),
        ("narrative", text("eleven")),
        ("relief narrative", text("twelve")),
        ("month before", Value::Bytes(vec![13; 32])),
        ("catalogue", Value::Integer(14)),
    ];
    let body = read(&report_body(&report));
    assert_eq!((body.form, body.report_id), (1, report_id(1, report.division, event).0));
    check_fields(&tables("Report")[0], &body.fields[..14], &expected);
    let figures = [(100, Value::Integer(13)), (101, Value::Uncounted)].map(|(id, value)| Field { id, value });
    assert_eq!(body.fields[14..], figures);
}

#[test]
fn directory_has_the_fields_of_the_page() {
    let day = |text: &str| text.parse::<Date>().ok();
    let root = Division {
        code: division(22),
        name: "吉林省".into(),
        level: Level::Province,
        parent: None,
        kind: "省".into(),
        villages: 0,
        from: None,
        until: None,
    };
    let city = Division {
        code: division(2202),
        level: Level::City,
        parent: Some(root.code),
        villages: 6,
        from: day("2001-02-03"),
        until: day("2031-02-03"),
        ..root.clone()
    };
    let directory = Directory::from_divisions(vec![root, city], 8).expect("a tree");
    let body = read(&directory_body(&directory));
    let [fields, columns] = &tables("Directory")[..] else {
        panic!("the page has two tables of the directory")
    };
    check_fields(fields, &body.fields, &[("version", Value::Integer(8))]);
    let expected = [
        ("code", Value::Integer(2202)),
        ("name", text("吉林省")),
        ("level", Value::Integer(3)),
        ("parent", Value::Integer(22)),
        ("kind", text("省")),
        ("villages", Value::Integer(6)),
        ("from", text("2001-02-03")),
        ("until", text("2031-02-03")),
    ];
    assert!(body.rows.iter().all(|row| row.table == 1));
    check_fields(columns, &body.rows[1].fields, &expected);
}

#[test]
fn answer_has_the_fields_of_the_page() {
    let answer = Answer {
        position: Position { log: LogId([2; 32]), lane: Lane::Routine, sequence: 4 },
        entry: Hash([1; 32]),
        reasons: vec![Reason { check: "LR01".into(), zh: "不符".into(), en: "differs".into() }],
    };
    let body = read(&answer_body(&answer, [6; 16]));
    let [fields, columns] = &tables("Answer")[..] else { panic!("the page has two tables of the answer") };
    let expected = [
        ("entry", Value::Bytes(vec![1; 32])),
        ("log", Value::Bytes(vec![2; 32])),
        ("lane", Value::Integer(1)),
        ("sequence", Value::Integer(4)),
    ];
    check_fields(fields, &body.fields, &expected);
    assert_eq!((body.report_id, body.rows[0].table), ([6; 16], 1));
    let expected = [("check", text("LR01")), ("zh", text("不符")), ("en", text("differs"))];
    check_fields(columns, &body.rows[0].fields, &expected);
}

#[test]
fn revocation_has_the_fields_of_the_page() {
    let line =
        StandLine { incarnation: Incarnation([3; 16]), lane: Lane::Bulk, sequence: 4, hash: Hash([5; 32]) };
    let revocation = Revocation {
        key: PublicKey([1; 32]),
        at_ms: -2,
        reason: "遗失".into(),
        successor: Some(PublicKey([6; 32])),
        lines: vec![line],
    };
    let body = read(&revocation_body(&revocation));
    let [fields, columns] = &tables("Revocation")[..] else {
        panic!("the page has two tables of the revocation")
    };
    let expected = [
        ("key", Value::Bytes(vec![1; 32])),
        ("at", Value::Integer(-2)),
        ("reason", text("遗失")),
        ("successor", Value::Bytes(vec![6; 32])),
    ];
    check_fields(fields, &body.fields, &expected);
    assert_eq!(body.rows[0].table, 1);
    let expected = [
        ("incarnation", Value::Bytes(vec![3; 16])),
        ("lane", Value::Integer(2)),
        ("sequence", Value::Integer(4)),
        ("hash", Value::Bytes(vec![5; 32])),
    ];
    check_fields(columns, &body.rows[0].fields, &expected);
}

fn log_head() -> LogHead {
    LogHead { name: name(), lane: Lane::Bulk, head: Head { next: 0x0102, hash: Hash([5; 32]) } }
}

fn receipt_head() -> ReceiptHead {
    ReceiptHead { log: LogId([6; 32]), lane: Lane::Routine, signer: PublicKey([7; 32]), next: 0x0304 }
}

fn entry(body: Option<&[u8]>) -> Carried {
    let log = name().id(network());
    let draft = Draft { lane: Lane::Routine, ..header().draft };
    let head = Head { next: 0x0102, hash: Hash([5; 32]) };
    let envelope = Envelope::sign(&key(), network(), log, head, draft, body.unwrap_or(b"body"));
    Carried { envelope, body: body.map(<[u8]>::to_vec) }
}

fn batch(body: Option<&[u8]>) -> Batch {
    Batch { name: name(), lane: Lane::Routine, entries: vec![entry(body)] }
}

#[test]
fn messages_have_the_types_and_content_of_the_page() {
    let [types, parts] = &tables("Messages")[..] else { panic!("the page has two tables of the messages") };
    let hello = Hello {
        version: PROTOCOL_VERSION,
        network: network(),
        division: division(22),
        log: name(),
        clock_ms: -2,
        software: "me".into(),
    };
    let hello_bytes = [
        &1u16.to_le_bytes()[..],
        &network().0,
        &22u64.to_le_bytes(),
        &name().to_bytes(),
        &(-2i64).to_le_bytes(),
        &2u16.to_le_bytes(),
        b"me",
    ];
    let head_bytes = [&name().to_bytes()[..], &[2], &0x0102u64.to_le_bytes(), &[5; 32]].concat();
    let receipt_head_bytes = [&[6; 32][..], &[1], &[7; 32], &0x0304u64.to_le_bytes()].concat();
    assert_eq!([&parts[0][..2], &parts[1][..2]], [["log head", "89"], ["receipt head", "73"]]);
    assert_eq!((head_bytes.len(), receipt_head_bytes.len()), (89, 73));
    assert_eq!((sizes(&parts[0][2]), sizes(&parts[1][2])), (89, 73));
    let have = Have { complete: false, last: true, logs: vec![log_head()], receipts: vec![receipt_head()] };
    let have_bytes = [&[2, 1, 0][..], &head_bytes, &[1, 0], &receipt_head_bytes].concat();
    let envelope = entry(None).envelope;
    let evidence = Evidence { name: name(), envelope };
    let messages = [
        ("Hello", Message::Hello(hello), hello_bytes.concat()),
        ("Have", Message::Have(have), have_bytes),
        ("Batch", Message::Batch(batch(None)), batch(None).to_bytes()),
        ("Ack", Message::Ack(log_head()), head_bytes),
        ("Receipt", Message::Receipt(Box::new(receipt())), receipt().to_bytes().to_vec()),
        ("Hold", Message::Hold(name()), name().to_bytes().to_vec()),
        (
            "Evidence",
            Message::Evidence(Box::new(evidence)),
            [&name().to_bytes()[..], envelope.bytes()].concat(),
        ),
        ("Beat", Message::Beat(Hash([8; 32])), vec![8; 32]),
        ("Tell", Message::Tell, vec![]),
        ("Bye", Message::Bye("再见".into()), "再见".into()),
        ("Presence", Message::Presence(Box::new(presence())), presence().to_bytes()),
    ];
    assert_eq!(types.len(), messages.len());
    for (row, (name, message, content)) in types.iter().zip(messages) {
        assert_eq!(row[1], name);
        let stated = match name {
            "Hello" => sizes(&row[2]) + 2,
            "Have" => sizes(&row[2]) + 89 + 73,
            "Batch" | "Ack" | "Bye" | "Presence" => content.len(),
            _ => sizes(&row[2]),
        };
        assert_eq!(stated, content.len(), "{name}");
        assert_eq!(message.to_bytes(), [&[number(&row[0]) as u8][..], &content].concat(), "{name}");
    }
}

#[test]
fn batch_has_the_layout_of_the_page() {
    let [head, per_entry] = &tables("Batch")[..] else { panic!("the page has two tables of the batch") };
    for body in [None, Some(b"hello".as_slice())] {
        let batch = batch(body);
        let bytes = batch.to_bytes();
        let raw = zstd::bulk::decompress(&bytes[4..], limits::BATCH_BYTES_MAX).expect("zstd");
        assert_eq!(bytes[..4], (raw.len() as u32).to_le_bytes());
        let envelope = batch.entries[0].envelope;
        let header = envelope.header().to_bytes();
        let fields: [(&str, &[u8]); 5] = [
            ("log name", &name().to_bytes()),
            ("lane", &[1]),
            ("sequence", &0x0102u64.to_le_bytes()),
            ("previous", &[5; 32]),
            ("count", &[1, 0]),
        ];
        check_layout(head, &raw[..91], &fields);
        let mut table = per_entry.clone();
        let last = table.pop().expect("the last row");
        assert_eq!(last[..3], ["105", "0", "body"]);
        assert_eq!(table[0][3], "1: the body is here; 0: only its hash");
        assert_eq!(last[3], "that many bytes; where it is not here, 32 bytes of body hash");
        let fields: [(&str, &[u8]); 12] = [
            ("marks", &[u8::from(body.is_some())]),
            ("kind", &header[2..3]),
            ("flags", &header[4..6]),
            ("reach", &header[6..7]),
            ("standards", &header[116..120]),
            ("directory", &header[120..124]),
            ("addressee", &header[124..132]),
            ("clock", &header[132..140]),
            ("boot", &header[140..144]),
            ("uptime", &header[144..148]),
            ("signature", &envelope.signature().0),
            ("body length", &header[112..116]),
        ];
        check_layout(&table, &raw[91..91 + 105], &fields);
        assert_eq!(&raw[91 + 105..], body.unwrap_or(&header[80..112]));
    }
}

#[test]
fn bundle_has_the_layout_of_the_page() {
    let [head, records] = &tables("Bundle")[..] else { panic!("the page has two tables of the bundle") };
    let root = key().public();
    let mut writer = BundleWriter::new(Vec::new(), root).expect("memory");
    let carried = entry(Some(b"hello"));
    writer.entry(name(), &carried.envelope, carried.body.as_deref()).expect("memory");
    writer.receipt(&receipt()).expect("memory");
    let bytes = writer.finish().expect("memory");
    check_layout(head, &bytes[..48], &[("magic", b"fengsui bundle 1"), ("root", &root.0)]);
    assert_eq!(head[0][3].as_bytes(), &bytes[..16]);
    let described = [
        format!("log name {}: the entries that follow are of this log", LogName::BYTES),
        format!("envelope {ENVELOPE_BYTES}; 0, or 1 and the body to the end of the record"),
        format!("a receipt, {RECEIPT_BYTES}"),
        "u64, the number of records before it; nothing follows".to_owned(),
    ];
    assert_eq!(records.iter().map(|row| row[2].clone()).collect::<Vec<_>>(), described);
    let contents = [
        ("Log", name().to_bytes().to_vec()),
        ("Entry", [&carried.envelope.bytes()[..], &[1], b"hello"].concat()),
        ("Receipt", receipt().to_bytes().to_vec()),
        ("End", 3u64.to_le_bytes().to_vec()),
    ];
    let mut expected = bytes[..48].to_vec();
    assert_eq!(records.len(), contents.len());
    for (row, (name, content)) in records.iter().zip(contents) {
        assert_eq!(row[1], name);
        expected.push(number(&row[0]) as u8);
        expected.extend((content.len() as u32).to_le_bytes());
        expected.extend(content);
    }
    assert_eq!(bytes, expected);
}

/// Bounds stand in sentences of the page; each sentence is looked for with the number from the source.
#[test]
fn bounds_are_those_of_the_page() {
    let page = PAGE.split_whitespace().collect::<Vec<_>>().join(" ");
    let sentences = [
        format!(
            "at most {} for a directory, standard or catalogue, else at most {}",
            limits::ARTEFACT_BYTES_MAX,
            limits::BODY_BYTES_MAX
        ),
        format!(
            "At most {} fields in the body and in each row, at most {} rows.",
            limits::FIELDS_MAX,
            limits::ROWS_MAX
        ),
        format!("At most {} heads under each count.", limits::HAVE_ITEMS_MAX),
        format!(
            "Marks: {} for a complete statement plus {} for its last part.",
            marks(true, false),
            marks(false, true)
        ),
        format!("UTF-8 to the end of the frame, at most {} |", limits::NOTE_BYTES_MAX),
        format!("({} from above, {} from a child)", limits::BATCH_BYTES_MAX, limits::BATCH_UP_BYTES_MAX),
        format!("1 to {} entries", limits::BATCH_ENTRIES_MAX),
        format!(
            "At most {} names of at most {} bytes.",
            limits::PRESENCE_SOFTWARE_MAX,
            limits::SOFTWARE_BYTES_MAX
        ),
        format!("the number of stations, at most {},", limits::PRESENCE_STATIONS_MAX),
        format!("that many bytes, at most {}.", limits::BUNDLE_RECORD_BYTES_MAX),
        format!("on the hub's enrolment port, at most {JOIN_FRAME_BYTES_MAX} bytes."),
        format!("UTF-8, 1 to {JOIN_ADDRESS_BYTES_MAX} bytes, and 4 bytes of check"),
        format!("then a note of at most {JOIN_ADDRESS_BYTES_MAX}:"),
        format!("Entries and receipts in a file, at most {} GiB.", limits::BUNDLE_BYTES_MAX >> 30),
    ];
    for sentence in sentences {
        assert!(page.contains(&sentence), "the page does not say {sentence:?}");
    }
}

fn marks(complete: bool, last: bool) -> u8 {
    Message::Have(Have { complete, last, ..Have::default() }).to_bytes()[1]
}

#[test]
fn versions_are_those_of_the_page() {
    let header = header().to_bytes();
    let receipt = receipt().to_bytes();
    let bundle =
        BundleWriter::new(Vec::new(), key().public()).and_then(BundleWriter::finish).expect("memory");
    let expected = [
        ("header", header[0], "header, offset 0"),
        ("signature suite", header[1], "header, offset 1: ed25519 with BLAKE3; 2 is kept for SM2 with SM3"),
        ("body format", header[7], "header, offset 7"),
        ("receipt", receipt[0], "receipt, offset 0"),
        ("presence", presence().to_bytes()[0], "presence, offset 0"),
        ("messages", PROTOCOL_VERSION as u8, "hello, offset 1"),
        ("bundle", bundle[15] - b'0', "the last byte of its magic, as a digit"),
        ("join code", join::code_bytes()[0], "its first byte"),
        ("enrolment", JOIN_VERSION as u8, "join, offset 1"),
    ];
    let expected: Vec<Vec<String>> = expected
        .iter()
        .map(|(what, version, at)| vec![what.to_string(), version.to_string(), at.to_string()])
        .collect();
    assert_eq!(table("Versions"), expected);
}
