//! The commands that node and hub share.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Subcommand};
use fengsui_protocol::Now;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::control::{self, Ask};
use crate::failure::{Code, Failure};
use crate::home::Home;
use crate::links::Links;
use crate::station::Station;
use crate::submit::{self, Reports, Submit, Submitted, Typed};
use crate::{print, topic, verify, views};

/// Options of every command.
#[derive(Args, Clone, Debug)]
pub struct Global {
    /// Directory of the station (站点目录)
    #[arg(long, global = true, env = "FENGSUI_DATA", default_value = "fengsui-data", value_name = "DIR")]
    pub data: PathBuf,
    /// Print JSON instead of text
    #[arg(long, global = true)]
    pub json: bool,
}

impl Global {
    /// The station's directory.
    pub fn home(&self) -> Home {
        Home::new(&self.data)
    }
}

/// Commands that are the same at every level.
#[derive(Subcommand, Clone, Debug)]
pub enum Common {
    /// Sign and keep a report; it goes up as soon as the line is there (报送)
    Submit(Box<Submit>),
    /// This station's own reports and how far each has come (清单)
    List {
        /// At most so many, latest first
        #[arg(long, default_value_t = 50)]
        limit: usize,
    },
    /// The forms, or one with who fills in which figure (报表)
    Forms {
        /// As the list names it, like urban_dibao
        code: Option<String>,
    },
    /// How this station stands: its log, its connections, what is behind (本站状态)
    Status,
    /// One signed entry: values, signer, and how far it has come (查看一条)
    Show {
        /// As `list` and `total` print it, like 1f3a9c2e5b7d8f60/urgent/3
        entry: String,
    },
    /// Check every signature, hash and chain (核验)
    Verify {
        /// A bundle, instead of this station's own store: proves its totals without trusting who made it
        #[arg(long, value_name = "FILE")]
        bundle: Option<PathBuf>,
        /// With --bundle: the network's root key that the bundle must belong to; default: this station's
        #[arg(long, value_name = "KEY", requires = "bundle")]
        root: Option<fengsui_wire::PublicKey>,
    },
    /// Write everything this station holds to a file (导出)
    Export {
        /// The new file
        file: PathBuf,
    },
    /// Read such a file (导入)
    Import {
        /// The file
        file: PathBuf,
    },
}

/// What a common command asks of the station.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CommonAsk {
    /// Sign and keep a report.
    Submit {
        /// As typed.
        typed: Box<Typed>,
        /// Check only.
        dry_run: bool,
    },
    /// The latest own reports.
    List(usize),
    /// Status.
    Status,
    /// One entry.
    Show(String),
    /// The scrub.
    Verify,
    /// Export to an absolute path.
    Export(PathBuf),
    /// Import from an absolute path.
    Import(PathBuf),
}

impl CommonAsk {
    /// Does it.
    ///
    /// # Errors
    /// Why not.
    pub fn answer(self, station: &mut Station, links: &Links, now: Now) -> Result<Value, Failure> {
        match self {
            Self::Submit { typed, dry_run } => json(&submit::submit(station, &typed, dry_run, now)?),
            Self::List(limit) => json(&submit::list(station, limit)?),
            Self::Status => json(&views::status(station, links)?),
            Self::Show(text) => {
                let wrong = |error: &dyn std::error::Error| Failure::caused(Code::Usage, error);
                let reference: views::Reference = text.parse().map_err(|error| wrong(&error))?;
                let position = reference.find(station).map_err(|error| wrong(&error))?;
                match views::entry(station, position)? {
                    Some(entry) => json(&entry),
                    None => Err(wrong(&views::ReferenceError::NoEntry(text))),
                }
            }
            Self::Verify => json(&verify::scrub(station)?),
            Self::Export(path) => json(&station.export(&path)?),
            Self::Import(path) => json(&station.import_bundle(&path, now)?),
        }
    }
}

/// A view as JSON.
///
/// # Errors
/// When it does not serialise, which would be a fault of this program.
pub fn json<T: Serialize>(view: &T) -> Result<Value, Failure> {
    serde_json::to_value(view).map_err(|error| Failure::caused(Code::Failed, &error))
}

