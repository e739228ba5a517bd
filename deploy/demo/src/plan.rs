//! Who is where in the whole province: taken from the official directory, not written down here.

use std::collections::BTreeMap;

use fengsui_model::{Directory, Division, DivisionCode, Level, directory::JILIN_2019_CSV};

/// Kind of a county-level division without a hub of its own: its townships report to the city.
const ZONE: &str = "开发区";

/// The divisions with hubs, and the stations below them.
pub struct Plan {
    /// 市, 自治州, and Changbaishan.
    pub cities: Vec<Place>,
    /// 县, 市 and 区 that are no development zones.
    pub counties: Vec<Place>,
    /// Townships, sub-districts, and the areas of Changbaishan.
    pub stations: Vec<Place>,
}

/// A division with a station.
#[derive(Clone, Debug)]
pub struct Place {
    /// Its code.
    pub code: DivisionCode,
    /// Its name.
    pub name: String,
    /// 市, 区, 县, 镇 …
    pub kind: String,
    /// Division of the hub directly above.
    pub hub: DivisionCode,
    /// City that it lies in, or that it is.
    pub city: DivisionCode,
    /// County-level division of its events; a city-level unit where there is none between.
    pub county: DivisionCode,
}

impl Plan {
    /// All of Jilin.
    ///
    /// # Panics
    /// Never: the built-in directory is read by a test of the model.
    pub fn jilin() -> Self {
        let directory = Directory::from_csv(JILIN_2019_CSV, 1).expect("the built-in directory is sound");
        let has_hub = |division: &Division| match division.level {
            Level::Province | Level::City => true,
            Level::County => division.kind != ZONE,
            Level::Township => false,
        };
        let place = |division: &Division| {
            let lineage = directory.lineage(division.code);
            let above = |fits: &dyn Fn(&Division) -> bool| {
                let mut above = lineage.iter().filter_map(|code| directory.get(*code));
                above.find(|division| fits(division)).map_or(division.code, |division| division.code)
            };
            let city = above(&|division| division.level == Level::City);
            Place {
                code: division.code,
                name: division.name.clone(),
                kind: division.kind.clone(),
                hub: above(&has_hub),
                city,
                county: above(&|division| matches!(division.level, Level::County | Level::City)),
            }
        };
        let all = |fits: &dyn Fn(&Division) -> bool| {
            directory.iter().filter(|division| fits(division)).map(place).collect()
        };
        Self {
            cities: all(&|division| division.level == Level::City),
            counties: all(&|division| division.level == Level::County && has_hub(division)),
            stations: all(&|division| division.level == Level::Township),
        }
    }

    /// Stations by the county-level division of their events.
    pub fn by_county(&self) -> BTreeMap<DivisionCode, Vec<&Place>> {
        let mut counties: BTreeMap<DivisionCode, Vec<&Place>> = BTreeMap::new();
        for station in &self.stations {
            counties.entry(station.county).or_default().push(station);
        }
        counties
    }
}

#[cfg(test)]
mod tests {
    use super::Plan;

    #[test]
    fn it_is_the_tree_of_the_directory() {
        let plan = Plan::jilin();
        assert_eq!((plan.cities.len(), plan.counties.len(), plan.stations.len()), (10, 60, 919));
        let under_city = plan.stations.iter().filter(|station| station.hub == station.city).count();
        let areas = plan.stations.iter().filter(|station| station.city.get() == 2299).count();
        assert_eq!(areas, 3, "Changbaishan's areas hang on a city-level unit");
        assert!(under_city > areas, "so do the townships of development zones");
        assert_eq!(plan.by_county().len(), 60 + 9 + 1);
    }
}
