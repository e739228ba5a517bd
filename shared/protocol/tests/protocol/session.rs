//! One end of a connection, told things in an order that a good line would not choose.

use std::sync::Arc;

use crate::network::{Log, ROOT, code, directory, genesis, key, public};
use fengsui_model::Level;
use fengsui_protocol::{
    Appended, BEAT_MS, Input, Now, Output, Purpose, Registry, Run, Scope, Session, Setup, Side,
};
use fengsui_wire::{
    Batch, Carried, Hash, Have, Head, Hello, Holds, Incarnation, Kind, Lane, LogName, Message, NetworkId,
    PROTOCOL_VERSION, PublicKey, Receipt, ReceiptHead, Role, Signature, directory_body,
};

const COUNTY: u8 = 3;
const NODE: u8 = 4;
const TOWNSHIP: u64 = 220_221_100;
const NOW: Now = Now { steady_ms: 1_000, wall_ms: 1_000 };
/// Four entries.
const GROWN: Head = Head { next: 4, hash: Hash([7; 32]) };

fn log_of(seed: u8) -> LogName {
    LogName { key: public(seed), incarnation: Incarnation([9; 16]) }
}

/// Root, the county, and the township's node where it is appointed.
fn registry(with_node: bool) -> Arc<Registry> {
    let (mut root, mut county) = (Log::of(ROOT), Log::of(COUNTY));
    let mut entries = vec![
        genesis(&mut root, 22),
        root.write(Kind::Directory, directory_body(&directory(1))),
        root.appoint(COUNTY, 220_221, Role::Hub, 10),
    ];
    entries.extend(with_node.then(|| county.appoint(NODE, TOWNSHIP, Role::Node, 20)));
    let mut registry = Registry::new(public(ROOT));
    registry.learn_all(&entries);
    Arc::new(registry)
}

fn network_id() -> NetworkId {
    NetworkId::of_root(&public(ROOT))
}

/// The hub `own` of `division` at one end of a connection, and `peer` of `theirs` at the other, greeted.
struct End(Session);

impl End {
    fn up(
        side: Side,
        own: (u8, u64, Level),
        peer: (u8, u64),
        registry: Arc<Registry>,
        held: &[ReceiptHead],
    ) -> Self {
        let (seed, division, level) = own;
        let scope = Scope { side, own: log_of(seed), division: code(division), peer: public(peer.0) };
        let setup = Setup { scope, network: network_id(), key: key(seed), level, software: "test".into() };
        let mut end = Self(Session::new(setup, registry, [], held.iter().copied()));
        end.told(Input::Up);
        end.told(Input::Frame(
            Message::Hello(Hello {
                version: PROTOCOL_VERSION,
                network: network_id(),
                division: code(peer.1),
                log: log_of(peer.0),
                clock_ms: 0,
                software: "test".into(),
            })
            .to_bytes(),
        ));
        end.told(Input::Frame(
            Message::Have(Have { complete: true, last: true, ..Have::default() }).to_bytes(),
        ));
        end
    }

    fn told(&mut self, input: Input) -> Vec<Output> {
        self.0.handle(NOW, input)
    }
}

fn head_by(signer: u8) -> ReceiptHead {
    ReceiptHead { log: log_of(NODE).id(network_id()), lane: Lane::Urgent, signer: public(signer), next: 4 }
}

fn receipt_by(signer: u8) -> Receipt {
    Receipt {
        holds: Holds::Bodies,
        level: Level::Province,
        lane: Lane::Urgent,
        from: 0,
        to: 3,
        log: log_of(NODE).id(network_id()),
        hash: GROWN.hash,
        received_ms: 5,
        signer: public(signer),
        division: code(22),
        signature: Signature([0; 64]),
    }
    .signed(&key(signer), network_id())
}

/// Whose receipts the session loads to tell them.
fn telling(outputs: &[Output]) -> Vec<PublicKey> {
    let signer = |output: &Output| match output {
        Output::LoadReceipts { signer, .. } => Some(*signer),
        _ => None,
    };
    outputs.iter().filter_map(signer).collect()
}

fn states(outputs: &[Output]) -> bool {
    outputs.iter().any(|output| match output {
        Output::Send(_, frame) => {
            matches!(Message::from_bytes(network_id(), frame, 1 << 20), Ok(Message::Have(have)) if have.complete)
        }
        _ => false,
    })
}

fn grown() -> Input {
    Input::Grown(vec![(log_of(NODE), Lane::Urgent, GROWN)])
}

#[test]
fn a_receipt_that_was_held_before_its_log_goes_down_when_the_log_comes() {
    // The township was at its second parent: the province's receipt came down to the county before the entries came up.
    let county = (COUNTY, 220_221, Level::County);
    let mut end = End::up(Side::Downlink, county, (NODE, TOWNSHIP), registry(true), &[head_by(ROOT)]);
    assert_eq!(telling(&end.told(grown())), [public(ROOT)]);

    let mut end = End::up(Side::Downlink, county, (NODE, TOWNSHIP), registry(true), &[]);
    assert_eq!(telling(&end.told(Input::Kept(vec![receipt_by(ROOT)]))), []);
    assert_eq!(telling(&end.told(grown())), [public(ROOT)], "kept while the connection stood");
}

