//! Places: where a value is in force. A county-level division, or an area that hangs directly on a city-level unit, like
//! those of Changbaishan (长白山): no county is above it.

use crate::{
    directory::Directory,
    division::{Division, DivisionCode, Level},
};

/// Kind of a county-level division that is run by a city and is no county of the law: it stands beside the 60.
const DEVELOPMENT_ZONE: &str = "开发区";

/// Whether a value can be in force there by itself.
#[must_use]
pub fn is_place(directory: &Directory, division: &Division) -> bool {
    let parent = division.parent.and_then(|parent| directory.get(parent));
    match division.level {
        Level::County => true,
        Level::Township => parent.is_some_and(|parent| parent.level > Level::County),
        Level::City | Level::Province => false,
    }
}

/// Whether it is one of the counties, county-level cities and districts (县、市、区) that the province counts. Jilin has 60.
#[must_use]
pub fn is_county(division: &Division) -> bool {
    division.level == Level::County && division.kind != DEVELOPMENT_ZONE
}

/// The places in the subtree of a division, itself included, in code order.
pub fn places_within(directory: &Directory, code: DivisionCode) -> impl Iterator<Item = &Division> {
    directory
        .iter()
        .filter(move |division| is_place(directory, division) && directory.is_within(division.code, code))
}

/// The place that a division lies in: itself or the nearest above it. `None` above all places.
#[must_use]
pub fn place_of(directory: &Directory, code: DivisionCode) -> Option<&Division> {
    let line = std::iter::once(code).chain(directory.lineage(code));
    line.filter_map(|code| directory.get(code)).find(|division| is_place(directory, division))
}
