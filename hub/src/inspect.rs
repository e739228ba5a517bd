//! Inspections (核查) and consultations (会商核定) at a hub: recorded and listed.

use clap::Subcommand;
use fengsui_daemon::commands::{Global, json, show};
use fengsui_daemon::control;
use fengsui_daemon::failure::{Code, Failure};
use fengsui_daemon::home::HUB_CACHE_BYTES;
use fengsui_daemon::print::records as text;
use fengsui_daemon::station::{Agreed, Counted, RecordError, Station};
use fengsui_daemon::views::{self, ConsultationView, InspectionView, Reference, Sight};
use fengsui_model::{Date, DivisionCode, Figure, Form, Indicator};
use fengsui_protocol::Now;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::about::About;
use crate::as_of::AsOf;
use crate::hub::HubAsk;

/// Commands under `inspect`.
#[derive(Subcommand)]
pub(crate) enum InspectCommand {
    /// 登记核查：抽查地点、核实数，与上报数对照 (records what was counted on the ground, beside what was reported)
    Record {
        #[command(flatten)]
        about: About,
        /// 核查日期 (day of the inspection)
        #[arg(long)]
        date: Date,
        /// 核实数，可重复，如 220221100/永丰村:QL010=68 或 220221100:QL010=120 (what was found at one place)
        #[arg(long = "found", value_name = "DIVISION[/VILLAGE]:CODE=VALUE", required = true)]
        found: Vec<String>,
        /// 核查意见；不写姓名 (the finding in words; never a name)
        #[arg(long)]
        finding: Option<String>,
    },
    /// 核查记录 (the inspections that were recorded)
    List {
        /// 区划代码；缺省为本站 (division code; default: this hub's)
        division: Option<DivisionCode>,
        #[command(flatten)]
        about: About,
    },
}

/// Commands under `consult`.
#[derive(Subcommand)]
pub(crate) enum ConsultCommand {
    /// 登记会商核定：本级现有合计、对方部门数、核定数 (records what was agreed with another office beside the own total)
    Record {
        #[command(flatten)]
        about: About,
        /// 指标代码，如 QL050 (code of the indicator)
        #[arg(long, value_name = "CODE")]
        indicator: String,
        /// 对方部门，如 农业农村 (the other office)
        #[arg(long)]
        office: String,
        /// 对方部门数 (its figure)
        #[arg(long)]
        theirs: String,
        /// 核定数 (the figure that both agree on)
        #[arg(long)]
        agreed: String,
        /// 相差原因，三个数不一致时必填 (why they differ)
        #[arg(long)]
        reason: Option<String>,
        #[command(flatten)]
        as_of: AsOf,
    },
    /// 会商核定记录 (the consultations that were recorded)
    List {
        /// 区划代码；缺省为本站 (division code; default: this hub's)
        division: Option<DivisionCode>,
        #[command(flatten)]
        about: About,
    },
}

/// What these commands ask of the station.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum InspectAsk {
    /// Record an inspection.
    Found {
        /// On what.
        about: About,
        /// When.
        date: Date,
        /// Places and figures as typed.
        found: Vec<String>,
        /// In words.
        finding: Option<String>,
    },
    /// Inspections.
    List(Option<DivisionCode>, About),
    /// Record a consultation.
    Agreed {
        /// On what.
        about: About,
        /// Code of the indicator.
        indicator: String,
        /// The other office.
        office: String,
        /// Its figure, as typed.
        theirs: String,
        /// The agreed one, as typed.
        agreed: String,
        /// Why they differ.
        reason: Option<String>,
        /// When the own total stood so, milliseconds since 1970 UTC; absent: now.
        as_of_ms: Option<i64>,
    },
    /// Consultations.
    Agreements(Option<DivisionCode>, About),
}

fn ask(global: &Global, ask: InspectAsk) -> Result<Value, Failure> {
    control::ask(&global.home(), HUB_CACHE_BYTES, HubAsk::Inspect(ask))
}

/// Runs a command under `inspect`.
///
/// # Errors
/// Why not.
pub(crate) fn inspect(global: &Global, command: &InspectCommand) -> Result<(), Failure> {
    let nothing =
        || "还没有核查记录；另查其他的，用 --event 或 --form、--period 指明 (none is recorded)".to_owned();
    let value = match command {
        InspectCommand::Record { about, date, found, finding } => {
            let (about, found, finding) = (about.clone(), found.clone(), finding.clone());
            ask(global, InspectAsk::Found { about, date: *date, found, finding })?
        }
        InspectCommand::List { division, about } => ask(global, InspectAsk::List(*division, about.clone()))?,
    };
    show(
        global,
        &value,
        |all: Vec<InspectionView>| {
            if all.is_empty() { nothing() } else { text::inspections(&all) }
        },
    )
}

/// Runs a command under `consult`.
///
/// # Errors
/// Why not.
pub(crate) fn consult(global: &Global, command: &ConsultCommand) -> Result<(), Failure> {
    let nothing = || {
        "还没有会商核定记录；另查其他的，用 --event 或 --form、--period 指明 (none is recorded)".to_owned()
    };
    let value = match command {
        ConsultCommand::Record { about, indicator, office, theirs, agreed, reason, as_of } => {
            let as_of_ms = as_of.ms()?;
            let (about, indicator, office) = (about.clone(), indicator.clone(), office.clone());
            let (theirs, agreed, reason) = (theirs.clone(), agreed.clone(), reason.clone());
            ask(global, InspectAsk::Agreed { about, indicator, office, theirs, agreed, reason, as_of_ms })?
        }
        ConsultCommand::List { division, about } => {
            ask(global, InspectAsk::Agreements(*division, about.clone()))?
        }
    };
    show(
        global,
        &value,
        |all: Vec<ConsultationView>| {
            if all.is_empty() { nothing() } else { text::consultations(&all) }
        },
    )
}

