//! The line to the hub above, and the ports of this station.
//!
//! While the station runs, a second connection with its key would end the one it works with; so the line is then
//! tried with a key made for the moment. The hub refuses that key, and by refusing it has proved its own.

use std::net::{SocketAddr, TcpListener, UdpSocket};
use std::time::{Duration, Instant};

use fengsui_transport::limits::MTU_BYTES_MAX;
use fengsui_transport::{Connection, Dialer, Identity, TransportError};

use super::{Check, Outcome, Patient};
use crate::config::{Config, ParentConfig};
use crate::failure::{Code, Failure};
use crate::uplink::{self, chain};

const PORTS: (&str, &str) = ("ports", "端口");
const LINE: (&str, &str) = ("line", "上级线路");
const MTU: (&str, &str) = ("mtu", "分组大小");

/// How long a machine that is there may take to say that nobody listens on a port.
const PORT_REFUSED_MAX: Duration = Duration::from_millis(700);
/// How long the hub may take to refuse a key, and the path to show what it carries: several round trips of 600 ms.
const LOOK_MAX: Duration = Duration::from_secs(4);
/// What tunnels of government networks carry at least; below it QUIC works, with more packets.
const MTU_BYTES_GOOD: u16 = 1_280;

pub(super) fn checks(patient: &Patient) -> Result<Vec<Check>, Failure> {
    let Some(config) = patient.config() else { return Ok([PORTS, LINE, MTU].map(Check::skipped).into()) };
    let mut checks = vec![ports(patient, config)];
    let Some(parent) = &patient.parent else {
        checks.push(no_parent(patient, config));
        return Ok(checks);
    };
    if let Some(link) = patient.above().filter(|link| link.online) {
        let since = crate::clock::shown(link.since_ms);
        checks.push(Check::new(
            LINE,
            Outcome::Ok,
            format!("已连接 {}，自 {since}，往返 {} 毫秒", parent.address, link.rtt_ms),
            format!("connected to {} since {since}, round trip {} ms", parent.address, link.rtt_ms),
        ));
        checks.push(mtu((link.mtu > 0).then_some(link.mtu)));
        return Ok(checks);
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| Failure::new(Code::Failed, format!("failed to start: {error}")))?;
    let (line, carried) = runtime.block_on(dial(patient, parent));
    checks.push(line);
    checks.push(mtu(carried));
    Ok(checks)
}

fn no_parent(patient: &Patient, config: &Config) -> Check {
    let is_root = patient.key.as_ref().is_ok_and(|key| key.public() == config.root);
    match is_root {
        true => {
            Check::new(LINE, Outcome::Ok, "本站是最高一级，没有上级", "this is the root: nothing is above it")
        }
        false => {
            Check::new(LINE, Outcome::Warning, "没有配置上级，报告只存本机", "no hub above is configured")
                .advise("在 fengsui.toml 的 [parent] 填地址和密钥", "state address and key under [parent]")
        }
    }
}

/// Whether the ports can be had; those of a running station it has.
fn ports(patient: &Patient, config: &Config) -> Check {
    if patient.running {
        return Check::new(PORTS, Outcome::Ok, "由运行中的本站占用", "held by the running station");
    }
    // The door's default port is given up where it is taken; one that is named is not.
    let udp = [config.listen, config.enroll_listen].into_iter().flatten();
    let udp = udp.map(|at| (format!("UDP {at}"), UdpSocket::bind(at).err()));
    let tcp = config.http.as_ref().map(|http| http.listen);
    let tcp = tcp.map(|at| (format!("TCP {at}"), TcpListener::bind(at).err()));
    let tried: Vec<_> = udp.chain(tcp).collect();
    if let Some((name, Some(error))) = tried.iter().find(|(_, error)| error.is_some()) {
        return Check::new(
            PORTS,
            Outcome::Failed,
            format!("{name} 不可用：{error}"),
            format!("failed to listen on {name}: {error}"),
        )
        .advise(
            "另一程序占用了端口，或本机没有这个地址",
            "another program has it, or it is not of this machine",
        );
    }
    let names: Vec<String> = tried.into_iter().map(|(name, _)| name).collect();
    match names.is_empty() {
        true => Check::new(PORTS, Outcome::Ok, "本站不需要端口", "this station needs none"),
        false => Check::new(
            PORTS,
            Outcome::Ok,
            format!("{} 可用", names.join("、")),
            format!("free: {}", names.join(", ")),
        ),
    }
}

/// A check, and the packet size that the path was seen to carry.
type Found = (Check, Option<u16>);

/// A real handshake with the hub above.
async fn dial(patient: &Patient, parent: &ParentConfig) -> Found {
    tried(patient, parent).await.unwrap_or_else(|check| (*check, None))
}

