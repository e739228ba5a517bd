//! What people are told, Chinese first.

use fengsui_wire::{JoinCodeError, Refusal};

/// A refusal in both languages.
pub(super) fn refusal(refusal: Refusal) -> (&'static str, &'static str) {
    match refusal {
        Refusal::Unknown => {
            ("上级没有发过这个入网码，请核对或向上级要新码", "this hub has not given such a code")
        }
        Refusal::Used => (
            "这个入网码已被另一台机器用过（一码一机），请向上级要新码",
            "another machine has used this code; ask for a new one",
        ),
        Refusal::Expired => ("这个入网码已过期，请向上级要新码", "the code has expired; ask for a new one"),
        Refusal::Cancelled => {
            ("这个入网码已被上级作废，请向上级要新码", "the code was taken back; ask for a new one")
        }
        Refusal::Busy => (
            "入网请求过于频繁，请一分钟后重新执行同一命令",
            "too many attempts; repeat this command in a minute",
        ),
        Refusal::Division => {
            ("入网码与本站的单位不符", "the code is for another division than this station's")
        }
        Refusal::Foreign => ("入网码属于另一个网络", "the code belongs to another network"),
        Refusal::Revoked => (
            "本站密钥已被撤销，不能再用；请换一个新目录（--data）入网，历史由上级发还",
            "the key of this station was revoked; enrol in a new directory, the hub gives the history back",
        ),
        Refusal::NotReady => (
            "上级汇总站自己尚未授权或未收到区划表，请稍后重新执行同一命令",
            "the hub is not ready to appoint anybody yet; repeat this command later",
        ),
        Refusal::Version => {
            ("上级与本站的软件版本不同，请先升级", "the hub speaks another version; update the software")
        }
        Refusal::Taken => (
            "该单位已有另一台机器入网，本机未入网；若要换机，请向上级要换机用的入网码（invite --replaces）",
            "another machine has joined for this division; to replace it, ask for a code that does (invite --replaces)",
        ),
        Refusal::Other(_) => ("上级拒绝入网", "the hub refuses"),
    }
}

/// Why a code does not read.
pub(super) fn code(error: &JoinCodeError) -> String {
    let zh = match error {
        JoinCodeError::Empty => "没有给出入网码".into(),
        JoinCodeError::Character { group, character } => {
            format!("入网码第 {group} 组里的“{character}”不是入网码用的字符，请核对")
        }
        JoinCodeError::Group(group) => format!("入网码第 {group} 组有误或缺漏，请核对后重输"),
        JoinCodeError::Length(_) => "入网码不完整或多出了内容，请整段复制".into(),
        JoinCodeError::Check => "入网码前后不是同一个码，请整段复制".into(),
        JoinCodeError::Version(_) => "入网码是另一个版本的软件生成的，请先升级".into(),
        JoinCodeError::Field(_) => "入网码内容无法识读，请向上级要新码".into(),
    };
    format!("{zh} (failed to {error})")
}
