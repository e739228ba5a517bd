//! The commands about enrolment: invite, invites, enroll, revoke.

use std::net::SocketAddr;

use clap::Args;
use fengsui_daemon::commands::{Global, show};
use fengsui_daemon::config::Config;
use fengsui_daemon::control;
use fengsui_daemon::enrol::ask::{EnrolAsk, InviteView, Invited, Located, Revoked};
use fengsui_daemon::enrol::enroll::{Enrolled, NewHub, enroll};
use fengsui_daemon::failure::{Code, Failure};
use fengsui_daemon::home::HUB_CACHE_BYTES;
use fengsui_daemon::print;
use fengsui_model::DivisionCode;

use crate::hub::HubAsk;
use crate::qr;

/// How long a code is good unless told otherwise: over a weekend.
const VALID_DEFAULT: &str = "72h";
/// How long a code may be good: a month. Longer, and it lies in a drawer that nobody remembers.
const VALID_HOURS_MAX: i64 = 31 * 24;

/// Options of `invite`.
#[derive(Args)]
pub(crate) struct Invite {
    /// 受邀单位的区划代码 (division code of the station to invite)
    #[arg(required_unless_present = "cancel")]
    division: Option<DivisionCode>,
    /// node 乡镇站或 hub 汇总站；缺省按级别 (the role; default: node for a township, else hub)
    #[arg(long)]
    role: Option<String>,
    /// 有效时间，如 30m、72h、7d (how long the code is good)
    #[arg(long, default_value = VALID_DEFAULT, value_parser = valid_ms, value_name = "TIME")]
    valid: i64,
    /// 下级访问本站的地址，主机 或 主机:端口；缺省按配置 (the address of this hub as the stations below see it)
    #[arg(long, value_name = "HOST[:PORT]")]
    address: Option<String>,
    /// 换机、换密钥、换上级：入网者接替原站点 (whoever joins takes the place of the station that is there)
    #[arg(long)]
    replaces: bool,
    /// 作废未使用的入网码，编号见 invites (take back an unused code)
    #[arg(long, value_name = "ID", conflicts_with_all = ["division", "role", "address", "replaces"])]
    cancel: Option<String>,
}

/// Options of `enroll`.
#[derive(Args)]
pub(crate) struct Enroll {
    /// 入网码，空格换行不限；- 从标准输入读 (the join code; - reads standard input)
    #[arg(required = true, num_args = 1.., value_name = "CODE")]
    code: Vec<String>,
    /// 监听的地址和 UDP 端口 (address and UDP port to listen on, for a new hub)
    #[arg(long, default_value = "0.0.0.0:7460")]
    listen: SocketAddr,
    /// 下级访问本站的地址，写入授权，换机后下级自行改连；缺省取 --listen (the address of this hub as the stations below see
    /// it; it goes into the appointment, so that they can follow)
    #[arg(long, value_name = "HOST:PORT")]
    address: Option<String>,
}

/// Options of `revoke`.
#[derive(Args)]
pub(crate) struct Revoke {
    /// 区划代码或密钥 (division code, or a key)
    whom: String,
    /// 原因，会告知该站 (why, in words; the station is told)
    #[arg(long)]
    reason: String,
}

/// Options of `locate`.
#[derive(Args)]
pub(crate) struct Locate {
    /// 汇总站的区划代码或密钥 (division code of the hub, or its key)
    whom: String,
    /// 新地址，主机:端口 (where the stations below it find it now)
    #[arg(long, value_name = "HOST:PORT")]
    address: String,
}

/// `30m`, `72h`, `7d` in milliseconds.
fn valid_ms(text: &str) -> Result<i64, String> {
    let wrong = || format!("'{text}': 应写成 30m、72h 或 7d，最长 {VALID_HOURS_MAX} 小时");
    let unit = text.chars().last().ok_or_else(wrong)?;
    let minutes = match unit {
        'm' => 1,
        'h' => 60,
        'd' => 24 * 60,
        _ => return Err(wrong()),
    };
    let number: i64 = text[..text.len() - 1].parse().map_err(|_| wrong())?;
    let minutes = number.checked_mul(minutes).ok_or_else(wrong)?;
    match (1..=VALID_HOURS_MAX * 60).contains(&minutes) {
        true => Ok(minutes * 60_000),
        false => Err(wrong()),
    }
}