/// A view back from JSON.
///
/// # Errors
/// When the running daemon is of another version and answers something else.
pub fn view<T: serde::de::DeserializeOwned>(value: Value) -> Result<T, Failure> {
    serde_json::from_value(value).map_err(|error| {
        Failure::new(
            Code::Failed,
            format!("failed to read the station's answer (another version runs?): {error}"),
        )
    })
}

/// Runs a common command and prints its result.
///
/// # Errors
/// Why not.
pub fn common<A: Ask>(
    global: &Global,
    cache_bytes: u64,
    command: &Common,
    ask: impl Fn(CommonAsk) -> A,
) -> Result<(), Failure> {
    let home = global.home();
    let asked = |common| control::ask(&home, cache_bytes, ask(common));
    let absolute =
        |path: &PathBuf| std::path::absolute(path).map_err(|error| Failure::caused(Code::Usage, &error));
    match command {
        Common::Submit(submit) => {
            let typed = Box::new(submit.typed()?);
            let value = asked(CommonAsk::Submit { typed, dry_run: submit.dry_run })?;
            show(global, &value, |submitted: Submitted| submit::print::submitted(&submitted))
        }
        Common::List { limit } => {
            let value = asked(CommonAsk::List(*limit))?;
            show(global, &value, |reports: Reports| submit::print::reports(&reports))
        }
        Common::Forms { code } => {
            show(global, &json(&forms(code.as_deref())?)?, |forms: Vec<views::FormView>| print::forms(&forms))
        }
        Common::Status => {
            let status = asked(CommonAsk::Status)?;
            show(global, &status, |status: views::StationStatus| print::status(&status))
        }
        Common::Show { entry } => {
            let entry = asked(CommonAsk::Show(entry.clone()))?;
            show(global, &entry, |entry: views::EntryView| print::entry(&entry))
        }
        Common::Verify { bundle: Some(path), root } => {
            let root = root.map_or_else(|| home.config().map(|config| config.root), Ok)?;
            let proof = verify::bundle(path, root)?;
            show(global, &json(&proof)?, |proof: verify::Proof| print::proof(&proof))?;
            proof.verdict()
        }
        Common::Verify { bundle: None, .. } => {
            let value = asked(CommonAsk::Verify)?;
            let scrubbed: verify::Scrubbed = view(value.clone())?;
            show(global, &value, |scrubbed: verify::Scrubbed| print::scrubbed(&scrubbed))?;
            scrubbed.verdict()
        }
        Common::Export { file } => {
            let exported = asked(CommonAsk::Export(absolute(file)?))?;
            show(global, &exported, |exported: crate::bundle::Exported| print::exported(&exported))
        }
        Common::Import { file } => {
            let value = asked(CommonAsk::Import(absolute(file)?))?;
            let imported: crate::bundle::Imported = view(value.clone())?;
            show(global, &value, |imported: crate::bundle::Imported| print::imported(&imported))?;
            imported.verdict()
        }
    }
}

/// Every form, or the one that is named. What is compiled in needs no station.
fn forms(code: Option<&str>) -> Result<Vec<views::FormView>, Failure> {
    match code {
        None => Ok(fengsui_model::Form::all().iter().map(views::FormView::from).collect()),
        Some(_) => Ok(vec![topic::form(code)?.into()]),
    }
}

/// Prints a view, as JSON where that was asked for.
///
/// # Errors
/// When the station answered something else.
pub fn show<T: serde::de::DeserializeOwned>(
    global: &Global,
    value: &Value,
    text: impl FnOnce(T) -> String,
) -> Result<(), Failure> {
    if global.json {
        print::line(&value.to_string());
    } else {
        print::line(text(view(value.clone())?).trim_end());
    }
    Ok(())
}

/// The end of a program: what went wrong on standard error, and the exit code.
pub fn exit(result: Result<(), Failure>) -> ExitCode {
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("{}", print::tame(&failure.to_string()));
            ExitCode::from(failure.code as u8)
        }
    }
}
