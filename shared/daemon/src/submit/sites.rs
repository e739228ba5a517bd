//! Villages and depots as typed, beside or instead of the sums that they come to.

use std::collections::{BTreeMap, BTreeSet};

use fengsui_model::account::Part;
use fengsui_model::site::{self, sums};
use fengsui_model::{Figure, Form, Indicator, Report, Site, SiteKey, SiteKind};
use serde::{Deserialize, Serialize};

use super::typed::{Cell, mistake, usage};
use crate::failure::Failure;

/// One village or depot: its name, and figures by code.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct TypedSite {
    /// What it is called; never a person's name.
    pub name: String,
    /// Its number at the office, where it has one: two sites of one name are told apart by it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<String>,
    /// Of a depot: by kind of goods, what there was, came, went and is left.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub goods: BTreeMap<String, BTreeMap<String, Cell>>,
    /// Figures by code.
    #[serde(flatten)]
    pub figures: BTreeMap<String, Cell>,
}

impl TypedSite {
    /// Reads `NAME:CODE=VALUE,CODE=VALUE`; a figure of goods is `帐篷.opening=5`.
    ///
    /// # Errors
    /// That it is not of that form.
    pub(super) fn read(option: &str, text: &str) -> Result<Self, Failure> {
        let wrong = || {
            usage(format!(
                "--{option} {text}: 应写成 名称:代码=数值，如 永丰村:QL010=120 (write it as NAME:CODE=VALUE)"
            ))
        };
        let (name, pairs) = text.split_once([':', '：']).ok_or_else(wrong)?;
        let mut site = Self { name: name.trim().to_owned(), ..Self::default() };
        for pair in pairs.split([',', '，']) {
            let (code, value) = pair.split_once('=').ok_or_else(wrong)?;
            let value = Cell::Text(value.trim().to_owned());
            match code.trim().split_once('.') {
                Some((goods, part)) => {
                    drop(site.goods.entry(goods.into()).or_default().insert(part.into(), value));
                }
                None => drop(site.figures.insert(code.trim().to_owned(), value)),
            }
        }
        Ok(site)
    }
}

/// What was typed of sites, by kind.
pub(super) struct TypedSites<'a> {
    pub villages: &'a [TypedSite],
    pub depots: &'a [TypedSite],
}

impl TypedSites<'_> {
    fn all(&self) -> impl Iterator<Item = (SiteKind, &TypedSite)> {
        let villages = self.villages.iter().map(|site| (SiteKind::Village, site));
        villages.chain(self.depots.iter().map(|site| (SiteKind::Depot, site)))
    }

    /// Puts the sites into `report`, on top of those it has already, and fills in what they come to wherever the clerk
    /// typed no figure of the whole.
    ///
    /// # Errors
    /// Every figure that does not read, with the name of its site.
    pub(super) fn put(
        &self,
        form: &Form,
        typed: &BTreeSet<u32>,
        report: &mut Report,
    ) -> Result<(), Vec<String>> {
        let mut wrong = Vec::new();
        for (kind, site) in self.all() {
            let key = key_of(report, kind, site);
            let name = site.name.trim().to_owned();
            let held = report.sites.entry(key).or_insert_with(|| Site { name, ..Site::default() });
            for (label, indicator, cell) in cells(form, site, &mut wrong) {
                match cell.text().and_then(|text| indicator.parse(&text).map_err(|error| mistake(&error))) {
                    Ok(Figure::Blank) => drop(held.figures.remove(&indicator.id)),
                    Ok(figure) => drop(held.figures.insert(indicator.id, figure)),
                    Err(error) => wrong.push(format!("{} {label}: {error}", site.name)),
                }
            }
        }
        report.sites.retain(|_, site| !site.figures.is_empty());
        if !wrong.is_empty() {
            return Err(wrong);
        }
        let kinds: BTreeSet<SiteKind> = self.all().map(|(kind, _)| kind).collect();
        for kind in kinds {
            let sums = sums(report, kind);
            report.figures.extend(sums.into_iter().filter(|(id, _)| !typed.contains(id)));
        }
        Ok(())
    }
}

/// The site of that number, or else of that name in the revision before; a new one otherwise.
fn key_of(report: &Report, kind: SiteKind, typed: &TypedSite) -> SiteKey {
    let number = typed.number.as_deref().map(str::trim).filter(|number| !number.is_empty());
    if let Some(number) = number {
        return SiteKey { kind, key: number.to_owned() };
    }
    let name = typed.name.trim();
    let named = report.sites.iter().find(|(key, site)| key.kind == kind && site.name == name);
    named.map_or_else(|| SiteKey { kind, key: name.to_owned() }, |(key, _)| key.clone())
}