pub(crate) fn invite(global: &Global, invite: &Invite) -> Result<(), Failure> {
    let ask = |ask| control::ask(&global.home(), HUB_CACHE_BYTES, HubAsk::Enrol(ask));
    if let Some(id) = &invite.cancel {
        let value = ask(EnrolAsk::Cancel(id.clone()))?;
        return show(global, &value, |view: InviteView| {
            format!("已作废入网码 {}（{}）", view.id, view.division)
        });
    }
    let Some(division) = invite.division else { return Ok(()) };
    let config = global.home().settings()?.config;
    let (address, door) = addresses(&config, invite.address.as_deref())?;
    let value = ask(EnrolAsk::Invite {
        division,
        role: invite.role.clone(),
        valid_ms: invite.valid,
        replaces: invite.replaces,
        address,
        door,
        second: config.parent,
    })?;
    show(global, &value, |invited: Invited| invited_text(&invited))
}

/// Where children find this hub, and where its door is: one host, two ports.
fn addresses(config: &Config, given: Option<&str>) -> Result<(String, String), Failure> {
    let wrong = |what: &str| Failure::new(Code::Usage, what.to_owned());
    let listen =
        config.listen.ok_or_else(|| wrong("本站没有设置 listen，不能发入网码 (set listen first)"))?;
    let door = config.enroll_address().map_or(listen.port(), |door| door.port());
    let specific = (!listen.ip().is_unspecified()).then(|| listen.ip());
    let given = given.map(str::to_owned).or_else(|| config.address.clone());
    let given = given.or_else(|| specific.map(|ip| SocketAddr::new(ip, listen.port()).to_string()));
    let given = given.ok_or_else(|| {
        wrong("请用 --address 写明下级能访问的主机名或 IP，或写入 fengsui.toml 的 address (name the address of this hub)")
    })?;
    let (host, port) = split(&given, listen.port()).ok_or_else(|| {
        wrong(&format!("地址 '{given}' 应写成 主机 或 主机:端口 (failed to read the address)"))
    })?;
    Ok((format!("{host}:{port}"), format!("{host}:{door}")))
}

/// Host and port of `host`, `host:port`, `[v6]` or `[v6]:port`.
fn split(text: &str, default: u16) -> Option<(String, u16)> {
    let bracketed = text.starts_with('[') && text.ends_with(']');
    let (host, port) = match text.rsplit_once(':') {
        Some((host, port)) if !bracketed => (host, port.parse().ok()?),
        _ => (text, default),
    };
    let sound = !host.is_empty() && !host.chars().any(|c| c.is_whitespace() || c.is_control());
    let whole = host.starts_with('[') || !host.contains(':');
    (sound && whole && port != 0).then(|| (host.to_owned(), port))
}

fn invited_text(invited: &Invited) -> String {
    let view = &invited.invite;
    let (program, whom) = match view.role.as_str() {
        "hub" => ("fengsui-hub", "该单位汇总站"),
        _ => ("fengsui-node", "该乡镇"),
    };
    let replaces = match view.replaces {
        true => "新机入网后，原机密钥即行撤销，历史报告发还新机。\n",
        false => "",
    };
    format!(
        "入网码 {id}：{division}，有效至 {until}，只能用一次\n\n{qr}\n请{whom}在本机执行（入网码须整段复制）：\n  {program} enroll {code}\n{replaces}入网端口 {door}（UDP）须能从下级访问。用 invites 查看使用情况，用 invite --cancel {id} 作废。",
        id = view.id,
        division = view.division,
        until = view.expires_at,
        code = invited.code,
        qr = qr::draw(&invited.code),
        door = invited.door,
    )
}

pub(crate) fn invites(global: &Global) -> Result<(), Failure> {
    let value = control::ask(&global.home(), HUB_CACHE_BYTES, HubAsk::Enrol(EnrolAsk::Invites))?;
    show(global, &value, |views: Vec<InviteView>| {
        if views.is_empty() {
            return "还没有发过入网码".into();
        }
        let rows: Vec<_> = views.iter().map(row).collect();
        print::table(&["编号", "单位", "角色", "状态", "有效至", "使用"], &rows, &[])
    })
}

