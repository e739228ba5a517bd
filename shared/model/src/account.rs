//! Accounts (收支): what of money or of one kind of goods there was, came, went and is left, division by division; and
//! whether what each level says of itself agrees with what the levels above and below it say.
//!
//! A form keeps an account where its indicators name their part in one: relief money, the funds of an aid programme, the
//! tents in store. Nothing is typed for the account itself.

mod part;
mod reconcile;

use std::collections::BTreeMap;

pub use part::{Booking, Part, PartError, Side};
pub use reconcile::{Equation, Ledger, Line, Rule, Verdict, reconcile};

use crate::{
    figure::Figure,
    form::{Form, Indicator},
    report::Report,
};

/// One account of a form. All of its figures are in the same unit.
#[derive(Debug, Clone)]
pub struct Account<'f> {
    /// Code of the heading that names it: `funds`, `tents`.
    pub code: &'f str,
    /// Its Chinese name.
    pub zh: &'f str,
    /// Its English name.
    pub en: &'f str,
    /// By part, in the order of the form; several indicators of one part are added.
    pub indicators: BTreeMap<Part, Vec<&'f Indicator>>,
}

/// What is stated for one part: some of several figures may be "some, not counted".
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Amount {
    /// Sum of the numbers, in the smallest unit.
    pub value: i64,
    /// There is more, not counted.
    pub uncounted: bool,
}

impl Amount {
    /// Adds another; held at the end of the range, which no figure that passed the checks comes near.
    pub(crate) const fn add(&mut self, other: Self) {
        self.value = self.value.saturating_add(other.value);
        self.uncounted |= other.uncounted;
    }
}

impl<'f> Account<'f> {
    /// The accounts of a form, in the order of its indicators.
    #[must_use]
    pub fn of(form: &'f Form) -> Vec<Self> {
        let mut accounts: Vec<Self> = Vec::new();
        for indicator in &form.indicators {
            let Some(booking) = &indicator.booking else { continue };
            let Some(group) = form.groups.iter().find(|group| group.code == booking.account) else {
                continue;
            };
            let at = accounts.iter().position(|account| account.code == booking.account);
            let at = at.unwrap_or_else(|| {
                let indicators = BTreeMap::new();
                accounts.push(Self { code: &group.code, zh: &group.zh, en: &group.en, indicators });
                accounts.len() - 1
            });
            accounts[at].indicators.entry(booking.part).or_default().push(indicator);
        }
        accounts
    }

    /// The indicator whose unit and decimals all others share; `None` only for an account of nothing.
    #[must_use]
    pub fn unit(&self) -> Option<&'f Indicator> {
        self.indicators.values().flatten().next().copied()
    }

    /// What one report states for one part; `None` where it states nothing.
    #[must_use]
    pub fn stated(&self, report: &Report, part: Part) -> Option<Amount> {
        let mut amount = None;
        for indicator in self.indicators.get(&part).into_iter().flatten().filter(|of| of.is_entered()) {
            let stated = match report.figure(indicator.id) {
                Figure::Blank => continue,
                Figure::Some => Amount { value: 0, uncounted: true },
                Figure::Number(value) => Amount { value, uncounted: false },
            };
            amount.get_or_insert(Amount::default()).add(stated);
        }
        amount
    }
}

#[cfg(test)]
mod tests;
