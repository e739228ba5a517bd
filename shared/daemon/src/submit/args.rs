//! The options of `submit`.

use std::path::{Path, PathBuf};

use clap::Args;

use super::{Drafts, Typed, TypedSite};
use crate::failure::Failure;

/// What is typed on the command line, beside or instead of a file.
#[derive(Args, Clone, Debug)]
pub struct Submit {
    /// TOML 或 JSON 格式的报告；- 读标准输入 (a report in TOML or JSON; - reads standard input)
    file: Option<PathBuf>,
    /// 一项指标，可重复：数值，“有”表示有而未统计，空为不填 (one figure: a number, 有 for "some, not counted", or nothing)
    #[arg(long = "set", value_name = "CODE=VALUE")]
    set: Vec<String>,
    /// 一个村的数据，可重复，如 永丰村:QL010=120,QL020=3；合计未填的自动相加 (figures of one village; the sum is filled in)
    #[arg(long = "village", value_name = "NAME:CODE=VALUE")]
    villages: Vec<String>,
    /// 一个储备库的数据，可重复，如 中心库:帐篷.opening=10 (figures of one depot)
    #[arg(long = "depot", value_name = "NAME:GOODS.PART=VALUE")]
    depots: Vec<String>,
    /// 报表代码，见 forms；缺省为灾情快报 (the form, as `forms` lists them; default: the quick report)
    #[arg(long, value_name = "CODE")]
    form: Option<String>,
    /// 期间：月 2026-10、年度 2026、冬春年度 2026-2027 (the month, year or winter, for a form that is about one)
    #[arg(long, value_name = "PERIOD", conflicts_with = "event")]
    period: Option<String>,
    /// 灾害事件，如 20260720-220221-flood；首报时指明，以后缺省为最近一次 (the event; named once, then the latest is meant)
    #[arg(long)]
    event: Option<String>,
    /// 初报、续报、核报，或 initial、continued、verified；缺省首次为初报，其后为续报 (the stage; default: initial, then continued)
    #[arg(long)]
    stage: Option<String>,
    /// 灾害发生时间，如 2026-07-20T03:30；缺省同上次 (when the disaster began; default: as before)
    #[arg(long)]
    occurred: Option<String>,
    /// 统计截止时间，如 2026-07-20T24:00 (to when the figures count)
    #[arg(long)]
    cutoff: Option<String>,
    /// 以上一版为底，只改所给各项 (begins with the latest revision and changes only what is given)
    #[arg(long)]
    update: bool,
    /// 零报告 (a zero report: nothing to report)
    #[arg(long)]
    zero: bool,
    /// 演练，不计入实际汇总 (a drill: never part of real totals)
    #[arg(long, conflicts_with = "real")]
    drill: bool,
    /// 实报：同一事件此前有过演练 (for real, on an event on which there has been a drill)
    #[arg(long)]
    real: bool,
    /// 累计值减少或数值骤增骤减的原因 (why a cumulative figure fell, or a figure rose or fell sharply)
    #[arg(long, visible_alias = "because")]
    explanation: Option<String>,
    /// 灾情简述 (the disaster in words)
    #[arg(long)]
    narrative: Option<String>,
    /// 救灾工作情况 (the relief work in words)
    #[arg(long)]
    relief: Option<String>,
    /// 只校验，不签名不保存 (checks only, signs nothing)
    #[arg(long)]
    pub dry_run: bool,
}

impl Submit {
    /// The file that it begins with.
    pub fn file(&self) -> Option<&Path> {
        self.file.as_deref()
    }

    /// What is left of the draft that was typed, after the station has answered: none where the report was kept, and a whole
    /// one where it was refused. A dry run keeps nothing and forgets nothing.
    ///
    /// # Errors
    /// The station's failure, with the draft named.
    pub fn settle<T>(
        &self,
        station: &Path,
        typed: &Typed,
        command: &str,
        answered: Result<T, Failure>,
    ) -> Result<T, Failure> {
        let drafts = Drafts::of(station);
        match (answered, self.dry_run) {
            (answered, true) => answered,
            (Ok(answer), false) => {
                self.file.iter().for_each(|file| drafts.drop(file));
                Ok(answer)
            }
            (Err(failure), false) => Err(drafts.keep(typed, self.file(), command, failure)),
        }
    }

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
        for (option, given, to) in
            [("village", &self.villages, &mut typed.village), ("depot", &self.depots, &mut typed.depot)]
        {
            for text in given {
                to.push(TypedSite::read(option, text)?);
            }
        }
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
