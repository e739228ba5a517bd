//! What no version may change: a number in signed bytes means the same for ever, because the figures of old reports are
//! added to those of new ones by it. What is no longer asked is left out; its number is not used again.

use super::Catalogue;
use crate::form::{Answer, Form, Indicator};

/// What of a form or an indicator is kept for ever.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kept {
    /// What the reports of a form are about.
    About,
    /// The form that an indicator stands in.
    Form,
    /// What a clerk reads and types.
    Unit,
    /// Decimals that a figure keeps.
    Scale,
    /// 累计, 实时 or 当月.
    Nature,
    /// Whether a number, a time or a choice is typed, and in which order the choices stand.
    Answer,
    /// The version of a form rises with its tables.
    Version,
}

impl Kept {
    /// In Chinese.
    #[must_use]
    pub const fn zh(self) -> &'static str {
        match self {
            Self::About => "报送对象",
            Self::Form => "所属报表",
            Self::Unit => "计量单位",
            Self::Scale => "小数位数",
            Self::Nature => "指标性质",
            Self::Answer => "填报方式",
            Self::Version => "报表版本号",
        }
    }

    /// The column in which it stands.
    #[must_use]
    pub const fn column(self) -> &'static str {
        match self {
            Self::About => "about",
            Self::Form => "id",
            Self::Unit => "unit",
            Self::Scale => "scale",
            Self::Nature => "nature",
            Self::Answer => "answer",
            Self::Version => "version",
        }
    }
}

/// A number that would change its meaning.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "keep the {} of {code} (number {id}, {form}) as version {version} of the catalogue has it: a frozen number keeps its meaning",
    .kept.column()
)]
pub struct Unfrozen {
    /// The table in which it stands.
    pub form: String,
    /// Frozen number of the indicator, or of the form.
    pub id: u32,
    /// Its word.
    pub code: String,
    /// Version that has it otherwise.
    pub version: u32,
    /// What changed.
    pub kept: Kept,
}

impl Catalogue {
    /// Compares with a version before this one.
    ///
    /// # Errors
    /// The first frozen number whose meaning would change.
    pub fn keeps(&self, before: &Self) -> Result<(), Unfrozen> {
        for form in &self.forms {
            let unfrozen = |id: u32, code: &str, kept| Unfrozen {
                form: format!("{}.csv", form.code),
                id,
                code: code.to_owned(),
                version: before.version,
                kept,
            };
            if let Some(old) = before.form(form.id) {
                let changed = of_form(form, old).map(|kept| (form.id, &form.code, kept));
                if let Some((id, code, kept)) = changed {
                    return Err(Unfrozen { form: super::FORMS.to_owned(), ..unfrozen(id, code, kept) });
                }
            }
            for of in &form.indicators {
                let holder = before.forms.iter().find(|form| form.by_id(of.id).is_some());
                let Some((holder, old)) = holder.and_then(|holder| Some((holder, holder.by_id(of.id)?)))
                else {
                    continue;
                };
                if let Some(kept) = of_indicator((form, of), (holder, old)) {
                    return Err(unfrozen(of.id, &of.code, kept));
                }
            }
        }
        Ok(())
    }
}

fn of_form(new: &Form, old: &Form) -> Option<Kept> {
    if new.about != old.about {
        return Some(Kept::About);
    }
    let same = Form { version: old.version, duties: old.duties.clone(), ..new.clone() } == *old;
    (!same && new.version <= old.version).then_some(Kept::Version)
}

fn of_indicator((form, new): (&Form, &Indicator), (holder, old): (&Form, &Indicator)) -> Option<Kept> {
    let kept = [
        (form.id == holder.id, Kept::Form),
        (new.unit == old.unit, Kept::Unit),
        (new.scale == old.scale, Kept::Scale),
        (new.nature == old.nature, Kept::Nature),
        (goes_on(&new.answer, &old.answer), Kept::Answer),
    ];
    kept.into_iter().find(|(same, _)| !same).map(|(_, kept)| kept)
}

/// A choice is kept as its place in the list: words may be put behind, none between or away.
fn goes_on(new: &Answer, old: &Answer) -> bool {
    match (new, old) {
        (Answer::Choice(new), Answer::Choice(old)) => new.starts_with(old),
        (new, old) => new == old,
    }
}
