//! Who may sign for whom: a function of the set of appointments, whatever their order.

use crate::network::{Log, ROOT, code, directory, genesis, public};
use fengsui_protocol::{Learned, Registry};
use fengsui_wire::{Incarnation, Kind, Lane, LogName, PublicKey, Role, Verified, directory_body};
use proptest::prelude::*;

/// Root 1, city 2, county 3, nodes 4 and 5, and what must not count.
fn story() -> Vec<Verified> {
    let (mut root, mut city, mut county, mut node) = (Log::of(ROOT), Log::of(2), Log::of(3), Log::of(4));
    vec![
        genesis(&mut root, 22),
        root.write(Kind::Directory, directory_body(&directory(1))),
        root.appoint(2, 2202, Role::Hub, 10),
        city.appoint(3, 220_221, Role::Hub, 20),
        county.appoint(4, 220_221_100, Role::Node, 30),
        county.appoint(5, 220_221_101, Role::Node, 30),
        // Another city's county, a division of its own level, one above, and a node that appoints.
        city.appoint(6, 220_322, Role::Hub, 40),
        city.appoint(7, 2202, Role::Hub, 40),
        county.appoint(8, 22, Role::Hub, 40),
        node.appoint(9, 220_221_101, Role::Node, 40),
        // The county cannot take back what the province gave: 10 stays with the province's word.
        root.appoint(10, 220_221_101, Role::Node, 50),
        county.appoint(10, 220_221_100, Role::Node, 60),
    ]
}

fn learned(entries: &[Verified]) -> Registry {
    let mut registry = Registry::new(public(ROOT));
    entries.iter().for_each(|entry| {
        registry.learn(entry);
    });
    registry
}

fn standings(registry: &Registry) -> Vec<(PublicKey, u64, Role)> {
    registry.standings().map(|standing| (standing.key, standing.division.get(), standing.role)).collect()
}

#[test]
fn only_who_is_appointed_from_above_stands() {
    let registry = learned(&story());
    let division = |seed| registry.standing(&public(seed)).map(|standing| standing.division.get());
    assert_eq!(
        [1, 2, 3, 4, 5].map(division),
        [Some(22), Some(2202), Some(220_221), Some(220_221_100), Some(220_221_101)]
    );
    assert_eq!([6, 7, 8, 9].map(division), [None; 4]);
    assert_eq!(division(10), Some(220_221_101), "the higher giver stands");
    assert!(
        registry.is_above(&public(2), code(220_221_100)) && !registry.is_above(&public(4), code(220_221_100))
    );
    assert!(registry.is_within(&public(4), code(2202)) && !registry.is_within(&public(4), code(2203)));
}

#[test]
fn an_office_appoints_its_own_people_and_nobody_elses() {
    let (mut city, mut county) = (Log::of(2), Log::of(3));
    let mut entries = story();
    let (city_division, county_division) = (code(2202), code(220_221));
    entries.extend([
        county.appoint(20, 220_221, Role::Reviewer, 40),
        county.appoint(21, 2202, Role::Head, 40),
        city.appoint(22, 220_221, Role::Head, 40),
        county.appoint(23, 220_221, Role::Hub, 40),
    ]);
    let registry = learned(&entries);
    let signs = |seed, division, role, at| registry.signs_at(&public(seed), division, role, at);
    assert!(signs(20, county_division, Role::Reviewer, 40) && signs(22, county_division, Role::Head, 40));
    assert!(!signs(20, county_division, Role::Reviewer, 39), "not before it begins");
    assert!(!signs(20, county_division, Role::Head, 40) && !signs(20, city_division, Role::Reviewer, 40));
    assert!(registry.standing(&public(21)).is_none() && registry.standing(&public(23)).is_none());
    assert_eq!(registry.persons(county_division, Role::Reviewer).count(), 1);
    assert_eq!(registry.first_hub_above(code(220_221_100)), Some(county_division));
    assert_eq!(registry.first_hub_above(county_division), Some(city_division));

    entries.push(county.revoke(20, None, 50));
    let registry = learned(&entries);
    let signs = |at| registry.signs_at(&public(20), county_division, Role::Reviewer, at);
    assert!(signs(49) && !signs(50), "a word from before the revocation stands");
}

#[test]
fn nothing_stands_before_the_directory() {
    let mut entries = story();
    entries.remove(1);
    assert_eq!(standings(&learned(&entries)), [(public(ROOT), 22, Role::Hub)]);
}

#[test]
fn only_the_root_issues_a_directory_and_only_forward() {
    let mut root = Log::of(ROOT);
    let mut registry = Registry::new(public(ROOT));
    registry.learn(&genesis(&mut root, 22));
    let entries =
        [2, 1, 2, 3].map(|version| root.write(Kind::Directory, directory_body(&directory(version))));
    let said = entries.map(|entry| registry.learn(&entry));
    assert_eq!(said, [Learned::Directory, Learned::Nothing, Learned::Nothing, Learned::Directory]);
    let other = Log::of(2).write(Kind::Directory, directory_body(&directory(9)));
    assert_eq!((registry.learn(&other), registry.directory_version()), (Learned::Nothing, 3));
}

