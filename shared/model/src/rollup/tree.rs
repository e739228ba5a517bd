//! The totals of every division on one event or month, kept: a division is its children and itself (本级), so a report
//! that comes changes only the line of divisions above it.

use std::collections::{BTreeMap, BTreeSet};

use super::part::{Part, Stated};
use super::{Contribution, Counted, Coverage, Rollup, Total};
use crate::{
    directory::Directory,
    division::{Division, DivisionCode, Level},
    duty,
    form::{AddsUp, Form},
    subject::Subject,
};

/// What a tree is computed with: for one tree always the same form and directory.
#[derive(Debug, Clone, Copy)]
pub struct Ground<'a> {
    /// Says how each indicator adds up.
    pub form: &'a Form,
    /// Says who lies below whom.
    pub directory: &'a Directory,
}

impl Ground<'_> {
    /// Whether the division is one unit of that level.
    pub(super) fn is_unit(&self, row: &Division, level: Level) -> bool {
        row.level == level || self.directory.children(row.code).all(|child| child.level < level)
    }

    pub(super) fn scale_of(&self, id: u32) -> u32 {
        self.form.by_id(id).map_or(0, |indicator| u32::from(indicator.scale))
    }
}

/// One indicator's total, with how far it covers who owes the form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
pub struct FigureTotal {
    /// The figure.
    pub total: Total,
    /// Reports it is made from.
    pub reports: u32,
    /// Divisions that owe the form.
    pub owing: u32,
    /// How many of them have a report in it.
    pub reported: u32,
}

/// Totals that are kept. What is asked for is brought up to date then, so many changes cost one computation.
#[derive(Debug, Clone)]
pub struct Tree {
    subject: Subject,
    /// Who owes a report.
    owing: BTreeSet<DivisionCode>,
    /// By division, and whether it is a drill: a division may have both.
    own: BTreeMap<(DivisionCode, bool), Own>,
    /// Divisions with children whose sums are up to date.
    nodes: BTreeMap<DivisionCode, Node>,
}

#[derive(Debug, Clone)]
struct Own {
    revision: u32,
    entry: [u8; 32],
    stated: Stated,
}

/// Sums of one division. Drills are added up among drills only.
#[derive(Debug, Clone, Default)]
struct Node {
    real: Sums,
    drill: Sums,
}

#[derive(Debug, Clone, Default)]
struct Sums {
    reports: u32,
    owing: u32,
    reported: u32,
    /// One for each indicator of the form; none where there is no report.
    parts: Vec<Part>,
}

impl Tree {
    /// Totals on `subject` of `top` and the divisions within it, before there is any report.
    #[must_use]
    pub fn new(ground: Ground<'_>, subject: Subject, top: DivisionCode) -> Self {
        let owing = duty::owing(ground.form, &subject, ground.directory, top);
        Self { subject, owing, own: BTreeMap::new(), nodes: BTreeMap::new() }
    }

    /// The report of `division` that stands, real or drill; `None`: none does.
    pub fn set(
        &mut self,
        directory: &Directory,
        division: DivisionCode,
        drill: bool,
        standing: Option<&Contribution<'_>>,
    ) {
        let own =
            standing.map(|of| Own { revision: of.revision, entry: of.entry, stated: Stated::of(of.report) });
        match own {
            Some(own) => drop(self.own.insert((division, drill), own)),
            None => drop(self.own.remove(&(division, drill))),
        }
        self.nodes.remove(&division);
        for above in directory.lineage(division) {
            self.nodes.remove(&above);
        }
    }

    /// The totals of one division.
    pub fn rollup(&mut self, ground: Ground<'_>, division: DivisionCode) -> Rollup {
        let (sums, drill) = self.sums(ground, division);
        let adds_up = ground.form.indicators.iter().enumerate();
        let adds_up = adds_up.filter(|(_, indicator)| indicator.adds_up != AddsUp::No);
        let figures = adds_up.map(|(at, of)| (of.id, sums.total(ground, division, at))).collect();
        Rollup { division, subject: self.subject, figures, coverage: self.coverage(ground, division, drill) }
    }