impl InspectAsk {
    /// Does it; a record that was signed is answered as a list of one.
    pub(crate) fn answer(self, station: &mut Station, now: Now) -> Result<Value, Failure> {
        let own = station.identity().division;
        match self {
            Self::List(division, about) => {
                let topic = about.topic(station, now)?;
                json(&views::inspections(&Sight::from(&*station), division.unwrap_or(own), &topic)?)
            }
            Self::Agreements(division, about) => {
                let topic = about.topic(station, now)?;
                json(&views::consultations(&Sight::from(&*station), division.unwrap_or(own), &topic)?)
            }
            Self::Found { about, date, found, finding } => {
                let topic = about.topic(station, now)?;
                let counted =
                    found.iter().map(|text| counted(&topic.form, text)).collect::<Result<Vec<_>, _>>()?;
                let finding = line(finding);
                let entry =
                    station.record_inspection(&topic, date, &counted, finding, now).map_err(failure)?;
                // The index knows it once it is durable.
                station.settle(now)?;
                let reference = Reference::of(&entry.header().position());
                let mut all = views::inspections(&Sight::from(&*station), own, &topic)?;
                all.retain(|view| view.entry == reference);
                json(&all)
            }
            Self::Agreed { about, indicator, office, theirs, agreed, reason, as_of_ms } => {
                let topic = about.topic(station, now)?;
                let of = indicator_of(&topic.form, &indicator)?;
                let (theirs, agreed) = (number("--theirs", of, &theirs)?, number("--agreed", of, &agreed)?);
                let total = Sight::new(station, as_of_ms, now)?.total(own, &topic)?;
                let said = Agreed { indicator: of.id, office, theirs, agreed, reason: line(reason) };
                let entry = station
                    .record_consultation(&topic, said, (as_of_ms.unwrap_or(now.wall_ms), &total), now)
                    .map_err(failure)?;
                station.settle(now)?;
                let reference = Reference::of(&entry.header().position());
                let mut all = views::consultations(&Sight::from(&*station), own, &topic)?;
                all.retain(|view| view.entry == reference);
                json(&all)
            }
        }
    }
}

/// What was typed, without blanks around it; nothing where there is nothing else.
fn line(text: Option<String>) -> Option<String> {
    text.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty())
}

fn usage(message: String) -> Failure {
    Failure::new(Code::Usage, message)
}

fn indicator_of<'f>(form: &'f Form, code: &str) -> Result<&'f Indicator, Failure> {
    form.by_code(code).or_else(|| form.by_zh(code)).ok_or_else(|| {
        usage(format!("{code}: {}没有这个指标 (not an indicator of form {})", form.zh, form.code))
    })
}

/// `220221100/永丰村:QL010=68`.
fn counted(form: &Form, text: &str) -> Result<Counted, Failure> {
    let wrong = || {
        usage(format!(
            "--found {text}: 应写成 220221100/永丰村:QL010=68 (write it as DIVISION/VILLAGE:CODE=VALUE)"
        ))
    };
    let (place, figure) = text.split_once([':', '：']).ok_or_else(wrong)?;
    let (code, value) = figure.split_once('=').ok_or_else(wrong)?;
    let (division, village) =
        place.split_once('/').map_or((place, None), |(division, village)| (division, Some(village)));
    let division: DivisionCode = division.trim().parse().map_err(|_| wrong())?;
    let indicator = indicator_of(form, code.trim())?;
    let found = indicator
        .parse(value)
        .map_err(|error| usage(format!("--found {text}: 数值不对 (failed to {error})")))?;
    let village = village.map(|village| village.trim().to_owned());
    Ok(Counted { division, village, indicator: indicator.id, found })
}

fn number(option: &str, indicator: &Indicator, text: &str) -> Result<i64, Failure> {
    match indicator.parse(text) {
        Ok(Figure::Number(value)) => Ok(value),
        Ok(_) => Err(usage(format!("{option} {text}: 应填数值 (write a number)"))),
        Err(error) => Err(usage(format!("{option} {text}: 数值不对 (failed to {error})"))),
    }
}

/// Why a record was not signed, for the office that wanted to.
pub(crate) fn failure(error: RecordError) -> Failure {
    use fengsui_model::consultation::ConsultationError as C;
    use fengsui_model::inspection::InspectionError as I;
    let zh = match &error {
        RecordError::Station(_) => String::new(),
        RecordError::NotAHub => "本站尚未获得汇总站授权，或尚无区划表".into(),
        RecordError::Outside { division, .. } => format!("{division} 不在本级辖区内"),
        RecordError::NoTotal => "本级没有这项合计".into(),
        RecordError::TooLong(_) => "所列单位太多，一条记录放不下".into(),
        RecordError::Future(date) => format!("核查日期 {date} 还没有到"),
        RecordError::Targets(_) => "目标不合规则".into(),
        RecordError::Inspection(I::Sample(division, _)) => format!("{division} 的核实数未填"),
        RecordError::Inspection(I::Order) => "同一地点同一指标登记了两次".into(),
        RecordError::Inspection(_) => "核查记录不合规则".into(),
        RecordError::Consultation(C::NoReason) => {
            "本级数、对方数、核定数不一致，请用 --reason 写明原因".into()
        }
        RecordError::Consultation(_) => "会商核定记录不合规则".into(),
    };
    match error {
        RecordError::Station(error) => error.into(),
        RecordError::NotAHub => Failure::new(Code::Unavailable, format!("{zh} (failed to {error})")),
        error => Failure::new(Code::Refused, format!("未登记：{zh} (failed to {error})")),
    }
}
