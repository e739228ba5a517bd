//! The options of `submit`.

use std::path::PathBuf;

use clap::Args;

use super::Typed;
use crate::failure::Failure;

/// What is typed on the command line, beside or instead of a file.
#[derive(Args, Clone, Debug)]
pub struct Submit {
    /// A report in TOML or JSON; - reads standard input
    file: Option<PathBuf>,
    /// One figure; may stand many times. A number, 有 for "some, not counted", or nothing for blank
    #[arg(long = "set", value_name = "CODE=VALUE")]
    set: Vec<String>,
    /// Form, as `forms` lists them; default: the quick report on a disaster (报表)
    #[arg(long, value_name = "CODE")]
    form: Option<String>,
    /// Month, like 2026-10, for a form that is about a month (月份)
    #[arg(long, value_name = "MONTH", conflicts_with = "event")]
    period: Option<String>,
    /// Event, like 20260720-220221-flood; needed once, then the latest is meant
    #[arg(long)]
    event: Option<String>,
    /// initial, continued or verified (初报 续报 核报); default: initial for the first, then continued
    #[arg(long)]
    stage: Option<String>,
    /// When the disaster began, like 2026-07-20T03:30; default: as before
    #[arg(long)]
    occurred: Option<String>,
    /// To when the figures count, like 2026-07-20T24:00
    #[arg(long)]
    cutoff: Option<String>,
    /// Begin with the figures of the latest revision and change only what is given
    #[arg(long)]
    update: bool,
    /// A zero report (零报告): nothing to report
    #[arg(long)]
    zero: bool,
    /// A drill (演练): never part of real totals
    #[arg(long, conflicts_with = "real")]
    drill: bool,
    /// For real (实报), on an event on which there has been a drill
    #[arg(long)]
    real: bool,
    /// Why a cumulative figure fell or a figure jumped
    #[arg(long)]
    explanation: Option<String>,
    /// The disaster in words
    #[arg(long)]
    narrative: Option<String>,
    /// The relief work in words
    #[arg(long)]
    relief: Option<String>,
    /// Check only, sign nothing
    #[arg(long)]
    pub dry_run: bool,
}

impl Submit {
    /// The report as typed: the file, and over it what stands on the command line.
    ///
    /// # Errors
    /// What does not read.
    pub fn typed(&self) -> Result<Typed, Failure> {
        let mut typed = match &self.file {
            Some(path) => Typed::read(path)?,
            None => Typed::default(),
        };
        typed.add(&self.set)?;
        let given = |of: &Option<String>, to: &mut Option<String>| {
            if of.is_some() {
                to.clone_from(of);
            }
        };
        given(&self.form, &mut typed.form);
        given(&self.period, &mut typed.period);
        given(&self.event, &mut typed.event);
        given(&self.stage, &mut typed.stage);
        given(&self.occurred, &mut typed.occurred);
        given(&self.cutoff, &mut typed.cutoff);
        given(&self.explanation, &mut typed.explanation);
        given(&self.narrative, &mut typed.narrative);
        given(&self.relief, &mut typed.relief);
        typed.update |= self.update;
        typed.zero |= self.zero;
        if self.drill || self.real {
            typed.drill = Some(self.drill);
        }
        Ok(typed)
    }
}
