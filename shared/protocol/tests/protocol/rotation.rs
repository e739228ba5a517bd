//! A key hands on to another: a function of the set of entries too.

use crate::network::{Log, ROOT, code, directory, genesis, public};
use fengsui_protocol::Registry;
use fengsui_wire::{Kind, Lane, Role, Verified, directory_body};
use proptest::prelude::*;

/// The county's key, and the one that takes its place.
const COUNTY: u8 = 3;
const COUNTY_NEXT: u8 = 13;
/// A township's key, and those that follow it, one after the other.
const NODE: [u8; 3] = [4, 14, 24];

fn learned<'e>(entries: impl IntoIterator<Item = &'e Verified>) -> Registry {
    let mut registry = Registry::new(public(ROOT));
    registry.learn_all(entries);
    registry
}

/// Root 1, city 2, county 3, node 4.
struct Story {
    root: Log,
    city: Log,
    county: Log,
    node: Log,
    entries: Vec<Verified>,
}

impl Story {
    fn new() -> Self {
        let [mut root, mut city, mut county] = [ROOT, 2, COUNTY].map(Log::of);
        let entries = vec![
            genesis(&mut root, 22),
            root.write(Kind::Directory, directory_body(&directory(1))),
            root.appoint(2, 2202, Role::Hub, 10),
            city.appoint(COUNTY, 220_221, Role::Hub, 20),
            county.appoint(NODE[0], 220_221_100, Role::Node, 30),
        ];
        Self { root, city, county, node: Log::of(NODE[0]), entries }
    }

    fn registry(&self) -> Registry {
        learned(&self.entries)
    }
}

#[test]
fn both_keys_speak_until_the_new_one_takes_over() {
    let mut story = Story::new();
    let before = story.registry().standing(&public(NODE[0])).cloned().expect("appointed");
    let vouched = story.node.rotate(NODE[1], 220_221_100);
    story.entries.push(vouched.clone());
    let registry = story.registry();
    let [old, new] = [NODE[0], NODE[1]].map(|seed| registry.standing(&public(seed)).cloned());
    assert_eq!(old.as_ref(), Some(&before));
    assert_eq!(new, Some(fengsui_protocol::Standing { key: public(NODE[1]), ..before.clone() }));
    assert_eq!(registry.vouched_by(&public(NODE[1])), Some(public(NODE[0])));
    assert_eq!(registry.heirs_of(public(NODE[0])).count(), 1);
    let pair = [(public(NODE[1]), public(NODE[0]))].into();
    assert_eq!(registry.predecessors(), pair);
    assert_eq!(registry.vouchings(&public(NODE[0]), public(NODE[1])).count(), 1);
    let stations: Vec<_> = registry.stations_of(code(220_221_100)).map(|of| of.key).collect();
    assert_eq!(stations, [public(NODE[0])], "a station is counted once");

    let mut next = Log::of(NODE[1]);
    story.entries.push(next.take_over(NODE[0], Some(&vouched), 50));
    let registry = story.registry();
    assert!(registry.standing(&public(NODE[0])).is_none());
    let former = registry.former(&public(NODE[0])).expect("it was rotated");
    assert!(former.is_rotated() && former.words().contains(&public(NODE[1]).short()));
    assert!(registry.stands(&vouched.name(), Lane::Urgent, 0, vouched.hash()));
    assert_eq!(registry.end(&vouched.name(), Lane::Urgent), 1, "what comes later does not stand");
    assert_eq!(registry.standing(&public(NODE[1])).map(|of| of.appointed_by), Some(before.appointed_by));
    assert_eq!(registry.vouched_by(&public(NODE[1])), None);
    assert_eq!(registry.predecessors(), pair);
    let stations: Vec<_> = registry.stations_of(code(220_221_100)).map(|of| of.key).collect();
    assert_eq!(stations, [public(NODE[1])]);
}

#[test]
fn a_rotated_hub_keeps_whom_it_appointed_and_appoints_again() {
    let mut story = Story::new();
    let vouched = story.county.rotate(COUNTY_NEXT, 220_221);
    let mut next = Log::of(COUNTY_NEXT);
    story.entries.push(next.take_over(COUNTY, Some(&vouched), 50));
    story.entries.push(vouched);
    story.entries.push(next.appoint(5, 220_221_101, Role::Node, 60));
    story.entries.push(next.revoke(NODE[0], None, 70));
    let registry = story.registry();
    assert!(registry.standing(&public(COUNTY)).is_none());
    assert!(registry.standing(&public(5)).is_some(), "the new key's word");
    assert!(registry.former(&public(NODE[0])).is_some(), "it revokes whom the old key appointed");
    assert_eq!(registry.place(&public(NODE[0])).map(|of| of.appointed_by), Some(public(COUNTY)));
    // The hub above revokes the new key like any other.
    story.entries.push(story.city.revoke(COUNTY_NEXT, None, 80));
    let registry = story.registry();
    assert!(registry.standing(&public(COUNTY_NEXT)).is_none() && registry.place(&public(5)).is_none());
    assert!(registry.former(&public(COUNTY_NEXT)).is_some_and(|former| !former.is_rotated()));
}

