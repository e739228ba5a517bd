//! Key rotation: one command, and nobody needed at the other end.
//!
//! ```text
//!   rotate-key ── station.key.next ──▶ Rotation in the old log ──▶ hub above ── receipt ──▶ station
//!   station: station.key.next ─▶ station.key, Genesis and Revocation of the old key in the new log, new sessions
//! ```
//!
//! What comes next can be read from the directory and the log at every moment, so a power cut anywhere is only a pause.
//! Until the receipt is there the old key goes on: a station whose hub does not know its new key would be locked out.

use std::time::{Duration, Instant};

use fengsui_model::DivisionCode;
use fengsui_wire::{NetworkId, PublicKey, Rotation, Signature};
use serde::{Deserialize, Serialize};

use crate::commands::{CommonAsk, Global, json, show};
use crate::control::{self, Ask};
use crate::failure::{Code, Failure};
use crate::home::Home;
use crate::session::Desk;
use crate::station::{Identity, RotateError, Station};

/// How often it is looked whether a rotation has come on; one look is one question to the file system.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// How long a hub waits, with the receipt in hand, for connected stations below that do not have the rotation yet: without
/// it they would not know whom to dial. Those that are away hear of it from their second parent.
const BELOW_MAX: Duration = Duration::from_secs(60);
/// How long the command waits for a running station, unless told otherwise: several round trips of the slowest line.
pub(crate) const WAIT_SECONDS: u64 = 20;
/// How often the command looks meanwhile.
const ASK_EVERY: Duration = Duration::from_millis(200);

/// A rotation on its way to the station that is to sign it, in hexadecimal.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Vouching {
    key: String,
    proof: String,
}

impl From<&Rotation> for Vouching {
    fn from(rotation: &Rotation) -> Self {
        Self { key: rotation.key.to_string(), proof: rotation.proof.to_string() }
    }
}

impl Vouching {
    fn rotation(&self, division: DivisionCode) -> Result<Rotation, Failure> {
        let wrong = |error: fengsui_wire::HexError| Failure::caused(Code::Usage, &error);
        let key: PublicKey = self.key.parse().map_err(wrong)?;
        let proof: Signature = self.proof.parse().map_err(wrong)?;
        Ok(Rotation { key, division, proof })
    }
}

/// How a rotation stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rotating {
    /// The key that goes.
    pub old: String,
    /// The key that comes.
    pub new: String,
    /// done; waiting: for the receipt of the hub above.
    pub state: String,
    /// Join codes that name the old key and cannot be used any more once it has gone.
    pub open_codes: usize,
}

/// What the station answers: how many join codes are open. With a rotation, it has vouched for the new key; without one,
/// it only says whether it would.
///
/// # Errors
/// Why not.
pub(crate) fn answer(
    station: &mut Station,
    vouching: Option<&Vouching>,
    now: fengsui_protocol::Now,
) -> Result<usize, Failure> {
    match vouching {
        Some(vouching) => {
            let rotation = vouching.rotation(station.identity().division)?;
            station.vouch(&rotation, now).map_err(failure)?;
        }
        None => station.may_rotate().map_err(failure)?,
    }
    Ok(station.invites()?.iter().filter(|invite| invite.is_open(now.wall_ms)).count())
}

fn failure(error: RotateError) -> Failure {
    let zh = match &error {
        RotateError::Station(_) => "",
        RotateError::Root => "根密钥是全网的身份，各站建站时已写定，不能这样更换",
        RotateError::NotAppointed => "本站尚未收到授权，没有可更换的密钥；需要新密钥请换新目录重新建站",
        RotateError::Revoked => "本站密钥已被撤销，不能再更换；请向上级要新入网码，用新目录重新入网",
        RotateError::Proof(_) => "新密钥的证明与本站不符",
    };
    match error {
        RotateError::Station(error) => error.into(),
        error => Failure::new(Code::Refused, format!("{zh} (failed to {error})")),
    }
}

