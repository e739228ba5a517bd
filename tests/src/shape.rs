//! Who there is: three or four levels of stations over a part of the real directory of Jilin.

use std::collections::BTreeSet;

use fengsui_daemon::station::Identity;
use fengsui_model::{Directory, DivisionCode, EventKey, Level, directory::JILIN_2019_CSV};
use fengsui_wire::{Role, StationKey};

use crate::random::Random;

/// One place for a station.
#[derive(Clone)]
pub struct Place {
    /// Key, root and division.
    pub identity: Identity,
    /// Place of the hub above; `None` for the root.
    pub parent: Option<usize>,
    /// Its level in the directory.
    pub level: Level,
}

impl Place {
    /// What it is appointed as.
    pub fn role(&self) -> Role {
        if self.level == Level::Township { Role::Node } else { Role::Hub }
    }
}

/// The stations of a world, parents before children; place 0 is the root.
#[derive(Clone)]
pub struct Shape {
    /// All stations.
    pub places: Vec<Place>,
    divisions: Vec<fengsui_model::Division>,
}

const PROVINCE: u64 = 22;
const CITY: u64 = 2202;
const CHANGBAISHAN: u64 = 2299;

impl Shape {
    /// A tree with a root, up to four hubs and two to six nodes.
    pub fn draw(random: &mut Random) -> Self {
        let mut tree: Vec<(u64, Option<usize>)> = vec![(PROVINCE, None)];
        let mut counties = Vec::new();
        let above = if random.chance(400) {
            tree.push((CITY, Some(0)));
            1
        } else {
            0
        };
        let both = random.chance(400);
        for county in if both { &[220_221, 220_282][..] } else { &[220_221][..] } {
            tree.push((*county, Some(above)));
            counties.push((*county, tree.len() - 1));
        }
        if random.chance(300) {
            tree.push((CHANGBAISHAN, Some(0)));
            counties.push((CHANGBAISHAN, tree.len() - 1));
        }
        let real = Directory::from_csv(JILIN_2019_CSV, 1)
            .expect("the built-in directory is read by a test of model");
        for index in 0..random.between(2, 6).max(counties.len() as u64) as usize {
            let (county, at) = counties[index % counties.len()];
            let townships = real.townships(code(county)).nth(index / counties.len());
            tree.extend(townships.map(|township| (township.code.get(), Some(at))));
        }
        Self::of(&tree, &real, random)
    }

    fn of(tree: &[(u64, Option<usize>)], real: &Directory, random: &mut Random) -> Self {
        let keys: Vec<StationKey> = tree.iter().map(|_| StationKey::from_seed(&random.bytes())).collect();
        let root = keys[0].public();
        let place = |((division, parent), key): (&(u64, Option<usize>), StationKey)| Place {
            identity: Identity { key, root, division: code(*division) },
            parent: *parent,
            level: real.get(code(*division)).map_or(Level::Township, |division| division.level),
        };
        let places = tree.iter().zip(keys).map(place).collect();
        // Whole counties, so that some townships are always missing from a total; and the real line of parents, so
        // that in some worlds the city above a county has no station.
        let roots: BTreeSet<DivisionCode> = [220_221, 220_282, CHANGBAISHAN].into_iter().map(code).collect();
        let kept = |division: &&fengsui_model::Division| {
            division.code == code(PROVINCE)
                || division.code == code(CITY)
                || roots.iter().any(|root| real.is_within(division.code, *root))
        };
        Self { places, divisions: real.iter().filter(kept).cloned().collect() }
    }

    /// Version `version` of the directory: the same tree, with a name that tells the version.
    pub fn directory(&self, version: u32) -> Directory {
        let mut divisions = self.divisions.clone();
        if let Some(last) = divisions.last_mut() {
            last.name = format!("{}{version}", last.name);
        }
        Directory::from_divisions(divisions, version)
            .expect("a part of a tree that keeps all parents is a tree")
    }

    /// Places of the hubs above, lowest first.
    pub fn above(&self, place: usize) -> Vec<usize> {
        std::iter::successors(self.places[place].parent, |above| self.places[*above].parent).collect()
    }

    /// Whether `place` lies below `above`, or is it.
    pub fn is_within(&self, place: usize, above: usize) -> bool {
        place == above || self.above(place).contains(&above)
    }

    /// Places directly below.
    pub fn children(&self, place: usize) -> Vec<usize> {
        (0..self.places.len()).filter(|child| self.places[*child].parent == Some(place)).collect()
    }

    /// Places of the township nodes.
    pub fn nodes(&self) -> Vec<usize> {
        (0..self.places.len()).filter(|place| self.places[*place].level == Level::Township).collect()
    }

    /// The place of a key.
    pub fn place_of(&self, key: &fengsui_wire::PublicKey) -> Option<usize> {
        self.places.iter().position(|place| place.identity.key.public() == *key)
    }

    /// The events that the stations report on: two for each county with a node.
    pub fn events(&self) -> Vec<EventKey> {
        let counties: BTreeSet<DivisionCode> =
            self.nodes().iter().filter_map(|node| self.county(*node)).collect();
        let event = |county: &DivisionCode, kind: &str| format!("20261005-{county}-{kind}").parse().ok();
        counties
            .iter()
            .flat_map(|county| [event(county, "flood"), event(county, "wind_hail")])
            .flatten()
            .collect()
    }

    /// Division of the lowest hub above a node.
    pub fn county(&self, node: usize) -> Option<DivisionCode> {
        self.places[node].parent.map(|hub| self.places[hub].identity.division)
    }

    /// How a place is called in the log of a run.
    pub fn name(&self, place: usize) -> String {
        let at = &self.places[place];
        let role = match at.level {
            Level::Township => "node",
            _ if at.parent.is_none() => "root",
            _ => "hub",
        };
        format!("{role} {}", at.identity.division)
    }
}

fn code(number: u64) -> DivisionCode {
    DivisionCode::new(number).expect("codes of this file have 2, 4, 6 or 9 digits")
}
