//! What an operator asks of a hub about enrolment.

use fengsui_model::{DivisionCode, Level};
use fengsui_protocol::Now;
use fengsui_wire::{InviteId, JoinCode, PublicKey, Role};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::clock::shown;
use crate::commands::json;
use crate::config::ParentConfig;
use crate::failure::{Code, Failure};
use crate::links::Links;
use crate::station::{AppointError, Invite, InviteError, Inviting, RevokeError, Station};
use crate::views::{self, DivisionView};

/// A command about enrolment.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EnrolAsk {
    /// Make a join code.
    Invite {
        /// For which division.
        division: DivisionCode,
        /// node or hub; absent: a node for a township, a hub for every other level.
        role: Option<String>,
        /// How long it is good, milliseconds.
        valid_ms: i64,
        /// Whether it takes the place of the station that is there.
        replaces: bool,
        /// Where children find this hub, host:port.
        address: String,
        /// Where the enrolment door is, host:port.
        door: String,
        /// The hub to which whoever joins turns while this one is down.
        second: Option<ParentConfig>,
    },
    /// Every invitation.
    Invites,
    /// Take one back.
    Cancel(String),
    /// Say where a hub below is found now.
    Locate {
        /// Division code or key.
        whom: String,
        /// Host and UDP port.
        address: String,
    },
    /// Revoke a key, or the key that speaks for a division.
    Revoke {
        /// Division code or key.
        whom: String,
        /// Why.
        reason: String,
    },
}

/// An invitation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InviteView {
    /// Its name.
    pub id: String,
    /// For which division.
    pub division: DivisionView,
    /// As what.
    pub role: String,
    /// open, used, expired, cancelled.
    pub state: String,
    /// When it was given, Asia/Shanghai.
    pub made_at: String,
    /// Until when it is good.
    pub expires_at: String,
    /// Whether it takes the place of the station that is there.
    pub replaces: bool,
    /// By which key it was used.
    pub used_by: Option<String>,
    /// When.
    pub used_at: Option<String>,
}

/// A join code that was made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Invited {
    /// To hand over.
    pub code: String,
    /// What is kept of it.
    pub invite: InviteView,
    /// Where it leads.
    pub door: String,
}

/// A hub below that is found elsewhere now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Located {
    /// Whose.
    pub key: String,
    /// Its division.
    pub division: DivisionView,
    /// Where.
    pub address: String,
    /// The signed entry.
    pub entry: String,
}

/// A key that was revoked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Revoked {
    /// Whose.
    pub key: String,
    /// For which division it spoke.
    pub division: DivisionView,
    /// The signed entry.
    pub entry: String,
    /// When, Asia/Shanghai.
    pub at: String,
    /// Entries of it that stand.
    pub stands: u64,
}

impl EnrolAsk {
    /// Does it.
    ///
    /// # Errors
    /// Why not.
    pub fn answer(self, station: &mut Station, links: &Links, now: Now) -> Result<Value, Failure> {
        match self {
            // Nobody could use it, and whoever was given it would learn that in the field.
            Self::Invite { .. } if links.is_door_shut() => Err(no_door()),
            Self::Invite { division, role, valid_ms, replaces, address, door, second } => {
                let role = role_for(station, division, role.as_deref())?;
                let second = second.map(|second| (second.key, second.address));
                let asked = Inviting { division, role, valid_ms, replaces, address, second };
                json(&invite(station, &asked, door, now)?)
            }
            Self::Invites => {
                let mut invites = station.invites()?;
                invites.sort_by_key(|invite| std::cmp::Reverse(invite.made_ms));
                let views: Vec<InviteView> =
                    invites.iter().map(|invite| view(station, invite, now)).collect();
                json(&views)
            }
            Self::Cancel(id) => json(&cancel(station, &id, now)?),
            Self::Locate { whom, address } => json(&locate(station, &whom, &address, now)?),
            Self::Revoke { whom, reason } => json(&revoke(station, &whom, &reason, now)?),
        }
    }
}

