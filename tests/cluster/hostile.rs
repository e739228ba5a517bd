//! An appointed station that lies in every frame. The hub stays up, keeps what it refused with the reason, shows forks, and
//! counts nothing that is not signed in its place, nor anything twice.

use fengsui_model::Report;
use fengsui_wire::{Carried, Incarnation, LogName, Message, Receipt};

use crate::craft::report;
use crate::network::{FLOOD, KOUQIAN, Network, SHUANGHE};
use crate::peer::Peer;
use crate::station::{PATIENCE, Station, wait_for};
use crate::view::{total, wait_total};

/// 受灾人口.
const AFFECTED: u32 = 1010;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hostile_station_harms_only_itself() {
    let mut network = Network::running();
    network.county.expect_error("fork: two entries with one number");
    network.root.expect_error("fork: two entries with one number");
    let honest = network.running_node(SHUANGHE);
    honest.submit(&["--event", FLOOD, "--set", "QL010=10"]);

    let peer = Peer::new(7, &network.root.key, KOUQIAN);
    network.county.json(&["appoint", &peer.key.public().to_string(), KOUQIAN]);
    let genesis = peer.genesis();
    let first = peer.report(&genesis, &report(KOUQIAN, &[(AFFECTED, 100)]));
    let log = [genesis, first];
    honest_entries_count(&peer, &network, &log).await;

    frames_that_do_not_read(&peer, &network.county).await;
    forged_signature(&peer, &network.county, &log).await;
    out_of_scope(&peer, &network.county, &log).await;
    fork(&peer, &network, &log).await;

    // After all of it the honest station still gets through, and every figure is counted once.
    honest.submit(&["--update", "--set", "QL010=11"]);
    for hub in [&network.county, &network.root] {
        wait_total(hub, FLOOD, &[("QL010", 111), ("QL001", 2)]);
        assert_eq!(hub.json(&["verify"])["faults"].as_array().map(Vec::len), Some(0));
    }
    assert_eq!(
        network.county.json(&["events"])[0]["revisions"],
        3,
        "one report of the peer, two of its neighbour"
    );
}

async fn honest_entries_count(peer: &Peer, network: &Network, log: &[Carried]) {
    let wire = peer.connect(&network.county).await;
    wire.send(peer.batch(log)).await;
    let receipt = wire.wait("the county's receipt", receipt).await;
    assert_eq!((receipt.from, receipt.to), (0, 1));
    receipt.verify(peer.network).expect("the receipt is signed");
    wait_total(&network.root, FLOOD, &[("QL010", 110)]);
    // Old entries again, on this connection and on a new one: nothing is counted twice.
    wire.send(peer.batch(log)).await;
    wire.close();
    let again = peer.connect(&network.county).await;
    again.send(peer.batch(log)).await;
    again.wait("the same receipt", receipt_of(1)).await;
    again.close();
    assert_eq!(total(&network.county, FLOOD, "QL010"), Some(110));
}

fn receipt(message: Message) -> Option<Receipt> {
    match message {
        Message::Receipt(receipt) => Some(*receipt),
        _ => None,
    }
}

fn receipt_of(to: u64) -> impl Fn(Message) -> Option<Receipt> {
    move |message| receipt(message).filter(|receipt| receipt.to == to)
}

/// Garbage, cut and oversized frames end the connection; what can be shown of them is kept.
async fn frames_that_do_not_read(peer: &Peer, county: &Station) {
    let genesis = peer.batch(&[peer.genesis()]);
    let oversized = vec![3; fengsui_transport::Limits::FROM_CHILD.frame_bytes_max_in + 1];
    let bomb = [&[3][..], &u32::MAX.to_le_bytes(), &[0; 40]].concat();
    for (what, frame) in [
        ("garbage", vec![0xee; 400]),
        ("an empty frame", Vec::new()),
        ("a frame cut in half", genesis[..genesis.len() / 2].to_vec()),
        ("a batch that says it is 4 GB long", bomb),
        ("an oversized frame", oversized),
    ] {
        let wire = peer.connect(county).await;
        wire.send(frame).await;
        wire.wait_end(what).await;
    }
    for reason in ["unknown type 238", "the bytes end there", "unpack a batch"] {
        wait_quarantine(county, reason);
    }
}

fn wait_quarantine(county: &Station, reason: &str) {
    wait_for(&format!("{reason:?} in the quarantine"), PATIENCE, || {
        let kept = county.status()["quarantine"].to_string();
        if kept.contains(reason) { Ok(()) } else { Err(kept) }
    });
}

/// The right chain, the wrong signature.
async fn forged_signature(peer: &Peer, county: &Station, log: &[Carried]) {
    let next = Report { revision: 1, ..report(KOUQIAN, &[(AFFECTED, 5_000)]) };
    let sound = peer.report(&log[1], &next);
    let mut bytes = *sound.envelope.bytes();
    *bytes.last_mut().expect("an envelope has a signature") ^= 1;
    let envelope = fengsui_wire::Envelope::from_bytes(bytes).expect("the header still reads");
    let wire = peer.connect(county).await;
    wire.send(peer.batch(&[Carried { envelope, body: sound.body }])).await;
    wait_quarantine(county, "verify the signature of entry 2");
    wire.close();
}

/// A log that has no business on this connection: the neighbour's.
async fn out_of_scope(peer: &Peer, county: &Station, log: &[Carried]) {
    let key = network_neighbour(county);
    let name = LogName { key: key.parse().expect("a key"), incarnation: Incarnation([9; 16]) };
    let batch = fengsui_wire::Batch { name, lane: fengsui_wire::Lane::Urgent, entries: log.to_vec() };
    let wire = peer.connect(county).await;
    wire.send(Message::Batch(batch).to_bytes()).await;
    wait_quarantine(county, "no business on this connection");
    wire.close();
}

fn network_neighbour(county: &Station) -> String {
    let status = county.status();
    let stations = status["stations"].as_array().expect("stations");
    let neighbour = stations.iter().find(|link| link["division"]["code"] == SHUANGHE);
    neighbour.and_then(|link| link["key"].as_str()).expect("the neighbour is known").into()
}

/// Two entries with one number, both truly signed: an alarm with both as evidence, and the first one stands.
async fn fork(peer: &Peer, network: &Network, log: &[Carried]) {
    let other = peer.report(&log[0], &report(KOUQIAN, &[(AFFECTED, 77_777)]));
    let wire = peer.connect(&network.county).await;
    wire.send(peer.batch(&[other])).await;
    wait_for("the fork at the county", PATIENCE, || {
        let status = network.county.status();
        let told = status["forks"].to_string().contains(&peer.key.public().to_string());
        if told { Ok(()) } else { Err(status.to_string()) }
    });
    wire.wait("the county's side of the fork", |message| match message {
        Message::Evidence(evidence) => Some(evidence),
        _ => None,
    })
    .await;
    wire.close();
    let text = network.county.command(&["status"]);
    assert!(text.text().contains("同号异文"), "{text:?}");
}
