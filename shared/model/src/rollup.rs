//! Totals (汇总): a fold over the standing reports of the divisions within one division. The same for any
//! order of arrival, unchanged by repeats, and always with its coverage: what it was made from, and who is
//! missing.

mod part;
mod tree;

use std::collections::BTreeMap;

pub use tree::{FigureTotal, Ground, Tree};

use crate::{
    directory::Directory,
    division::DivisionCode,
    form::{Form, Indicator},
    report::Report,
    subject::Subject,
    text::serialize_hash,
};

/// A report that stands, and where it stands in the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Contribution<'a> {
    /// Whose report it is.
    pub division: DivisionCode,
    /// Its revision.
    pub revision: u32,
    /// Hash of the envelope it came in.
    pub entry: [u8; 32],
    /// What it states.
    pub report: &'a Report,
}

/// What one indicator adds up to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize)]
pub struct Total {
    /// In the smallest unit of the indicator. Means something only where `counted` is above 0; held at the
    /// end of its range where `overflow` is set.
    pub value: i64,
    /// The true total may be greater: somebody said "some, not counted", or the sum does not fit.
    pub at_least: bool,
    /// The total does not fit in 64 bits: not reachable with figures that passed the checks.
    pub overflow: bool,
    /// Contributors that stated a number. For a count of units: the units that state anything that bears on
    /// the condition. For a ratio: those that stated the numerator.
    pub counted: u32,
    /// Contributors that said "some, not counted".
    pub some: u32,
    /// Contributors that left it blank.
    pub blank: u32,
}

/// One report that a total was made from.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Counted {
    /// Whose.
    pub division: DivisionCode,
    /// Which revision.
    pub revision: u32,
    /// Hash of its envelope: opens down to the signature.
    #[serde(serialize_with = "serialize_hash")]
    pub entry: [u8; 32],
}

/// What a total was made from, and who is missing.
#[derive(Debug, Clone, PartialEq, Eq, Default, serde::Serialize)]
pub struct Coverage {
    /// One for each division that contributed, in code order, own-level reports (本级) of hubs included.
    pub counted: Vec<Counted>,
    /// Every division in the subtree that owes the form, as [`owing`](crate::duty::owing) says, and has no contribution, in
    /// code order. Whether it was struck by the event is the caller's to say.
    pub missing: Vec<DivisionCode>,
}

/// The totals of one division for one event or month.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Rollup {
    /// Whose totals: the reports within it, its own (本级) included.
    pub division: DivisionCode,
    /// What they are about.
    pub subject: Subject,
    /// By indicator id: every indicator of the form that adds up.
    pub figures: BTreeMap<u32, Total>,
    /// What they were made from.
    pub coverage: Coverage,
}

impl Rollup {
    /// The total of the indicator with that id; `None` where it does not add up or the form does not have it.
    #[must_use]
    pub fn total(&self, id: u32) -> Option<&Total> {
        self.figures.get(&id)
    }
}

impl Total {
    /// The total as people read it, without the unit: nothing where nobody stated anything, `有（未统计）`
    /// where "some" is all that is known, `≥12.50` where some of it is not counted.
    #[must_use]
    pub fn format(&self, indicator: &Indicator) -> String {
        use crate::figure::Figure;
        match (self.counted, self.value, self.at_least) {
            (0, _, true) | (_, 0, true) => indicator.format(Figure::Some),
            (0, _, false) => indicator.format(Figure::Blank),
            (_, value, true) => format!("≥{}", indicator.format(value)),
            (_, value, false) => indicator.format(value),
        }
    }
}

/// Totals the contributions within `division`. Those of other divisions, of divisions the directory does
/// not know and of another form are left out. `subject` names the result; the caller has chosen the reports
/// that belong to it, which after a merge of events carry several keys. Where one division contributes
/// twice, the greater (revision, entry) stands. A drill (演练) is totalled among drills only: beside one
/// real report, all of them are left out.
#[must_use]
pub fn fold(
    form: &Form,
    directory: &Directory,
    division: DivisionCode,
    subject: impl Into<Subject>,
    contributions: &[Contribution<'_>],
) -> Rollup {
    let ground = Ground { form, directory };
    let mut tree = Tree::new(ground, subject.into(), division);
    for (code, contribution) in standing(form, directory, division, contributions) {
        tree.set(directory, code, contribution.report.drill, Some(&contribution));
    }
    tree.rollup(ground, division)
}

/// At most one contribution of each division within `division`.
fn standing<'a>(
    form: &Form,
    directory: &Directory,
    division: DivisionCode,
    contributions: &[Contribution<'a>],
) -> BTreeMap<DivisionCode, Contribution<'a>> {
    let mut standing: BTreeMap<DivisionCode, Contribution<'a>> = BTreeMap::new();
    let belongs =
        |c: &&Contribution<'_>| c.report.form == form.id && directory.is_within(c.division, division);
    let drill = contributions.iter().filter(belongs).all(|contribution| contribution.report.drill);
    for contribution in
        contributions.iter().filter(belongs).filter(|contribution| contribution.report.drill == drill)
    {
        let stands = standing.entry(contribution.division).or_insert(*contribution);
        if (contribution.revision, contribution.entry) > (stands.revision, stands.entry) {
            *stands = *contribution;
        }
    }
    standing
}

#[cfg(test)]
mod tests;