/// The indicators that a site's cells are of.
fn cells<'f, 't>(
    form: &'f Form,
    site: &'t TypedSite,
    wrong: &mut Vec<String>,
) -> Vec<(String, &'f Indicator, &'t Cell)> {
    let mut cells = Vec::new();
    let mut take = |label: String, found: Option<&'f Indicator>, cell: &'t Cell| match found {
        Some(indicator) if site::adds_up(indicator) => cells.push((label, indicator, cell)),
        Some(_) => wrong.push(format!(
            "{} {label}: 不能分村、分库填报 (it does not add up from villages or depots)",
            site.name
        )),
        None => wrong.push(format!(
            "{} {label}: 本表没有这个指标 (not an indicator of form {})",
            site.name, form.code
        )),
    };
    for (code, cell) in &site.figures {
        take(code.clone(), form.by_code(code).or_else(|| form.by_zh(code)), cell);
    }
    for (goods, parts) in &site.goods {
        for (part, cell) in parts {
            take(format!("{goods}.{part}"), of_goods(form, goods, part), cell);
        }
    }
    cells
}

/// The figure of one kind of goods: by the heading's code or name, and the part or the rest of the indicator's name.
fn of_goods<'f>(form: &'f Form, goods: &str, word: &str) -> Option<&'f Indicator> {
    let group = form.groups.iter().find(|group| group.code == goods || group.zh == goods)?;
    let part = word.parse::<Part>().ok();
    let is_it = |of: &&Indicator| {
        let named = of.zh.split_once('：').is_some_and(|(_, rest)| rest == word);
        named || of.booking.as_ref().is_some_and(|booking| Some(booking.part) == part)
    };
    form.in_group(&group.code).find(is_it)
}

#[cfg(test)]
mod tests {
    use fengsui_model::Subject;

    use super::*;

    fn blank(form: &Form, subject: &str) -> Report {
        let division = "220221100".parse().expect("a township");
        Report::blank(form.id, division, subject.parse::<Subject>().expect("a subject"))
    }

    fn put(form: &Form, report: &mut Report, options: &[(&str, &str)]) -> Result<(), Vec<String>> {
        let of = |wanted: &str| {
            let fits = options.iter().filter(|(option, _)| *option == wanted);
            fits.map(|(option, text)| TypedSite::read(option, text).expect("it reads")).collect::<Vec<_>>()
        };
        let (villages, depots) = (of("village"), of("depot"));
        TypedSites { villages: &villages, depots: &depots }.put(form, &BTreeSet::new(), report)
    }

    #[test]
    fn villages_make_the_sum_and_go_on_from_the_revision_before() {
        let form = Form::quick();
        let mut report = blank(form, "20261121-220221-flood");
        put(form, &mut report, &[("village", "永丰村:QL010=70,QL013=有"), ("village", "前进村：QL010=50")])
            .expect("both read");
        assert_eq!((report.figure(1010), report.figure(1013)), (Figure::Number(120), Figure::Some));
        put(form, &mut report, &[("village", "前进村:QL010=55，QL011=0")]).expect("it reads");
        assert_eq!((report.sites.len(), report.figure(1010)), (2, Figure::Number(125)));
        put(form, &mut report, &[("village", "永丰村:QL010=,QL013=")]).expect("it reads");
        assert_eq!((report.sites.len(), report.figure(1010)), (1, Figure::Number(55)));
    }

    #[test]
    fn goods_are_named_as_an_office_names_them() {
        let form = Form::of_code("relief_stock").expect("a form");
        let mut report = blank(form, "2026-10");
        put(form, &mut report, &[("depot", "中心库:帐篷.opening=10,帐篷.期末库存=8,tents.发放=2")])
            .expect("three names of one kind");
        let tents = [3_311, 3_315, 3_316].map(|id| report.figure(id).number());
        assert_eq!(tents, [Some(10), Some(2), Some(8)]);
        let depot =
            toml::from_str("name = \"东库\"\nnumber = \"02\"\ngoods.\"棉被\".opening = 3\nRS021 = 4\n");
        let depot: TypedSite = depot.expect("it reads");
        assert_eq!((depot.goods.len(), depot.figures.len()), (1, 1));
    }

    #[test]
    fn every_mistake_is_named_with_its_village() {
        let form = Form::quick();
        let mut report = blank(form, "20261121-220221-flood");
        let typed = [("village", "永丰村:QL010=许多,QL999=1,QL001=1"), ("village", "前进村:帐篷.opening=1")];
        let wrong = put(form, &mut report, &typed).expect_err("four mistakes");
        for part in ["永丰村 QL010", "永丰村 QL999", "永丰村 QL001", "前进村 帐篷.opening"] {
            assert!(wrong.iter().any(|line| line.starts_with(part)), "{part} is not named in {wrong:?}");
        }
        for text in ["永丰村", "永丰村:QL010"] {
            assert!(TypedSite::read("village", text).expect_err(text).message.contains(text));
        }
    }
}