async fn tried(patient: &Patient, parent: &ParentConfig) -> Result<Found, Box<Check>> {
    let address = resolved(&parent.address).await?;
    if is_refused(address) {
        let (zh, en) = (format!("{address} 没有程序在接收"), format!("nobody listens at {address}"));
        let check = Check::new(LINE, Outcome::Failed, zh, en);
        return Err(check
            .advise("上级汇总站没有运行，或端口不对", "the hub does not run, or the port is wrong")
            .into());
    }
    let (identity, stands_in) = match &patient.key {
        Ok(key) if !patient.running => (Identity::from_secret(*key.seed()), false),
        _ => (of_the_moment()?, true),
    };
    let dialer = Dialer::new(&identity).map_err(|error| undialled(address, &error))?;
    let found = match dialer.dial(address, parent.key.0).await {
        Ok(connection) => look(connection, address, stands_in).await,
        Err(error) => (undialled(address, &error), None),
    };
    dialer.close().await;
    Ok(found)
}

async fn resolved(address: &str) -> Result<SocketAddr, Box<Check>> {
    uplink::lookup(address).await.map_err(|reason| {
        let zh = format!("查不到上级地址 {address}");
        let check = Check::new(LINE, Outcome::Failed, zh, format!("failed to {reason}"));
        check.advise("请核对地址和域名解析", "look at the address and the name service").into()
    })
}

/// A key for one handshake.
fn of_the_moment() -> Result<Identity, Box<Check>> {
    let mut seed = [0; 32];
    match getrandom::fill(&mut seed) {
        Ok(()) => Ok(Identity::from_secret(seed)),
        Err(error) => {
            let en = format!("failed to draw a key: {error}");
            Err(Check::new(LINE, Outcome::Failed, "系统没有给出随机数", en).into())
        }
    }
}

/// Whether the machine at `address` says that nobody listens there. Silence says nothing.
fn is_refused(address: SocketAddr) -> bool {
    let any: SocketAddr = match address {
        SocketAddr::V4(_) => ([0, 0, 0, 0], 0).into(),
        SocketAddr::V6(_) => ([0_u16; 8], 0).into(),
    };
    let tried = UdpSocket::bind(any).and_then(|socket| {
        socket.connect(address)?;
        socket.set_read_timeout(Some(PORT_REFUSED_MAX))?;
        // No QUIC packet is so short: a listener drops it.
        socket.send(&[0])?;
        socket.recv(&mut [0; 1])
    });
    tried.is_err_and(|error| error.kind() == std::io::ErrorKind::ConnectionRefused)
}

/// Why no connection came about.
fn undialled(address: SocketAddr, error: &TransportError) -> Check {
    let (zh, advice, advice_en) = match error {
        TransportError::HandshakeTimeout { .. } => (
            format!("{address} 没有回应"),
            "请确认上级在运行、防火墙放行该 UDP 端口、线路能通过 1200 字节的分组",
            "see that the hub runs, that the UDP port is open, and that packets of 1,200 bytes pass",
        ),
        TransportError::WrongKey { .. } => (
            format!("{address} 应答的是另一把密钥"),
            "地址不对，或上级已换密钥：请与上级核对",
            "the address is wrong or the hub has a new key: ask it",
        ),
        _ => (format!("{address} 连接不上"), "请看英文原因", "see the reason above"),
    };
    Check::new(LINE, Outcome::Failed, zh, format!("failed to {}", chain(error))).advise(advice, advice_en)
}

/// Waits a little on a connection that stands at this end: for the hub's refusal, and for the path to show itself.
async fn look(connection: Connection, address: SocketAddr, stands_in: bool) -> Found {
    let begun = Instant::now();
    let refused = loop {
        if connection.mtu() >= MTU_BYTES_MAX || begun.elapsed() > LOOK_MAX {
            break false;
        }
        match tokio::time::timeout(Duration::from_millis(200), connection.recv()).await {
            Ok(Err(TransportError::NotAdmitted { .. })) => break true,
            Ok(Err(_)) => break false,
            // A frame, or nothing yet.
            Ok(Ok(_)) | Err(_) => {}
        }
    };
    let rtt_ms = connection.rtt().as_millis();
    let carried = (!refused).then(|| connection.mtu());
    connection.close("doctor");
    let (zh, en) = (
        format!("{address} 有回应，密钥相符，往返 {rtt_ms} 毫秒"),
        format!("{address} answers with the right key, round trip {rtt_ms} ms"),
    );
    let check = match refused && !stands_in {
        false => Check::new(LINE, Outcome::Ok, zh, en),
        true => Check::new(
            LINE,
            Outcome::Failed,
            format!("{zh}，但不接纳本站"),
            format!("{en}, and does not admit this station"),
        )
        .advise("请上级先授权本站密钥", "the hub above must appoint this station's key first"),
    };
    (check, carried)
}

fn mtu(carried: Option<u16>) -> Check {
    match carried {
        None => Check::skipped(MTU),
        Some(bytes) if bytes >= MTU_BYTES_GOOD => Check::new(
            MTU,
            Outcome::Ok,
            format!("线路可通过 {bytes} 字节"),
            format!("the path carries {bytes} bytes"),
        ),
        Some(bytes) => Check::new(
            MTU,
            Outcome::Warning,
            format!("线路只通过 {bytes} 字节，能用但更慢"),
            format!("the path carries only {bytes} bytes: it works, with more packets"),
        )
        .advise("请网络管理员检查隧道的 MTU", "ask whoever runs the network about the tunnel's MTU"),
    }
}