    /// The total of one indicator; `None` where the form does not have it or it does not add up.
    pub fn figure(&mut self, ground: Ground<'_>, division: DivisionCode, id: u32) -> Option<FigureTotal> {
        let at = ground.form.indicators.iter().position(|indicator| indicator.id == id)?;
        if ground.form.indicators[at].adds_up == AddsUp::No {
            return None;
        }
        let (sums, _) = self.sums(ground, division);
        let total = sums.total(ground, division, at);
        Some(FigureTotal { total, reports: sums.reports, owing: sums.owing, reported: sums.reported })
    }

    /// The sums that hold: beside one real report, all drills are left out.
    fn sums(&mut self, ground: Ground<'_>, division: DivisionCode) -> (Sums, bool) {
        let node = match ground.directory.get(division) {
            Some(row) => self.node(ground, row),
            None => Node::default(),
        };
        let drill = node.real.reports == 0 && node.drill.reports > 0;
        (if drill { node.drill } else { node.real }, drill)
    }

    fn node(&mut self, ground: Ground<'_>, row: &Division) -> Node {
        if let Some(kept) = self.nodes.get(&row.code) {
            return kept.clone();
        }
        let mut node = Node::default();
        let mut has_children = false;
        for child in ground.directory.children(row.code) {
            has_children = true;
            let below = self.node(ground, child);
            node.real.add(below.real);
            node.drill.add(below.drill);
        }
        let owes = self.owing.contains(&row.code);
        node.real.close(ground, row, owes, self.own.get(&(row.code, false)));
        node.drill.close(ground, row, owes, self.own.get(&(row.code, true)));
        if has_children {
            self.nodes.insert(row.code, node.clone());
        }
        node
    }

    fn coverage(&self, ground: Ground<'_>, division: DivisionCode, drill: bool) -> Coverage {
        let within = |code: DivisionCode| ground.directory.is_within(code, division);
        let ours = self.own.iter().filter(|((code, of_drill), _)| *of_drill == drill && within(*code));
        let counted: Vec<Counted> = ours
            .map(|((code, _), own)| Counted { division: *code, revision: own.revision, entry: own.entry })
            .collect();
        let owes = self.owing.iter().filter(|code| within(**code)).copied();
        let missing = owes.filter(|code| !self.own.contains_key(&(*code, drill)));
        Coverage { missing: missing.collect(), counted }
    }
}

impl Sums {
    fn add(&mut self, child: Self) {
        self.owing += child.owing;
        self.reported += child.reported;
        if child.reports == 0 {
            return;
        }
        if self.reports == 0 {
            self.parts = child.parts;
        } else {
            self.parts.iter_mut().zip(&child.parts).for_each(|(part, child)| part.add(child));
        }
        self.reports += child.reports;
    }

    fn close(&mut self, ground: Ground<'_>, row: &Division, owes: bool, own: Option<&Own>) {
        let owes = u32::from(owes);
        self.owing += owes;
        if own.is_some() {
            self.reports += 1;
            self.reported += owes;
        }
        if self.reports == 0 {
            return;
        }
        self.parts.resize(ground.form.indicators.len(), Part::default());
        for (part, indicator) in self.parts.iter_mut().zip(&ground.form.indicators) {
            part.close(ground, indicator, row, own.map(|own| &own.stated));
        }
    }

    fn total(&self, ground: Ground<'_>, division: DivisionCode, at: usize) -> Total {
        let indicators = &ground.form.indicators;
        let part_of = |id: u32| self.parts.get(indicators.iter().position(|indicator| indicator.id == id)?);
        let (part, indicator) = (self.parts.get(at), &indicators[at]);
        part.map(|part| part.total(ground, indicator, division, part_of)).unwrap_or_default()
    }
}