fn role_for(station: &Station, division: DivisionCode, role: Option<&str>) -> Result<Role, Failure> {
    let level =
        station.registry().directory().and_then(|directory| directory.get(division)).map(|row| row.level);
    match role {
        None if level == Some(Level::Township) => Ok(Role::Node),
        None | Some("hub") => Ok(Role::Hub),
        Some("node") => Ok(Role::Node),
        Some(other) => Err(Failure::new(
            Code::Usage,
            format!("入网码只发给 node 或 hub，不能是 '{other}' (failed to invite a '{other}')"),
        )),
    }
}

fn invite(station: &mut Station, asked: &Inviting, door: String, now: Now) -> Result<Invited, Failure> {
    let code = |invite: &Invite, secret, hub, root| JoinCode {
        root,
        hub,
        address: door.clone(),
        division: invite.division,
        role: invite.role,
        expires_ms: invite.expires_ms,
        secret,
    };
    let (hub, root) = (station.own().key, station.identity().root);
    let (invite, secret) = station.invite(asked, now).map_err(|error| invite_failure(station, error))?;
    let text = code(&invite, secret, hub, root)
        .to_text()
        .map_err(|error| Failure::new(Code::Usage, format!("failed to make a join code: {error}")))?;
    Ok(Invited { code: text, invite: view(station, &invite, now), door })
}

fn no_door() -> Failure {
    Failure::new(
        Code::Unavailable,
        "本站的入网端口没有打开（见本站日志），发出的入网码无法使用；请在 fengsui.toml 把 enroll_listen 设为空闲地址，重启后再发 (failed to invite: the enrolment port of this hub is not open; set enroll_listen to a free address)",
    )
}

fn invite_failure(station: &Station, error: InviteError) -> Failure {
    match error {
        InviteError::Station(error) | InviteError::Appoint(AppointError::Station(error)) => error.into(),
        InviteError::Appoint(error @ (AppointError::NoDirectory | AppointError::NotAHub)) => Failure::new(
            Code::Unavailable,
            format!("本站尚未授权或未收到区划表，还不能发入网码 (failed to {error})"),
        ),
        InviteError::Taken { division, key } => {
            let division = views::division(station.registry(), division);
            Failure::new(
                Code::Refused,
                format!(
                    "{division} 已有站点（密钥 {}）。若那台机器遗失、损坏或换上级，请加 --replaces 重发：新机入网后原密钥撤销，历史发还 (failed to {error})",
                    key.short()
                ),
            )
        }
        InviteError::NotOurs { .. } => {
            Failure::new(Code::Refused, format!("原站点由更高一级授权，请由上级换机 (failed to {error})"))
        }
        InviteError::NoHub(_) => {
            Failure::new(Code::Refused, format!("这把密钥不是在用的汇总站 (failed to {error})"))
        }
        InviteError::TooMany => {
            Failure::new(Code::Refused, format!("未使用的入网码过多，请先作废一些 (failed to {error})"))
        }
        InviteError::Appoint(error) => {
            Failure::new(Code::Refused, format!("不能给该单位发入网码 (failed to {error})"))
        }
    }
}

fn view(station: &Station, invite: &Invite, now: Now) -> InviteView {
    let state = match (invite.used, invite.cancelled) {
        (Some(_), _) => "used",
        (None, true) => "cancelled",
        (None, false) if now.wall_ms >= invite.expires_ms => "expired",
        (None, false) => "open",
    };
    InviteView {
        id: invite.id.to_string(),
        division: views::division(station.registry(), invite.division),
        role: format!("{:?}", invite.role).to_lowercase(),
        state: state.into(),
        made_at: shown(invite.made_ms),
        expires_at: shown(invite.expires_ms),
        replaces: invite.replaces,
        used_by: invite.used.map(|used| used.key.to_string()),
        used_at: invite.used.map(|used| shown(used.at_ms)),
    }
}

