//! The commands of whoever looks after the machine: the same for node and hub.

mod config;
mod pages;

use std::path::PathBuf;

use clap::Subcommand;
use clap_complete::Shell;

use crate::commands::{CommonAsk, Global};
use crate::config::Overrides;
use crate::control::Ask;
use crate::failure::Failure;
use crate::{doctor, rotate};

/// What only the station's own program can say.
pub struct Program {
    /// Its command line.
    pub command: clap::Command,
    /// sled's cache, where a command has to open the store itself.
    pub cache_bytes: u64,
}

/// Commands of operations.
#[derive(Subcommand, Clone, Debug)]
pub enum Operation {
    /// 检查或列出配置 (configuration: check it, or show what is in force)
    #[command(subcommand)]
    Config(ConfigCommand),
    /// 体检：时钟、磁盘、密钥、到上级的 UDP 线路、版本，逐项说明怎么办 (examines this station and says what to do)
    Doctor(Overrides),
    /// 更换本站密钥：旧密钥为新密钥作保，上级回执后自动换上，历史照旧 (gives this station a new key, for which the old one vouches)
    RotateKey {
        /// 本站在运行时，最多等几秒看到换好 (with the station running: seconds to wait until it has gone over)
        #[arg(long, default_value_t = rotate::WAIT_SECONDS, value_name = "SECONDS")]
        wait: u64,
    },
    /// 命令补全脚本 (completion script for a shell, on standard output)
    Completions {
        /// 哪种命令行环境 (which shell)
        shell: Shell,
    },
    /// 手册页 (manual pages)
    Man {
        /// 写到这个目录，每个命令一页；不给则把总页写到标准输出 (write one page a command into this directory)
        #[arg(long, value_name = "DIR")]
        out: Option<PathBuf>,
    },
}

/// Commands on the configuration.
#[derive(Subcommand, Clone, Debug)]
pub enum ConfigCommand {
    /// 严格检查配置文件，指出行、列和错处 (reads a file strictly, and says where it is wrong)
    Check {
        /// 配置文件；缺省为本站的 fengsui.toml (the file; default: this station's)
        file: Option<PathBuf>,
    },
    /// 列出生效的每一项及其来源 (every value in force, and where it came from)
    Show(Overrides),
}

/// Does it and prints the result.
///
/// # Errors
/// Why not; for `doctor`, when a check has failed.
pub fn operate<A: Ask>(
    global: &Global,
    program: Program,
    operation: &Operation,
    ask: impl Fn(CommonAsk) -> A,
) -> Result<(), Failure> {
    match operation {
        Operation::Config(ConfigCommand::Check { file }) => config::check(global, file.as_deref()),
        Operation::Config(ConfigCommand::Show(flags)) => config::show(global, flags),
        Operation::Doctor(flags) => {
            doctor::examine(global, &global.home().with(flags.clone()), program.cache_bytes, ask)
        }
        Operation::RotateKey { wait } => rotate::rotate(global, program.cache_bytes, *wait, ask),
        Operation::Completions { shell } => pages::completions(program.command, *shell),
        Operation::Man { out } => pages::manual(program.command, out.as_deref()),
    }
}

/// Commands and options of `command` whose help has no Chinese, for the tests of both programs.
pub fn unexplained(command: &clap::Command) -> Vec<String> {
    let is_chinese = |help: Option<&clap::builder::StyledStr>| {
        help.is_some_and(|help| help.to_string().chars().any(is_han))
    };
    let name = command.get_name();
    let mut found = Vec::new();
    if !is_chinese(command.get_about()) {
        found.push(name.to_owned());
    }
    let arguments = command.get_arguments().filter(|argument| !is_chinese(argument.get_help()));
    found.extend(arguments.map(|argument| format!("{name} {}", argument.get_id())));
    for below in command.get_subcommands() {
        found.extend(unexplained(below).into_iter().map(|below| format!("{name} {below}")));
    }
    found
}

fn is_han(letter: char) -> bool {
    ('\u{4e00}'..='\u{9fff}').contains(&letter)
}
