//! What the station says of itself: configuration, key, process, appointment, clock, version.

use fengsui_wire::limits::CLOCK_AHEAD_MS_MAX;

use super::{Check, Outcome, Patient};
use crate::clock::{Clock, is_plausible, shown};
use crate::failure::Failure;
use crate::station::SOFTWARE;

const CONFIG: (&str, &str) = ("config", "配置");
const KEY: (&str, &str) = ("key", "密钥");
const PROCESS: (&str, &str) = ("process", "进程");
const APPOINTMENT: (&str, &str) = ("appointment", "授权");
const RECORD: (&str, &str) = ("record", "记录");
const CLOCK: (&str, &str) = ("clock", "时钟");
const SOFTWARE_NAME: (&str, &str) = ("software", "版本");

/// A difference from the hub above that a person should set right: on time is judged by the minute.
const CLOCK_OFF_MS_GOOD: i64 = 60_000;

pub(super) fn checks(patient: &Patient) -> Vec<Check> {
    vec![
        config(patient),
        key(patient),
        process(patient),
        appointment(patient),
        record(patient),
        clock(patient, Clock::default().now().wall_ms),
        software(patient),
    ]
}

fn failed(name: (&str, &str), failure: &Failure) -> Check {
    Check::new(name, Outcome::Failed, failure.message.clone(), format!("exit code {}", failure.code as u8))
}

fn config(patient: &Patient) -> Check {
    let config = match &patient.config {
        Ok(config) => config,
        Err(failure) => {
            return failed(CONFIG, failure)
                .advise("改正后用 config check 再查", "correct it, and look again with config check");
        }
    };
    let path = patient.home.config_path();
    match config.doubts().first() {
        None => Check::new(
            CONFIG,
            Outcome::Ok,
            format!("{} 无误", path.display()),
            format!("{} is sound", path.display()),
        ),
        Some(doubt) => Check::new(CONFIG, Outcome::Warning, doubt.zh.clone(), doubt.en.clone())
            .advise("用 config show 查看各项及来源", "config show lists every value and its source"),
    }
}

fn key(patient: &Patient) -> Check {
    let public = match &patient.key {
        Ok(key) => key.public(),
        Err(failure) => {
            return failed(KEY, failure).advise(
                "没有密钥就不能签名：若文件丢失，请重新建站并由上级授权",
                "nothing can be signed without it: if it is lost, set the station up anew",
            );
        }
    };
    let path = patient.home.key_path();
    if is_open_to_others(&path) {
        let zh = format!("{} 其他用户可读", path.display());
        return Check::new(KEY, Outcome::Failed, zh, format!("{} is readable by others", path.display()))
            .advise(format!("chmod 600 {}", path.display()), "and ask whether somebody has copied it");
    }
    let parent = patient.config().and_then(|config| config.parent.as_ref());
    if parent.is_some_and(|parent| parent.key == public) {
        return Check::new(
            KEY,
            Outcome::Failed,
            "parent.key 填成了本站自己的密钥",
            "parent.key is this station's own key",
        )
        .advise("请向上级索取上级的密钥", "ask the hub above for its key");
    }
    let zh = format!("{} 可用，仅本用户可读", public.short());
    Check::new(KEY, Outcome::Ok, zh, format!("{} is usable and private", public.short()))
}

#[cfg(unix)]
fn is_open_to_others(path: &std::path::Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    std::fs::metadata(path).is_ok_and(|found| found.permissions().mode() & 0o077 != 0)
}

/// Where there are no such permissions the directory's own must do.
#[cfg(not(unix))]
fn is_open_to_others(_: &std::path::Path) -> bool {
    false
}

fn process(patient: &Patient) -> Check {
    match (patient.running, &patient.status) {
        (true, Ok(_)) => Check::new(PROCESS, Outcome::Ok, "正在运行，能应答", "it runs and answers"),
        (true, Err(failure)) => failed(PROCESS, failure).advise(
            "进程在但不应答：看日志，必要时重启",
            "it runs and does not answer: read its log, restart it if need be",
        ),
        (false, Ok(_)) => Check::new(PROCESS, Outcome::Warning, "没有运行，报告不会上报", "it does not run")
            .advise("用 run 或 systemctl start 启动", "start it with run or systemctl start"),
        (false, Err(failure)) => failed(PROCESS, failure)
            .advise("没有运行，且数据打不开", "it does not run, and its data does not open"),
    }
}

