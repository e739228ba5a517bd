//! Rules that were not judged: the third outcome beside a pass and a finding. Whoever has the input attests them; no
//! machine without it says that they hold.

use super::{Check, Context, Earlier, Rule, evaluate::Judge};
use crate::{form::Form, report::Report};

/// What a rule looks at and this machine does not have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Missing {
    /// The division's report by the form of that number.
    Form(u32),
    /// 台账: one person or household one record. It comes later, with a reach of its own: some levels will never have it.
    Ledger(Ledger),
    /// A floor in force where the division lies: no standard has come that names an amount for it.
    Standard,
    /// The reports of the levels below, as the submission of this level names them.
    Workflow,
}

/// A ledger by what a record of it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Ledger {
    /// 因灾死亡失踪人口一览表.
    DeathMissing,
    /// 因灾倒塌损坏住房户一览表.
    House,
    /// 冬春救助人口一览表.
    WinterHousehold,
}

/// A rule that could not be judged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unjudged {
    /// Id of the check.
    pub check: String,
    /// What it lacks.
    pub missing: Missing,
    /// The rule, and what it lacks, in Chinese.
    pub zh: String,
    /// The same in English.
    pub en: String,
}

/// The checks of the form that bear on what the report states and cannot be judged here, in the order of the form.
#[must_use]
pub fn unjudged(form: &Form, report: &Report, earlier: Earlier<'_>, context: &Context) -> Vec<Unjudged> {
    let judge = Judge { form, report, earlier, context };
    form.checks.iter().filter_map(|check| one(&judge, check)).collect()
}

fn one(judge: &Judge<'_>, check: &Check) -> Option<Unjudged> {
    let positive = |field: &u32| judge.report.figure(*field).is_positive();
    let (missing, lacks_zh, lacks_en) = match &check.rule {
        Rule::Beside { left, other, .. } => {
            let bears = left.terms.iter().any(|term| positive(&term.field));
            if !bears || judge.other(other).is_some() {
                return None;
            }
            let (zh, en) = (&other.indicator.zh, &other.indicator.en);
            let zh = format!("没有本单位“{}”的{zh}", other.form_zh);
            (Missing::Form(other.form), zh, format!("{en} of the form {} is not held", other.form_en))
        }
        Rule::Floor { field, standard } if positive(field) && judge.floor(standard).is_none() => {
            let (zh, en) = Missing::Standard.lacks();
            (Missing::Standard, zh.to_owned(), en.to_owned())
        }
        Rule::Waits { fields, input } if fields.iter().any(positive) => {
            let (zh, en) = input.lacks();
            (*input, zh.to_owned(), en.to_owned())
        }
        _ => return None,
    };
    Some(Unjudged {
        check: check.id.clone(),
        missing,
        zh: format!("{}：{lacks_zh}", check.zh),
        en: format!("{}: {lacks_en}", check.en),
    })
}

impl Missing {
    /// What is lacking, in both languages.
    #[must_use]
    pub const fn lacks(self) -> (&'static str, &'static str) {
        match self {
            Self::Form(_) => ("没有所对照的报表", "the other report is not held"),
            Self::Ledger(Ledger::DeathMissing) => {
                ("没有因灾死亡失踪人口台账", "the ledger of the dead and missing is not held")
            }
            Self::Ledger(Ledger::House) => ("没有倒损住房户台账", "the ledger of damaged houses is not held"),
            Self::Ledger(Ledger::WinterHousehold) => {
                ("没有冬春救助人口台账", "the ledger of winter aid is not held")
            }
            Self::Standard => ("没有适用本地的现行最低标准", "no standard that names a floor here is held"),
            Self::Workflow => ("由本级汇总上报时核对", "it is judged when this level submits its summary"),
        }
    }
}