fn row(view: &InviteView) -> Vec<String> {
    let state = match view.state.as_str() {
        "open" => "未使用",
        "used" => "已使用",
        "expired" => "已过期",
        _ => "已作废",
    };
    let state = format!("{state}{}", if view.replaces { "（换机）" } else { "" });
    let used = view.used_by.as_ref().zip(view.used_at.as_ref());
    let used = used.map(|(key, at)| format!("{at}  密钥 {}", &key[..8])).unwrap_or_default();
    let role = print::role_zh(&view.role).to_owned();
    vec![view.id.clone(), view.division.to_string(), role, state, view.expires_at.clone(), used]
}

pub(crate) fn locate(global: &Global, locate: &Locate) -> Result<(), Failure> {
    // The port must be said: nothing here knows how the other hub listens.
    let (host, port) = split(&locate.address, 0).ok_or_else(|| {
        let given = &locate.address;
        let message = format!("地址 '{given}' 应写成 主机:端口 (failed to read the address '{given}')");
        Failure::new(Code::Usage, message)
    })?;
    let ask = EnrolAsk::Locate { whom: locate.whom.clone(), address: format!("{host}:{port}") };
    let value = control::ask(&global.home(), HUB_CACHE_BYTES, HubAsk::Enrol(ask))?;
    show(global, &value, |at: Located| {
        format!("已登记 {} 的新地址 {}，条目 {}；下级各站收到后自行改连", at.division, at.address, at.entry)
    })
}

pub(crate) fn revoke(global: &Global, revoke: &Revoke) -> Result<(), Failure> {
    let ask = EnrolAsk::Revoke { whom: revoke.whom.clone(), reason: revoke.reason.clone() };
    let value = control::ask(&global.home(), HUB_CACHE_BYTES, HubAsk::Enrol(ask))?;
    show(global, &value, |revoked: Revoked| {
        format!(
            "已撤销密钥 {}（{}），条目 {}，{}\n此前已收的 {} 条继续有效；该密钥此后的内容一律不收。补发入网码：fengsui-hub invite {}",
            &revoked.key[..8],
            revoked.division,
            revoked.entry,
            revoked.at,
            revoked.stands,
            revoked.division.code
        )
    })
}

pub(crate) fn join(global: &Global, of: &Enroll) -> Result<(), Failure> {
    let code = fengsui_daemon::enrol::enroll::typed(&of.code)?;
    let hub = NewHub { listen: of.listen, address: of.address.clone() };
    let enrolled = enroll(&global.home(), &code, Some(&hub))?;
    let value = fengsui_daemon::commands::json(&enrolled)?;
    show(global, &value, |enrolled: Enrolled| {
        fengsui_daemon::enrol::enroll::text(&enrolled, &global.data, "fengsui-hub")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_how_long_a_code_is_good() {
        assert_eq!(valid_ms("30m"), Ok(30 * 60_000));
        assert_eq!(valid_ms("72h"), Ok(72 * 3_600_000));
        assert_eq!(valid_ms("31d"), Ok(31 * 24 * 3_600_000));
        for text in ["", "h", "0h", "-1h", "32d", "72", "9223372036854775807d", "７２小时"] {
            assert!(valid_ms(text).is_err(), "{text}");
        }
    }

    #[test]
    fn reads_addresses() {
        let split = |text| split(text, 7460);
        assert_eq!(split("yongji.example"), Some(("yongji.example".into(), 7460)));
        assert_eq!(split("10.1.2.3:99"), Some(("10.1.2.3".into(), 99)));
        assert_eq!(split("[fe80::1]"), Some(("[fe80::1]".into(), 7460)));
        assert_eq!(split("[fe80::1]:99"), Some(("[fe80::1]".into(), 99)));
        for text in ["", ":99", "fe80::1", "host:port", "host:0", "a b"] {
            assert_eq!(split(text), None, "{text}");
        }
    }
}