fn appointment(patient: &Patient) -> Check {
    let Ok(status) = &patient.status else { return Check::skipped(APPOINTMENT) };
    match status.appointed {
        true => Check::new(
            APPOINTMENT,
            Outcome::Ok,
            format!("已获授权代表 {}", status.division),
            format!("appointed for {}", status.division.code),
        ),
        false => {
            Check::new(APPOINTMENT, Outcome::Warning, "尚未收到上级授权", "no appointment has arrived yet")
                .advise(
                    format!("请上级运行：fengsui-hub appoint {} {}", status.key, status.division.code),
                    "the hub above appoints this key",
                )
        }
    }
}

fn record(patient: &Patient) -> Check {
    let Ok(status) = &patient.status else { return Check::skipped(RECORD) };
    let zh = format!("{} 条，{} 份日志，拒收 {} 项", status.entries, status.logs, status.quarantine.len());
    let en = format!("{} entries, {} logs, {} refused", status.entries, status.logs, status.quarantine.len());
    match status.forks.len() {
        0 => Check::new(RECORD, Outcome::Ok, zh, en),
        forks => Check::new(
            RECORD,
            Outcome::Warning,
            format!("{zh}，同号异文 {forks} 处"),
            format!("{en}, {forks} forks"),
        )
        .advise(
            "有站点签了两份同号条目，用 status 查看",
            "a station signed two entries with one number: see status",
        ),
    }
}

fn clock(patient: &Patient, now_ms: i64) -> Check {
    let now = shown(now_ms);
    if !is_plausible(now_ms) {
        let check =
            Check::new(CLOCK, Outcome::Failed, format!("{now} 不可能"), format!("{now} cannot be right"));
        return check.advise("请校准时间并检查主板电池", "set the clock, and look at its battery");
    }
    // Only a greeting tells the other clock.
    let greeted = patient.above().filter(|link| !link.software.is_empty());
    let Some(offset_ms) = greeted.map(|link| link.clock_offset_ms) else {
        let (zh, en) = (format!("{now}，未能与上级对时"), format!("{now}, not compared with the hub above"));
        return Check::new(CLOCK, Outcome::Ok, zh, en);
    };
    let seconds = offset_ms / 1_000;
    let outcome = match offset_ms.abs() {
        off if off > CLOCK_AHEAD_MS_MAX => Outcome::Failed,
        off if off > CLOCK_OFF_MS_GOOD => Outcome::Warning,
        _ => Outcome::Ok,
    };
    let zh = format!("{now}，与上级相差 {seconds} 秒");
    let check = Check::new(CLOCK, outcome, zh, format!("{now}, {seconds} s from the hub above"));
    match outcome {
        Outcome::Ok => check,
        _ => check.advise("请校准时间：是否按时以分钟计", "set the clock: what is on time is judged by it"),
    }
}

fn software(patient: &Patient) -> Check {
    let theirs = patient.above().map(|link| link.software.as_str()).filter(|software| !software.is_empty());
    match theirs {
        None => Check::new(
            SOFTWARE_NAME,
            Outcome::Ok,
            format!("{SOFTWARE}，上级版本未知"),
            format!("{SOFTWARE}; that of the hub above is not known"),
        ),
        Some(theirs) if theirs == SOFTWARE => Check::new(
            SOFTWARE_NAME,
            Outcome::Ok,
            format!("{SOFTWARE}，与上级相同"),
            format!("{SOFTWARE}, as the hub above"),
        ),
        Some(theirs) => Check::new(
            SOFTWARE_NAME,
            Outcome::Warning,
            format!("{SOFTWARE}，上级为 {theirs}"),
            format!("{SOFTWARE}; the hub above has {theirs}"),
        )
        .advise("请换成与上级相同的版本", "install the version of the hub above"),
    }
}
