//! What a question at a hub is about: one event or one period, by one form.

use clap::Args;
use fengsui_daemon::failure::{Code, Failure};
use fengsui_daemon::index;
use fengsui_daemon::standards::day;
use fengsui_daemon::station::Station;
use fengsui_daemon::topic::{self, Topic};
use fengsui_model::Catalogue;
use fengsui_protocol::Now;
use serde::{Deserialize, Serialize};

/// As it was typed; what is left out is the latest.
#[derive(Args, Clone, Debug, Default, Serialize, Deserialize)]
pub struct About {
    /// 灾害事件；缺省为最近一次 (the event; default: the latest)
    #[arg(long)]
    pub event: Option<String>,
    /// 报表，见 forms；缺省为灾情快报 (form, as `forms` lists them; default: the quick report on a disaster)
    #[arg(long, value_name = "CODE")]
    pub form: Option<String>,
    /// 月 2026-10、年度 2026 或冬春年度 2026-2027；缺省为最近有报表的 (the period; default: the latest with a report)
    #[arg(long, value_name = "PERIOD", conflicts_with = "event")]
    pub period: Option<String>,
}

impl About {
    /// What is meant: as asked, or the latest event or period of the form.
    pub(crate) fn topic(&self, station: &Station, now: Now) -> Result<Topic, Failure> {
        let asked = self.form.as_deref();
        let has = |of: &Catalogue| asked.is_none_or(|code| of.form_of_code(code).is_some());
        let catalogue = station.registry().catalogues().having(day(now.wall_ms), has);
        let form = topic::form(catalogue, asked)?;
        if let Some(subject) = topic::subject(&form, self.event.as_deref(), self.period.as_deref())? {
            return Ok(Topic::new(catalogue, &form, subject));
        }
        let subject = index::subjects(station.store(), form.id)?.last().copied();
        subject.map(|subject| Topic::new(catalogue, &form, subject)).ok_or_else(|| {
            let message = format!("{}还没有任何报告 (there are no reports yet)", form.zh);
            Failure::new(Code::Refused, message)
        })
    }
}
