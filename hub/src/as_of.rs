//! The moment as of which a question is asked, and of which reports.

use clap::Args;
use fengsui_daemon::failure::Failure;
use fengsui_daemon::submit::moment;
use fengsui_protocol::Now;

/// As it was typed.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct AsOf {
    /// 截至某时刻本站已收到的，如 2026-07-20T22:00；缺省为现在 (as of a moment: only what this hub had received by then)
    #[arg(long, value_name = "TIME")]
    as_of: Option<String>,
}

/// Which reports a total is made from.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct View {
    /// 只计已审核通过的报告；缺省计入已收到的全部 (only what was reviewed; default: all that was received)
    #[arg(long)]
    pub(crate) reviewed: bool,
    #[command(flatten)]
    pub(crate) as_of: AsOf,
}

/// The time by which forms are chosen: that of the moment, where one is asked for.
pub(crate) fn at(as_of_ms: Option<i64>, now: Now) -> Now {
    Now { wall_ms: as_of_ms.unwrap_or(now.wall_ms), ..now }
}

impl AsOf {
    /// In milliseconds since 1970 UTC; `None`: now.
    ///
    /// # Errors
    /// That it does not read.
    pub(crate) fn ms(&self) -> Result<Option<i64>, Failure> {
        self.as_of.as_deref().map(|text| moment("--as-of", text)).transpose()
    }
}
