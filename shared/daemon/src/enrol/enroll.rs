//! The joining side: from a code to a station that knows its parent. Each step is kept before the next, so the same
//! command again goes on where the last one stopped.

use std::io::Read;
use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

use fengsui_transport::{Class, Dialer, Identity as TransportIdentity, TransportError};
use fengsui_wire::{
    Author, JOIN_VERSION, Join, JoinCode, JoinMessage, Joined, Kind, NetworkId, PublicKey, Refused, Role,
    Statement, statement,
};
use serde::{Deserialize, Serialize};

use super::words;
use crate::clock::Clock;
use crate::config::ParentConfig;
use crate::failure::{Code, Failure};
use crate::home::{Home, Network};
use crate::station::{Identity, SOFTWARE};
use crate::uplink::{chain, lookup};

/// How long the hub may take to answer once the connection stands.
const ANSWER_MAX: Duration = Duration::from_secs(20);

/// Bytes read of what may be a code with whatever came along when it was copied.
const TYPED_BYTES_MAX: u64 = 16 * 1024;

/// A station that has joined.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Enrolled {
    /// Its key.
    pub key: String,
    /// Its division.
    pub division: fengsui_model::DivisionCode,
    /// Root of its network.
    pub root: String,
    /// Key of the hub above.
    pub parent_key: String,
    /// Where that hub is found.
    pub parent: String,
}

/// What a new hub is told besides the code.
#[derive(Clone, Debug)]
pub struct NewHub {
    /// Address and UDP port to listen on.
    pub listen: SocketAddr,
    /// Host and UDP port where its children find it. `None`: as configured, or `listen` where that names a host.
    pub address: Option<String>,
}

/// Why the hub did not answer, or what it answered.
enum Unheard {
    Line(String),
    WrongHub(TransportError),
    Refused(Refused),
    Lie(&'static str),
}

/// Joins with `code`: makes the station's directory and key where there is none, asks the hub, and writes down the parent.
///
/// # Errors
/// What is wrong with the code, the directory, the line or the answer; the key that was made is kept in every case.
///
/// `hub` is what a new hub listens at, and the address that its children will be told; `None` for a node.
pub fn enroll(home: &Home, code: &str, hub: Option<&NewHub>) -> Result<Enrolled, Failure> {
    let code = JoinCode::from_text(code).map_err(|error| Failure::new(Code::Usage, words::code(&error)))?;
    let role = if hub.is_some() { Role::Hub } else { Role::Node };
    if code.role != role {
        return Err(other_program(code.role));
    }
    let identity = identity(home, &code, hub.map(|hub| hub.listen))?;
    let told = hub.and_then(|hub| hub.address.clone()).or_else(|| told(home));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| Failure::new(Code::Failed, format!("failed to start: {error}")))?;
    let joined = runtime
        .block_on(ask(&code, &identity, told.unwrap_or_default()))
        .map_err(|unheard| failure(&code, unheard))?;
    let parent = ParentConfig { address: joined.address.clone(), key: code.hub };
    home.set_parents(parent, joined.second.map(|(key, address)| ParentConfig { address, key }))?;
    Ok(Enrolled {
        key: identity.key.public().to_string(),
        division: code.division,
        root: code.root.to_string(),
        parent_key: code.hub.to_string(),
        parent: joined.address,
    })
}

/// A code as typed: its parts as the shell has split them, or standard input for a single dash.
///
/// # Errors
/// When standard input cannot be read.
pub fn typed(parts: &[String]) -> Result<String, Failure> {
    if parts != ["-"] {
        return Ok(parts.join(" "));
    }
    let mut text = String::new();
    let read = std::io::stdin().take(TYPED_BYTES_MAX).read_to_string(&mut text);
    let read = read.map(|_| text);
    read.map_err(|error| Failure::new(Code::Usage, format!("failed to read standard input: {error}")))
}

/// What whoever joined is told.
pub fn text(enrolled: &Enrolled, dir: &Path, program: &str) -> String {
    format!(
        "已入网：{}，目录 {}\n本站密钥 {}\n上级 {}（密钥 {}）\n下一步：{program} --data {} run；若本站正在运行，请重启",
        enrolled.division,
        dir.display(),
        enrolled.key,
        enrolled.parent,
        &enrolled.parent_key[..8],
        dir.display()
    )
}

/// The station of the directory, which is made where it is new.
fn identity(home: &Home, code: &JoinCode, listen: Option<SocketAddr>) -> Result<Identity, Failure> {
    if !home.is_set_up() {
        home.init(code.division, &Network::Root(code.root), listen, None)?;
    }
    let identity = home.identity()?;
    let dir = home.dir().display();
    if identity.root != code.root {
        let message = format!(
            "入网码属于另一个网络：{dir} 里的站点属于根密钥 {}，入网码属于 {}；换网络请换新目录 (the code belongs to another network)",
            identity.root.short(),
            code.root.short()
        );
        return Err(Failure::new(Code::Refused, message));
    }
    if identity.division != code.division {
        let message = format!(
            "入网码是给 {} 的，{dir} 里的站点代表 {} (the code is for another division than this station's)",
            code.division, identity.division
        );
        return Err(Failure::new(Code::Refused, message));
    }
    Ok(identity)
}

