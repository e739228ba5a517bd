//! 代报 at a hub: a report for a division that is cut off.

use clap::Args;
use fengsui_daemon::commands::{Global, show};
use fengsui_daemon::control;
use fengsui_daemon::failure::Failure;
use fengsui_daemon::home::HUB_CACHE_BYTES;
use fengsui_daemon::submit::{Submit, Submitted, Told, print};
use fengsui_model::DivisionCode;

use crate::hub::HubAsk;

/// The options of `file-for`: those of `submit`, and where the report comes from.
#[derive(Args, Clone, Debug)]
pub(crate) struct FileFor {
    /// 断联单位的区划代码 (the division that is cut off)
    division: DivisionCode,
    /// 何人告知：岗位，不写姓名，如 乡镇值班室 (who told: a post, never a name)
    #[arg(long, value_name = "POST")]
    told_by: String,
    /// 何时告知，如 2026-07-20T05:10 (when)
    #[arg(long, value_name = "TIME")]
    told_at: String,
    #[command(flatten)]
    submit: Submit,
}

/// Runs the command and prints what the station answers.
///
/// # Errors
/// Why not.
pub(crate) fn run(global: &Global, command: &FileFor) -> Result<(), Failure> {
    let home = global.home();
    let typed = Box::new(command.submit.typed()?);
    let ask = HubAsk::FileFor {
        division: command.division,
        typed: typed.clone(),
        told: Told { by: command.told_by.clone(), at: command.told_at.clone() },
        dry_run: command.submit.dry_run,
    };
    let running = control::is_running(&home);
    let value = control::ask(&home, HUB_CACHE_BYTES, ask);
    let again = format!("file-for {} --told-by … --told-at …", command.division);
    let value = command.submit.settle(home.dir(), &typed, &again, value)?;
    show(global, &value, |submitted: Submitted| {
        format!("为 {} 代报\n{}", command.division, print::submitted(&submitted, running))
    })
}
