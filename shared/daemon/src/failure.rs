//! Failures as a person or a script sees them: a sentence and an exit code.

use serde::{Deserialize, Serialize};

/// Exit codes of every program of the project. README.md lists them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[repr(u8)]
pub enum Code {
    /// Something went wrong that is no fault of the command.
    Failed = 1,
    /// The command or its input does not read.
    Usage = 2,
    /// The input reads, and breaks a rule.
    Refused = 3,
    /// The station's directory is missing, is not set up, or is in use.
    Unavailable = 4,
    /// What is stored or given is damaged or contradicts its signatures.
    Damage = 5,
    /// The disk failed; the process stopped rather than say what it cannot keep.
    Storage = 6,
}

impl Code {
    /// Every code.
    pub const ALL: [Self; 6] =
        [Self::Failed, Self::Usage, Self::Refused, Self::Unavailable, Self::Damage, Self::Storage];

    /// What it means, in Chinese and English.
    pub fn meaning(self) -> (&'static str, &'static str) {
        match self {
            Self::Failed => {
                ("出错，与命令无关；doctor 查出异常", "something went wrong, or doctor found a fault")
            }
            Self::Usage => ("命令或输入不能识读", "the command or its input does not read"),
            Self::Refused => ("能识读但不合规则，未保存", "it reads and breaks a rule; nothing was saved"),
            Self::Unavailable => {
                ("站点目录不存在、未建站或被占用", "the directory is missing, not set up, or in use")
            }
            Self::Damage => {
                ("数据损坏或与签名不符", "what is stored or given is damaged or contradicts its signatures")
            }
            Self::Storage => ("磁盘故障，进程已停", "the disk failed and the process stopped"),
        }
    }
}

/// What stands under every program's help and in its manual: exit codes, files, and the order of sources.
pub fn appendix() -> String {
    let mut text = String::from("退出码 (exit codes):\n  0  完成 (done)\n");
    for code in Code::ALL {
        let (zh, en) = code.meaning();
        text.push_str(&format!("  {}  {zh} ({en})\n", code as u8));
    }
    text.push_str(
        "\n配置来源，前者优先 (sources, the first stands above the next):\n  命令行、环境变量 FENGSUI_*、站点目录下的 \
         fengsui.toml、缺省值 (command line, environment, file, default)；用 config show 查看\n",
    );
    text
}

/// A failure.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{message}")]
pub struct Failure {
    /// Which exit code.
    pub code: Code,
    /// What and where, in English; for a clerk's mistake in Chinese first.
    pub message: String,
}

impl Failure {
    /// A failure with this code.
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Self { code, message: message.into() }
    }

    /// "failed to …", from an error with its causes.
    pub fn caused(code: Code, error: &dyn std::error::Error) -> Self {
        Self::new(code, format!("failed to {}", crate::uplink::chain(error)))
    }
}

impl From<fengsui_store::StoreError> for Failure {
    fn from(error: fengsui_store::StoreError) -> Self {
        let code = match error {
            fengsui_store::StoreError::InUse { .. } => Code::Unavailable,
            _ => Code::Storage,
        };
        Self::caused(code, &error)
    }
}

impl From<crate::station::StationError> for Failure {
    fn from(error: crate::station::StationError) -> Self {
        match error {
            crate::station::StationError::Store(error) => error.into(),
            error => Self::caused(Code::Damage, &error),
        }
    }
}

impl From<crate::worker::Stopped> for Failure {
    fn from(error: crate::worker::Stopped) -> Self {
        Self::caused(Code::Storage, &error)
    }
}