fn cancel(station: &mut Station, id: &str, now: Now) -> Result<InviteView, Failure> {
    let unknown = || {
        Failure::new(
            Code::Usage,
            format!("没有编号为 {id} 的入网码，用 invites 查看 (failed to find invitation {id})"),
        )
    };
    let parsed: InviteId = id.parse().map_err(|_| unknown())?;
    let invite = station.cancel_invite(parsed)?.ok_or_else(unknown)?;
    match invite.used {
        Some(used) => Err(Failure::new(
            Code::Refused,
            format!(
                "入网码 {id} 已被密钥 {} 用过，不能作废；要停用那台机器请用 revoke (failed to cancel: it was used)",
                used.key.short()
            ),
        )),
        None => Ok(view(station, &invite, now)),
    }
}

fn locate(station: &mut Station, whom: &str, address: &str, now: Now) -> Result<Located, Failure> {
    let key = find(station, whom)?;
    let entry = station.locate(key, address, now).map_err(|error| invite_failure(station, error))?;
    let division = station.registry().place(&key).map_or(station.identity().division, |at| at.division);
    Ok(Located {
        key: key.to_string(),
        division: views::division(station.registry(), division),
        address: address.into(),
        entry: views::Reference::of(&entry.header().position()),
    })
}

fn revoke(station: &mut Station, whom: &str, reason: &str, now: Now) -> Result<Revoked, Failure> {
    let key = find(station, whom)?;
    let division = station.registry().place(&key).map(|there| there.division);
    let entry = station.revoke(key, reason, now).map_err(revoke_failure)?;
    let stands = station
        .registry()
        .former(&key)
        .map_or(0, |former| former.revocation.lines.iter().map(|line| line.sequence.saturating_add(1)).sum());
    let division = division.unwrap_or(station.identity().division);
    Ok(Revoked {
        key: key.to_string(),
        division: views::division(station.registry(), division),
        entry: views::Reference::of(&entry.header().position()),
        at: shown(now.wall_ms),
        stands,
    })
}

/// The key itself, or the one station that speaks for a division.
fn find(station: &Station, whom: &str) -> Result<PublicKey, Failure> {
    if let Ok(key) = whom.parse::<PublicKey>() {
        return Ok(key);
    }
    let division: DivisionCode = whom.parse().map_err(|_| {
        Failure::new(
            Code::Usage,
            format!("'{whom}' 既不是区划代码也不是密钥 (failed to read '{whom}' as a division or a key)"),
        )
    })?;
    let keys: Vec<PublicKey> = station.registry().stations_of(division).map(|there| there.key).collect();
    match keys[..] {
        [key] => Ok(key),
        [] => Err(Failure::new(
            Code::Refused,
            format!("{division} 没有在用的站点 (failed to revoke: no station speaks for {division})"),
        )),
        _ => {
            let keys: Vec<String> = keys.iter().map(ToString::to_string).collect();
            Err(Failure::new(
                Code::Usage,
                format!(
                    "{division} 有多台站点，请写明密钥 (failed to choose a key of {division}): {}",
                    keys.join(" ")
                ),
            ))
        }
    }
}

fn revoke_failure(error: RevokeError) -> Failure {
    let zh = match &error {
        RevokeError::Station(_) => "",
        RevokeError::NotAHub => "本站尚未授权为汇总站",
        RevokeError::Unknown(_) => "本站不知道这把密钥",
        RevokeError::Already(_) => "这把密钥已经撤销",
        RevokeError::NotBelow { .. } => "只能撤销下级单位的密钥",
        RevokeError::NotOurs { .. } => "这把密钥由更高一级授权，请由上级撤销",
        RevokeError::Reason(_) => "原因太长",
    };
    match error {
        RevokeError::Station(error) => error.into(),
        error => Failure::new(Code::Refused, format!("{zh} (failed to {error})")),
    }
}