#[test]
fn a_receipt_that_was_held_before_the_appointment_is_stated_when_the_appointment_comes() {
    let county = (COUNTY, 220_221, Level::County);
    let mut end = End::up(Side::Uplink, county, (ROOT, 22), registry(false), &[head_by(ROOT)]);
    end.told(grown());
    end.told(Input::Registry(registry(true)));
    end.told(grown());
    let outputs = end.told(Input::Frame(Message::Tell.to_bytes()));
    let stated = outputs.iter().any(|output| match output {
        Output::Send(_, frame) => match Message::from_bytes(network_id(), frame, 1 << 20) {
            Ok(Message::Have(have)) => have.receipts == [head_by(ROOT)],
            _ => false,
        },
        _ => false,
    });
    assert!(stated, "{outputs:?}");
}

#[test]
fn a_receipt_for_a_log_that_nobody_has_named_is_asked_for_again_when_the_log_comes() {
    let county = (COUNTY, 220_221, Level::County);
    let mut end = End::up(Side::Uplink, county, (ROOT, 22), registry(true), &[]);
    let receipt = Message::Receipt(Box::new(receipt_by(ROOT))).to_bytes();
    let outputs = end.told(Input::Frame(receipt.clone()));
    assert!(!outputs.iter().any(|output| matches!(output, Output::Keep(_))), "it cannot be judged yet");
    assert!(states(&end.told(grown())), "what is held is stated, so that the hub above says the rest again");
    assert!(end.told(Input::Frame(receipt)).iter().any(|output| matches!(output, Output::Keep(_))));
    assert!(!states(&end.told(grown())), "asked once");
}

/// The messages that go to the peer.
fn said(outputs: &[Output]) -> Vec<Message> {
    let message = |output: &Output| match output {
        Output::Send(_, frame) => Message::from_bytes(network_id(), frame, 1 << 20).ok(),
        _ => None,
    };
    outputs.iter().filter_map(message).collect()
}

/// Whose receipts go to the peer.
fn receipts(outputs: &[Output]) -> Vec<PublicKey> {
    let signer = |message: Message| match message {
        Message::Receipt(receipt) => Some(receipt.signer),
        _ => None,
    };
    said(outputs).into_iter().filter_map(signer).collect()
}

fn county_with_its_township() -> End {
    End::up(Side::Downlink, (COUNTY, 220_221, Level::County), (NODE, TOWNSHIP), registry(true), &[])
}

#[test]
fn a_receipt_from_above_goes_down_at_once_and_once() {
    let mut end = county_with_its_township();
    end.told(grown());
    let kept = end.told(Input::Kept(vec![receipt_by(ROOT)]));
    assert_eq!((receipts(&kept), telling(&kept)), (vec![public(ROOT)], vec![]), "without being read again");
    let again = end.told(Input::Kept(vec![receipt_by(ROOT)]));
    assert_eq!((receipts(&again), telling(&again)), (vec![], vec![]));
}

#[test]
fn no_receipt_goes_down_between_the_parts_of_a_statement() {
    let mut end = county_with_its_township();
    end.told(grown());
    let part = |last, receipts| {
        let have = Have { complete: true, last, receipts, ..Have::default() };
        Input::Frame(Message::Have(have).to_bytes())
    };
    end.told(part(false, Vec::new()));
    let kept = end.told(Input::Kept(vec![receipt_by(ROOT)]));
    assert_eq!((receipts(&kept), telling(&kept)), (vec![], vec![]), "the child may say that it holds it");
    let stated = end.told(part(true, vec![head_by(ROOT)]));
    assert_eq!((receipts(&stated), telling(&stated)), (vec![], vec![]), "it does");
}

#[test]
fn own_receipts_are_signed_once_where_the_append_is_told_before_the_growth() {
    let mut end = county_with_its_township();
    let run = Run { from: 0, head: GROWN, bodies: true, received_ms: 5 };
    let done = Appended {
        ticket: 1,
        name: log_of(NODE),
        lane: Lane::Urgent,
        head: GROWN,
        runs: vec![run],
        forked: false,
    };
    assert_eq!(receipts(&end.told(Input::Appended(done))), [public(COUNTY)]);
    let outputs = end.told(grown());
    let loads = |output: &Output| matches!(output, Output::Load(load) if load.purpose == Purpose::Receipts);
    assert!(!outputs.iter().any(loads), "the entries are read again to sign what was signed: {outputs:?}");
}

#[test]
fn a_log_that_was_held_is_asked_for_with_every_beat_until_it_comes() {
    // The county passes up what its township wrote; the root learns later that the township is appointed.
    let province = (ROOT, 22, Level::Province);
    let mut end = End::up(Side::Downlink, province, (COUNTY, 220_221), registry(false), &[]);
    let genesis = genesis(&mut Log::of(NODE), TOWNSHIP);
    let (envelope, body) = genesis.into_parts();
    let entries = vec![Carried { envelope, body }];
    let batch = Message::Batch(Batch { name: log_of(NODE), lane: Lane::Urgent, entries }).to_bytes();
    let asks = |outputs: &[Output]| {
        said(outputs).iter().any(|message| match message {
            Message::Have(have) => !have.complete && have.logs.iter().any(|item| item.name == log_of(NODE)),
            _ => false,
        })
    };
    let mut beats = NOW;
    let mut beat = |end: &mut End| {
        beats.steady_ms += BEAT_MS;
        end.0.handle(beats, Input::Deadline)
    };
    let held = end.told(Input::Frame(batch.clone()));
    assert!(said(&held).contains(&Message::Hold(log_of(NODE))));
    assert!(!asks(&beat(&mut end)), "it would be held again");
    assert!(asks(&end.told(Input::Registry(registry(true)))));
    assert!(asks(&beat(&mut end)), "the question may have been lost");
    let taken = end.told(Input::Frame(batch));
    assert!(taken.iter().any(|output| matches!(output, Output::Append { .. })));
    assert!(!asks(&beat(&mut end)));
}
