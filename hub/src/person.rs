//! Persons at a hub: reviewers and heads of unit, each with a key of their own and an office and number for a name.

use std::path::PathBuf;

use clap::Subcommand;
use fengsui_daemon::commands::{Global, json, show};
use fengsui_daemon::failure::{Code, Failure};
use fengsui_daemon::person;
use fengsui_daemon::station::Station;
use fengsui_model::DivisionCode;
use fengsui_wire::{Post, PublicKey, Role};
use serde::{Deserialize, Serialize};

/// Commands under `person`.
#[derive(Subcommand)]
pub(crate) enum PersonCommand {
    /// 生成个人密钥文件，由本人保管，不放在站点目录，不写姓名 (makes a key file for a reviewer or head: kept by its owner, without a name)
    New {
        /// 新文件 (the new file)
        file: PathBuf,
    },
}

/// A key that was made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Made {
    /// Its public half.
    key: String,
    /// Where the secret half is.
    file: PathBuf,
}

/// Runs a command and prints its result. No station is needed.
///
/// # Errors
/// Why not.
pub(crate) fn run(global: &Global, command: &PersonCommand) -> Result<(), Failure> {
    let PersonCommand::New { file } = command;
    let made = Made { key: person::make(file)?.to_string(), file: file.clone() };
    show(global, &json(&made)?, |made: Made| {
        format!(
            "已生成个人密钥 {}\n公钥 {}\n下一步：fengsui-hub appoint {} 区划代码 --as reviewer --office 民政（单位负责人用 --as head）",
            made.file.display(),
            made.key,
            made.key
        )
    })
}

/// The post of a person who is to be appointed: the office, and a number within the division that nobody has yet. Whoever
/// is appointed again keeps the number.
///
/// # Errors
/// When a station is given an office, or a person none.
pub(crate) fn post(
    station: &Station,
    key: &PublicKey,
    division: DivisionCode,
    role: Role,
    office: Option<&str>,
) -> Result<Option<Post>, Failure> {
    let usage = |message: String| Err(Failure::new(Code::Usage, message));
    let office = match (role, office) {
        (Role::Node | Role::Hub, None) => return Ok(None),
        (Role::Node | Role::Hub, Some(office)) => {
            return usage(format!(
                "--office {office}: 只用于审核人和负责人 (only reviewers and heads have an office)"
            ));
        }
        (_, None) => return usage("请用 --office 指明科室，如 民政 (name the office)".into()),
        (_, Some(office)) => office.trim().to_owned(),
    };
    let posts = [Role::Reviewer, Role::Head].map(|role| station.registry().persons(division, role));
    let taken: Vec<(PublicKey, u32)> = posts
        .into_iter()
        .flatten()
        .filter_map(|person| Some((person.key, person.post.as_ref()?.number)))
        .collect();
    let own = taken.iter().find(|(of, _)| of == key).map(|(_, number)| *number);
    let next = taken.iter().map(|(_, number)| *number).max().unwrap_or(0).saturating_add(1);
    let post = Post { office, number: own.unwrap_or(next) };
    match post.is_sound() {
        true => Ok(Some(post)),
        false => {
            usage(format!("--office {}: 科室名称为空或太长 (the office is empty or too long)", post.office))
        }
    }
}