#[test]
fn what_does_not_count_as_a_rotation() {
    let stands = |story: &Story, seed| story.registry().standing(&public(seed)).is_some();
    // By the root, for another division, by whom nobody has appointed.
    let mut story = Story::new();
    story.entries.push(story.root.rotate(21, 22));
    story.entries.push(Log::of(21).take_over(ROOT, None, 50));
    story.entries.push(story.node.rotate(22, 220_221_101));
    story.entries.push(Log::of(9).rotate(23, 220_221_100));
    assert_eq!([ROOT, 21, 22, 23].map(|seed| stands(&story, seed)), [true, false, false, false]);

    // After the line of a revocation it does not count, before it does; then the hub has to revoke the new key too.
    let mut story = Story::new();
    let first = story.node.write(Kind::Report, Vec::new());
    let vouched = story.node.rotate(NODE[1], 220_221_100);
    story.entries.push(vouched.clone());
    let mut after = Story { entries: story.entries.clone(), ..Story::new() };
    after.entries.push(story.county.revoke(NODE[0], Some(&first), 50));
    assert!(!stands(&after, NODE[1]));
    story.entries.push(story.county.revoke(NODE[0], Some(&vouched), 51));
    assert!(stands(&story, NODE[1]));
    story.entries.push(story.county.revoke(NODE[1], None, 52));
    assert!(!stands(&story, NODE[1]) && story.registry().former(&public(NODE[1])).is_some());

    // Nobody takes over whom nobody has vouched for, and a successor must name itself.
    let mut story = Story::new();
    story.entries.push(Log::of(NODE[1]).take_over(NODE[0], None, 50));
    assert_eq!([NODE[0], NODE[1]].map(|seed| stands(&story, seed)), [true, false]);
    let vouched = story.node.rotate(NODE[1], 220_221_100);
    story.entries = Story::new().entries;
    story.entries.push(vouched);
    story.entries.push(Log::of(NODE[1]).revoke(NODE[0], None, 50));
    assert_eq!([NODE[0], NODE[1]].map(|seed| stands(&story, seed)), [true, true]);
}

#[test]
fn of_two_keys_that_took_over_the_first_that_was_vouched_for_stands() {
    let mut story = Story::new();
    for seed in [31, 32] {
        let vouched = story.node.rotate(seed, 220_221_100);
        story.entries.push(vouched.clone());
        story.entries.push(Log::of(seed).take_over(NODE[0], Some(&vouched), i64::from(seed)));
    }
    let registry = story.registry();
    assert!(registry.standing(&public(31)).is_some() && registry.standing(&public(32)).is_none());
    assert_eq!(registry.former(&public(NODE[0])).map(|former| former.by), Some(public(31)));
}

#[test]
fn a_word_said_again_by_a_store_that_was_set_back_takes_nothing_away() {
    let mut story = Story::new();
    let vouched = story.node.rotate(NODE[1], 220_221_100);
    let after = story.node.write(Kind::Report, Vec::new());
    let mut next = Log::of(NODE[1]);
    story.entries.push(vouched.clone());
    story.entries.push(next.take_over(NODE[0], Some(&after), 50));
    story.entries.push(next.take_over(NODE[0], Some(&vouched), 60));
    let registry = story.registry();
    assert_eq!(registry.end(&after.name(), Lane::Urgent), 2);
    assert!(registry.stands(&after.name(), Lane::Urgent, 1, after.hash()));
}

#[test]
fn a_key_vouches_for_a_few_and_the_first_count() {
    let mut story = Story::new();
    let mut said: Vec<Verified> = (40..60).map(|seed| story.node.rotate(seed, 220_221_100)).collect();
    let mut registry = story.registry();
    registry.learn_all(&said);
    assert_eq!(registry.heirs_of(public(NODE[0])).count(), 16);
    said.reverse();
    let mut other = story.registry();
    said.iter().for_each(|entry| {
        other.learn(entry);
    });
    assert!(registry.heirs_of(public(NODE[0])).eq(other.heirs_of(public(NODE[0]))));
    assert!(other.vouched_by(&public(40)).is_some() && other.vouched_by(&public(59)).is_none());
}

/// A county's key and a township's are rotated, the township's twice; the county goes on appointing; keys vouch for one
/// another in a circle; the township's last key is revoked.
fn story_with_rotations() -> Vec<Verified> {
    let mut story = Story::new();
    let mut county = Log::of(COUNTY_NEXT);
    let mut nodes = NODE.map(Log::of);
    let vouched = story.county.rotate(COUNTY_NEXT, 220_221);
    let over = county.take_over(COUNTY, Some(&vouched), 40);
    story.entries.extend([vouched, over]);
    for at in 1..NODE.len() {
        let vouched = nodes[at - 1].rotate(NODE[at], 220_221_100);
        let over = nodes[at].take_over(NODE[at - 1], Some(&vouched), 50);
        story.entries.extend([vouched, over]);
    }
    let circle = nodes[2].rotate(NODE[0], 220_221_100);
    let back = nodes[0].take_over(NODE[2], Some(&circle), 60);
    story.entries.extend([circle, back]);
    story.entries.push(county.appoint(5, 220_221_101, Role::Node, 60));
    story.entries.push(county.revoke(NODE[2], None, 90));
    let never = Log::of(5).rotate(15, 220_221_101);
    story.entries.push(never);
    story.entries
}

proptest! {
    #[test]
    fn any_order_of_rotations_gives_the_same(
        order in Just((0..story_with_rotations().len()).collect::<Vec<_>>()).prop_shuffle(),
    ) {
        let entries = story_with_rotations();
        let told = learned(&entries);
        let mut one_by_one = Registry::new(public(ROOT));
        for at in &order {
            one_by_one.learn(&entries[*at]);
        }
        let at_once = learned(order.iter().map(|at| &entries[*at]));
        for registry in [&one_by_one, &at_once] {
            prop_assert!(registry.standings().eq(told.standings()));
            prop_assert!(registry.formers().eq(told.formers()));
            prop_assert_eq!(registry.vouched_by(&public(15)), Some(public(5)));
        }
    }
}
