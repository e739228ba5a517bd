//! Sites: places below the division that reports, each with figures of its own in the division's report. The villages (村)
//! of a township, the depots (储备库) of an office. They have no station; what they state adds up to what the report states.

use std::collections::BTreeMap;

use crate::{
    account::Part,
    division::Level,
    figure::Figure,
    form::{AddsUp, Answer, Form, Indicator},
    report::Report,
};

/// Sites of one report: the township with the most villages has some forty.
pub const SITES_MAX: usize = 100;

/// Figures of all sites of one report: a hundred villages with twenty figures each. With it a report stays below the bound of
/// an ordinary body, whatever its texts.
pub const SITE_FIGURES_MAX: usize = 2_000;

/// Characters of a site's key or name: the full name of a village.
pub const SITE_CHARS_MAX: usize = 30;

/// What a site is, with the frozen number in signed bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum SiteKind {
    /// 村、社区: of a township.
    Village = 1,
    /// 救灾物资储备库: of an office that keeps a stock.
    Depot = 2,
}

impl SiteKind {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Village, Self::Depot];

    /// The kind of that number.
    #[must_use]
    pub fn of_number(number: u32) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| *kind as u32 == number)
    }

    /// As an office says it.
    #[must_use]
    pub const fn zh(self) -> &'static str {
        match self {
            Self::Village => "村",
            Self::Depot => "库",
        }
    }

    /// In English; also the word in a file.
    #[must_use]
    pub const fn en(self) -> &'static str {
        match self {
            Self::Village => "village",
            Self::Depot => "depot",
        }
    }

    /// Whether reports of that form by `level` have such sites: villages those of townships, depots the forms that keep a
    /// stock.
    #[must_use]
    pub fn belongs(self, form: &Form, level: Level) -> bool {
        match self {
            Self::Village => level == Level::Township,
            Self::Depot => form.indicators.iter().any(|of| part(of) == Some(Part::Closing)),
        }
    }
}

/// Which site: the same from revision to revision and from month to month.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct SiteKey {
    /// What it is.
    pub kind: SiteKind,
    /// Its number at the office, or its name where it has none.
    pub key: String,
}

/// What is stated of it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Site {
    /// What it is called. Never a person's name.
    pub name: String,
    /// By indicator id; what is not here is blank.
    pub figures: BTreeMap<u32, Figure>,
}

/// Why the sites of a report cannot be taken as they are.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SiteFault {
    /// More than [`SITES_MAX`].
    #[error("keep {0} villages or depots: {SITES_MAX} are allowed")]
    TooMany(usize),
    /// More than [`SITE_FIGURES_MAX`].
    #[error("keep {0} figures of villages or depots: {SITE_FIGURES_MAX} are allowed")]
    TooManyFigures(usize),
    /// Not one line of at most [`SITE_CHARS_MAX`] characters.
    #[error("take {0:?} as a key or name: 1 to {SITE_CHARS_MAX} characters of one line")]
    Name(String),
    /// This form or level has no such sites.
    #[error("take a {kind}: a report of this form and level has none", kind = .0.en())]
    Kind(SiteKind),
    /// A figure that cannot be divided among sites.
    #[error("take indicator {1} of {0}: it does not add up from villages or depots")]
    Figure(String, u32),
}

/// Whether the figure of a division is the sum of the figures of its sites. What is not summed from division to division, as
/// goods that move, is still summed over the depots of one office.
#[must_use]
pub fn adds_up(indicator: &Indicator) -> bool {
    let summed = indicator.adds_up == AddsUp::Sum || part(indicator).is_some();
    indicator.is_entered() && indicator.answer == Answer::Number && summed
}

fn part(indicator: &Indicator) -> Option<Part> {
    indicator.booking.as_ref().map(|booking| booking.part)
}

/// The first fault of a report's sites. What the figures say is the checks' matter.
///
/// # Errors
/// [`SiteFault`].
pub fn check(form: &Form, report: &Report) -> Result<(), SiteFault> {
    if report.sites.len() > SITES_MAX {
        return Err(SiteFault::TooMany(report.sites.len()));
    }
    let figures = report.sites.values().map(|site| site.figures.len()).sum();
    if figures > SITE_FIGURES_MAX {
        return Err(SiteFault::TooManyFigures(figures));
    }
    // Only a township's code has nine digits.
    let level = if report.division.digits() == 9 { Level::Township } else { Level::County };
    for (key, site) in &report.sites {
        if !key.kind.belongs(form, level) {
            return Err(SiteFault::Kind(key.kind));
        }
        for text in [&key.key, &site.name] {
            if !is_line(text) {
                return Err(SiteFault::Name(text.clone()));
            }
        }
        let known = |id: &&u32| form.by_id(**id).is_some_and(|indicator| !adds_up(indicator));
        if let Some(id) = site.figures.keys().find(known) {
            return Err(SiteFault::Figure(site.name.clone(), *id));
        }
    }
    Ok(())
}

fn is_line(text: &str) -> bool {
    let chars = text.chars().count();
    (1..=SITE_CHARS_MAX).contains(&chars) && !text.trim().is_empty() && !text.chars().any(char::is_control)
}

/// What the sites of one kind come to, by indicator: every one of which any of them states a figure. One that is not counted
/// makes the sum "some".
#[must_use]
pub fn sums(report: &Report, kind: SiteKind) -> BTreeMap<u32, Figure> {
    let mut sums: BTreeMap<u32, Figure> = BTreeMap::new();
    for site in report.sites.iter().filter(|(key, _)| key.kind == kind).map(|(_, site)| site) {
        for (id, figure) in site.figures.iter().filter(|(_, figure)| !figure.is_blank()) {
            let sum = sums.entry(*id).or_insert(Figure::Number(0));
            *sum = match (*sum, *figure) {
                (Figure::Number(sum), Figure::Number(value)) => Figure::Number(sum.saturating_add(value)),
                _ => Figure::Some,
            };
        }
    }
    sums
}

#[cfg(test)]
mod tests;