#[test]
fn a_later_appointment_by_the_same_hub_replaces_the_earlier() {
    let mut entries = story();
    let mut county = Log::of(3);
    entries.push(county.appoint(4, 220_221_101, Role::Node, 99));
    let registry = learned(&entries);
    assert_eq!(registry.standing(&public(4)).map(|standing| standing.division.get()), Some(220_221_101));
    entries.push(county.appoint(4, 220_221_100, Role::Node, 98));
    assert_eq!(
        standings(&learned(&entries)),
        standings(&registry),
        "an older one that comes late changes nothing"
    );
}

/// The story, and then: the province revokes the county's key after its second entry; the county, which does not know yet,
/// goes on appointing; node 4 is revoked by the county before, and by the city's neighbour, which may not.
fn story_with_revocations() -> Vec<Verified> {
    let (mut root, mut city, mut county) = (Log::of(ROOT), Log::of(2), Log::of(3));
    let mut stranger = Log::of(11);
    let first = [
        genesis(&mut root, 22),
        root.write(Kind::Directory, directory_body(&directory(1))),
        root.appoint(2, 2202, Role::Hub, 10),
        root.appoint(11, 2203, Role::Hub, 10),
        city.appoint(3, 220_221, Role::Hub, 20),
        county.appoint(4, 220_221_100, Role::Node, 30),
        county.revoke(4, None, 35),
    ];
    let stands = first[6].clone();
    let after = [
        county.appoint(5, 220_221_101, Role::Node, 40),
        county.revoke(2, None, 41),
        stranger.revoke(2, None, 42),
        city.revoke(3, Some(&stands), 50),
        city.appoint(12, 220_221, Role::Hub, 60),
        city.appoint(3, 220_221, Role::Hub, 70),
    ];
    first.into_iter().chain(after).collect()
}

fn formers(registry: &Registry) -> Vec<(PublicKey, u64)> {
    registry.formers().map(|former| (former.standing.key, former.standing.division.get())).collect()
}

#[test]
fn a_revoked_key_acts_no_more_and_what_it_said_before_stands() {
    let entries = story_with_revocations();
    let registry = learned(&entries);
    let stands = |seed| registry.standing(&public(seed)).is_some();
    assert!(!stands(3), "revoked, and an appointment of the same key does not bring it back");
    assert!(registry.former(&public(3)).is_some_and(|former| former.by == public(2)));
    assert!(!stands(4) && registry.former(&public(4)).is_some(), "the county's word before its line");
    assert!(!stands(5) && registry.place(&public(5)).is_none(), "the county's word after its line");
    assert!(stands(2), "neither one below nor a neighbour revokes the city");
    assert!(stands(12), "the county's new key");
    assert!(registry.is_former_of(&public(3), code(220_221)) && registry.is_within(&public(3), code(2202)));

    let line = &entries[6];
    let (name, end) = (line.name(), line.header().sequence + 1);
    assert_eq!(registry.end(&name, Lane::Urgent), end);
    assert_eq!(registry.end(&name, Lane::Bulk), 0, "a lane that is not named has nothing that stands");
    let other = LogName { incarnation: Incarnation([1; 16]), ..name };
    assert_eq!(registry.end(&other, Lane::Urgent), 0, "nor has another incarnation");
    assert!(registry.stands(&name, Lane::Urgent, end - 1, line.hash()));
    assert!(!registry.stands(&name, Lane::Urgent, end - 1, entries[5].hash()), "another entry at the line");
    assert!(!registry.stands(&name, Lane::Urgent, end, entries[7].hash()));
    let city = LogName { key: public(2), ..name };
    assert!(registry.stands(&city, Lane::Urgent, 1_000, line.hash()));
}

#[test]
fn a_later_word_of_the_same_hub_corrects_its_earlier_one() {
    let mut entries = story();
    let (mut city, mut county) = (Log::of(2), Log::of(3));
    let line = county.appoint(4, 220_221_100, Role::Node, 30);
    entries.push(city.revoke(3, None, 50));
    assert!(learned(&entries).place(&public(4)).is_none());
    entries.push(city.revoke(3, Some(&line), 51));
    assert!(learned(&entries).standing(&public(4)).is_some());
}

proptest! {
    #[test]
    fn any_order_of_revocations_gives_the_same(
        order in Just((0..story_with_revocations().len()).collect::<Vec<_>>()).prop_shuffle(),
    ) {
        let entries = story_with_revocations();
        let shuffled: Vec<Verified> = order.iter().map(|at| entries[*at].clone()).collect();
        let (one, other) = (learned(&shuffled), learned(&entries));
        prop_assert_eq!(standings(&one), standings(&other));
        prop_assert_eq!(formers(&one), formers(&other));
        let at_once = {
            let mut registry = Registry::new(public(ROOT));
            registry.learn_all(&shuffled);
            registry
        };
        prop_assert_eq!(standings(&at_once), standings(&other));
    }

    #[test]
    fn any_order_gives_the_same_standings(order in Just((0..story().len()).collect::<Vec<_>>()).prop_shuffle()) {
        let entries = story();
        let shuffled: Vec<Verified> = order.iter().map(|at| entries[*at].clone()).collect();
        prop_assert_eq!(standings(&learned(&shuffled)), standings(&learned(&entries)));
    }
}