/// Where the children of the hub in `home` find it, as far as its configuration says.
fn told(home: &Home) -> Option<String> {
    let config = home.settings().ok()?.config;
    let listen = config.listen?;
    let named = (!listen.ip().is_unspecified()).then(|| listen.to_string());
    match config.address {
        Some(address) if address.ends_with(']') || !address.contains(':') => {
            Some(format!("{address}:{}", listen.port()))
        }
        Some(address) => Some(address),
        None => named,
    }
}

fn other_program(role: Role) -> Failure {
    let (zh, program) = match role {
        Role::Hub => ("汇总站", "fengsui-hub"),
        _ => ("乡镇站", "fengsui-node"),
    };
    let message = format!("这是{zh}的入网码，请用 {program} enroll (this code is for {program})");
    Failure::new(Code::Usage, message)
}

async fn ask(code: &JoinCode, identity: &Identity, told: String) -> Result<Joined, Unheard> {
    let address = lookup(&code.address).await.map_err(Unheard::Line)?;
    let line = |error: &TransportError| Unheard::Line(chain(error));
    let transport = TransportIdentity::from_secret(*identity.key.seed());
    let dialer = Dialer::new(&transport).map_err(|error| line(&error))?;
    let connection = match dialer.dial(address, code.hub.0).await {
        Ok(connection) => connection,
        Err(error @ TransportError::WrongKey { .. }) => return Err(Unheard::WrongHub(error)),
        Err(error) => return Err(line(&error)),
    };
    let exchange = async {
        connection.send(Class::Control, request(code, identity, told).to_bytes()).await?;
        connection.recv().await
    };
    let answer = tokio::time::timeout(ANSWER_MAX, exchange).await;
    connection.close("done");
    dialer.close().await;
    let (_, frame) = answer
        .map_err(|_| Unheard::Line(format!("hear from {} in time", code.address)))?
        .map_err(|error| line(&error))?;
    match JoinMessage::from_bytes(&frame) {
        Ok(JoinMessage::Joined(joined)) => check(code, identity.key.public(), *joined),
        Ok(JoinMessage::Refused(refused)) => Err(Unheard::Refused(refused)),
        _ => Err(Unheard::Lie("its answer does not read")),
    }
}

fn request(code: &JoinCode, identity: &Identity, address: String) -> JoinMessage {
    let (own, network) = (identity.key.public(), NetworkId::of_root(&code.root));
    JoinMessage::Join(Box::new(Join {
        version: JOIN_VERSION,
        network,
        invite: code.secret.id(),
        division: code.division,
        clock_ms: Clock::default().now().wall_ms,
        proof: code.secret.key().proof(own, code.hub, network, code.division),
        software: SOFTWARE.into(),
        address,
    }))
}

/// The appointment must be the hub's own signed word about this key: what is only said is not believed.
fn check(code: &JoinCode, own: PublicKey, joined: Joined) -> Result<Joined, Unheard> {
    if joined.log.key != code.hub || joined.envelope.header().draft.kind != Kind::Appointment {
        return Err(Unheard::Lie("the appointment is not its own word"));
    }
    let author = Author::new(NetworkId::of_root(&code.root), joined.log);
    let verified = author.and_then(|author| author.verify(joined.envelope, Some(joined.body.clone())));
    if verified.is_err() {
        return Err(Unheard::Lie("the appointment is not signed by it"));
    }
    match statement(Kind::Appointment, &joined.body) {
        Ok(Statement::Appointment(said)) if said.key == own && said.division == code.division => Ok(joined),
        _ => Err(Unheard::Lie("the appointment is for somebody else")),
    }
}

fn failure(code: &JoinCode, unheard: Unheard) -> Failure {
    match unheard {
        Unheard::Line(why) => Failure::new(
            Code::Failed,
            format!(
                "联系不上上级 {}，尚未入网；本站密钥已保存，网络恢复后重新执行同一命令即可 (failed to {why}; repeat the same command)",
                code.address
            ),
        ),
        Unheard::WrongHub(error) => Failure::new(
            Code::Refused,
            format!("{} 上的不是发码的汇总站，请向上级核对 (failed to {})", code.address, chain(&error)),
        ),
        Unheard::Refused(refused) => {
            // What this program knows it says in its own words; a later hub's reasons come with their own.
            let (zh, en) = match refused.refusal {
                fengsui_wire::Refusal::Other(_) => (refused.zh.as_str(), refused.en.as_str()),
                known => words::refusal(known),
            };
            Failure::new(Code::Refused, format!("未能入网：{zh} (not enrolled: {en})"))
        }
        Unheard::Lie(what) => Failure::new(
            Code::Damage,
            format!("上级的答复不可信，未入网 (failed to believe the hub: {what})"),
        ),
    }
}