/// `rotate-key`: prepares the next key, has the station vouch for it, and waits a while for a running one to go over.
///
/// # Errors
/// Why nothing was begun; a rotation that only waits is no failure.
pub fn rotate<A: Ask>(
    global: &Global,
    cache_bytes: u64,
    wait_seconds: u64,
    ask: impl Fn(CommonAsk) -> A,
) -> Result<(), Failure> {
    let home = global.home();
    let identity = home.identity()?;
    let asked = |vouching| control::ask(&home, cache_bytes, ask(CommonAsk::RotateKey(vouching)));
    // Asked before there is a key, so that a refusal leaves nothing behind.
    asked(None)?;
    let rotation = next(&home, &identity)?;
    let open_codes = asked(Some(Vouching::from(&rotation)))?;
    let done = control::is_running(&home) && await_key(&home, rotation.key, wait_seconds)?;
    let view = Rotating {
        old: identity.key.public().to_string(),
        new: rotation.key.to_string(),
        state: if done { "done" } else { "waiting" }.into(),
        open_codes: crate::commands::view(open_codes)?,
    };
    show(global, &json(&view)?, |view: Rotating| text(&view))
}

/// The rotation to the next key of the station at `home`, drawn where there is none.
fn next(home: &Home, identity: &Identity) -> Result<Rotation, Failure> {
    let network = NetworkId::of_root(&identity.root);
    let next = home.make_next_key()?;
    Ok(Rotation::new(&next, network, identity.key.public(), identity.division))
}

fn await_key(home: &Home, key: PublicKey, seconds: u64) -> Result<bool, Failure> {
    let until = Instant::now() + Duration::from_secs(seconds);
    loop {
        if home.identity()?.key.public() == key && control::is_running(home) {
            return Ok(true);
        }
        if Instant::now() >= until {
            return Ok(false);
        }
        std::thread::sleep(ASK_EVERY);
    }
}

fn text(view: &Rotating) -> String {
    let state = match view.state.as_str() {
        "done" => "已更换密钥，本站已用新密钥运行。旧密钥作废，请勿再启用本站目录的旧备份",
        _ => {
            "新密钥已备好，等待上级回执：本站运行且与上级连通后自动更换，不必再操作；其间照常使用 (waiting for the receipt of the hub above)"
        }
    };
    let codes = match view.open_codes {
        0 => String::new(),
        open => format!("\n有 {open} 个未用的入网码写的是原密钥，更换后作废，请重发"),
    };
    format!("{state}\n原密钥 {}\n新密钥 {}{codes}", view.old, view.new)
}

/// Sees a rotation through: has the old key vouch where the command was cut short, and comes back when the station is to
/// begin again with its new key. `parent` is the hub above as configured.
///
/// # Errors
/// When the next key does not read, or the station's thread has ended.
pub(crate) async fn watch(desk: Desk, home: Home, parent: Option<PublicKey>) -> Result<(), Failure> {
    let mut stop = desk.stop.clone();
    let mut receipted: Option<Instant> = None;
    loop {
        let stopping = tokio::select! {
            _ = stop.wait_for(|stop| *stop) => true,
            () = tokio::time::sleep(LOOK_EVERY) => false,
        };
        if stopping {
            return std::future::pending().await;
        }
        if !home.next_key_path().exists() {
            continue;
        }
        let rotation = next(&home, &home.identity()?)?;
        if !desk.worker.call(move |station, now| proceed(station, &rotation, parent, now)).await?? {
            continue;
        }
        let since = *receipted.get_or_insert_with(Instant::now);
        if since.elapsed() >= BELOW_MAX || !is_awaited_below(&desk) {
            tracing::info!(key = %rotation.key.short(), "the hub above knows the new key: going over to it");
            return Ok(());
        }
    }
}

/// Whether the hub above is known to know the new key.
fn proceed(
    station: &mut Station,
    rotation: &Rotation,
    parent: Option<PublicKey>,
    now: fengsui_protocol::Now,
) -> Result<bool, Failure> {
    match station.vouch(rotation, now) {
        Ok(()) => {}
        Err(RotateError::Station(error)) => return Err(error.into()),
        // Revoked since it was begun: the old key stays, to be told so.
        Err(_) => return Ok(false),
    }
    let registry = station.registry();
    let division = match parent {
        None => None,
        Some(parent) => match registry.place(&parent) {
            Some(parent) => Some(parent.division),
            None => return Ok(false),
        },
    };
    Ok(station.is_vouching_receipted(rotation.key, division)?)
}

/// Whether a connected station below lacks entries, of which the rotation may be one.
fn is_awaited_below(desk: &Desk) -> bool {
    desk.links.all().values().any(|link| !link.above && link.online && link.behind > 0)
}
