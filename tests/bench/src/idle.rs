//! What a line carries when nobody files anything: held open by the real node, or made anew every few minutes.
//!
//! Counted by QUIC, both directions together: UDP payload, without the 28 bytes of IPv4 and UDP headers of each packet.

use std::time::{Duration, Instant};

use fengsui_daemon::commands::CommonAsk;
use fengsui_daemon::control;
use fengsui_daemon::failure::Failure;
use fengsui_daemon::home::{Home, NODE_CACHE_BYTES};
use fengsui_daemon::views::{Below, StationStatus};
use fengsui_node::node::NodeAsk;

use crate::driver::Log;
use crate::figure::Figure;
use crate::network::Network;
use crate::{failed, footprint::KB};

/// How long the line is watched: several beats, so that what lies between the first and the last is whole ones.
const WATCHED: Duration = Duration::from_secs(155);
/// Pause between two looks at the node's own count, which it renews at every beat.
const LOOK_EVERY: Duration = Duration::from_millis(500);
/// How long the last packets of a connection may take.
const FAREWELL: Duration = Duration::from_millis(200);
const SECONDS_PER_HOUR: f64 = 3_600.0;
/// Connections in an hour where a station asks every ten minutes.
const POLLS_PER_HOUR: f64 = 6.0;

/// The line of the node that runs in `home` and is connected.
///
/// # Errors
/// When it does not answer, or its line does not stand.
pub fn held(home: &Home) -> Result<Figure, Failure> {
    let begun = Instant::now();
    let mut seen: Vec<(Instant, u64)> = Vec::new();
    while begun.elapsed() < WATCHED {
        let bytes = bytes(home)?;
        if seen.last().is_none_or(|(_, last)| *last != bytes) {
            seen.push((Instant::now(), bytes));
        }
        std::thread::sleep(LOOK_EVERY);
    }
    // The first was found, not seen to come; from the second on the moments are those of beats.
    let [_, first, .., last] = seen.as_slice() else { return Err(failed("see the line beat three times")) };
    let per_second = (last.1 - first.1) as f64 / (last.0 - first.0).as_secs_f64();
    Ok(Figure::new("footprint", "idle line in an hour, held", per_second * SECONDS_PER_HOUR / KB, "kB"))
}

/// Bytes that the line of the node to its hub has carried.
fn bytes(home: &Home) -> Result<u64, Failure> {
    let status = control::ask(home, NODE_CACHE_BYTES, NodeAsk::Common(CommonAsk::Status(Below::default())))?;
    let status: StationStatus = fengsui_daemon::commands::view(status)?;
    let link = status.links.into_iter().map(|view| view.link).find(|link| link.above && link.online);
    link.map(|link| link.bytes_sent + link.bytes_received).ok_or_else(|| failed("find the line up"))
}

/// A connection made, greeted and closed, with nothing to send; and an hour of such.
///
/// # Errors
/// When the hub does not take it.
pub async fn polled(network: &Network, log: &Log) -> Result<Vec<Figure>, Failure> {
    let client = log.connect(network.province.address(), network.province.key).await?;
    let connection = client.connection.clone();
    client.close().await;
    tokio::time::sleep(FAREWELL).await;
    let stats = connection.stats();
    let bytes = (stats.bytes_sent + stats.bytes_received) as f64;
    let hour = bytes * POLLS_PER_HOUR / KB;
    Ok(vec![
        Figure::new("footprint", "a connection made, greeted and closed", bytes, "bytes"),
        Figure::new("footprint", "idle line in an hour, asked every 10 minutes", hour, "kB"),
    ])
}
