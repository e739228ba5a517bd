//! How the command line talks to a station: through the running daemon's socket if there is one, otherwise by opening
//! the store itself. Both run the same code, so every command works with the daemon down and with the link down.
//!
//! The socket lies in the station's directory and belongs to its owner. One line of JSON asks, one answers.

use std::sync::Arc;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{UnixListener, UnixStream};

use crate::clock::Clock;
use crate::failure::{Code, Failure};
use crate::home::Home;
use crate::links::Links;
use crate::session::Desk;
use crate::station::Station;
use crate::worker::Stopped;

/// Longest request: a report with every figure and both narratives is 20 kB of JSON.
const REQUEST_BYTES_MAX: u64 = 1024 * 1024;
/// Longest answer: a listing of ten thousand reports.
const ANSWER_BYTES_MAX: u64 = 64 * 1024 * 1024;

/// How long a command waits for a store that another process holds without answering: a station that starts, ends, or goes
/// over to a new key.
const HELD_MAX: std::time::Duration = std::time::Duration::from_secs(5);
/// How often it tries again meanwhile.
const HELD_LOOK_EVERY: std::time::Duration = std::time::Duration::from_millis(100);

/// What a command asks of a station.
pub trait Ask: Serialize + DeserializeOwned + Send + 'static {
    /// Does it. What is staged is durable before the answer is given.
    ///
    /// # Errors
    /// Why not.
    fn answer(
        self,
        station: &mut Station,
        links: &Links,
        now: fengsui_protocol::Now,
    ) -> Result<Value, Failure>;
}

/// Makes the socket of the station at `home`, whose store is open. Needs a running tokio.
///
/// # Errors
/// When it cannot be made.
pub fn bind(home: &Home) -> Result<UnixListener, Failure> {
    let path = home.socket();
    // A socket that an earlier process left behind; the store's lock has shown that none is alive.
    let _ = std::fs::remove_file(&path);
    UnixListener::bind(&path).map_err(|error| {
        Failure::new(Code::Unavailable, format!("failed to listen on {}: {error}", path.display()))
    })
}

/// Answers commands until the daemon goes down.
///
/// # Errors
/// None; it has the form of the daemon's other parts.
pub async fn serve<A: Ask>(listener: UnixListener, home: Home, desk: Desk) -> Result<(), Failure> {
    let desk = Arc::new(desk);
    let mut stop = desk.stop.clone();
    loop {
        let accepted = tokio::select! {
            _ = stop.wait_for(|stop| *stop) => break,
            accepted = listener.accept() => accepted,
        };
        if let Ok((stream, _)) = accepted {
            tokio::spawn(answer::<A>(stream, desk.clone()));
        }
    }
    let _ = std::fs::remove_file(home.socket());
    Ok(())
}

async fn answer<A: Ask>(stream: UnixStream, desk: Arc<Desk>) {
    let (from, mut to) = stream.into_split();
    let mut line = String::new();
    let mut from = BufReader::new(from.take(REQUEST_BYTES_MAX));
    if from.read_line(&mut line).await.is_err() {
        return;
    }
    let result = match serde_json::from_str::<A>(&line) {
        Ok(ask) => {
            let links = desk.links.clone();
            let called = desk.worker.call(move |station, now| ask.answer(station, &links, now)).await;
            called.unwrap_or_else(|stopped: Stopped| Err(stopped.into()))
        }
        Err(error) => Err(Failure::new(Code::Usage, format!("failed to read the request: {error}"))),
    };
    if let Ok(mut text) = serde_json::to_string(&result) {
        text.push('\n');
        let _ = to.write_all(text.as_bytes()).await;
    }
}

/// Whether a process takes commands for the station at `home`.
pub fn is_running(home: &Home) -> bool {
    std::os::unix::net::UnixStream::connect(home.socket()).is_ok()
}

/// Asks the station at `home`.
///
/// # Errors
/// What the station says, or why it cannot be asked.
pub fn ask<A: Ask>(home: &Home, cache_bytes: u64, ask: A) -> Result<Value, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| Failure::new(Code::Failed, format!("failed to start: {error}")))?;
    if let Ok(stream) = runtime.block_on(UnixStream::connect(home.socket())) {
        return runtime.block_on(over_socket(stream, &ask));
    }
    let clock = Clock::default();
    // What is wrong with the directory is told at once; only another process that holds the store is waited for.
    home.identity()?;
    let begun = std::time::Instant::now();
    loop {
        match home.open(cache_bytes, &clock) {
            Ok((mut station, _)) => {
                let answer = ask.answer(&mut station, &Links::default(), clock.now())?;
                station.commit(clock.now())?;
                return Ok(answer);
            }
            Err(failure) if failure.code == Code::Unavailable && begun.elapsed() < HELD_MAX => {
                std::thread::sleep(HELD_LOOK_EVERY);
            }
            Err(failure) => return Err(failure),
        }
        if let Ok(stream) = runtime.block_on(UnixStream::connect(home.socket())) {
            return runtime.block_on(over_socket(stream, &ask));
        }
    }
}

async fn over_socket<A: Ask>(stream: UnixStream, ask: &A) -> Result<Value, Failure> {
    let failed = |what: &dyn std::fmt::Display| {
        Failure::new(Code::Failed, format!("failed to talk to the running station: {what}"))
    };
    let mut text = serde_json::to_string(ask).map_err(|error| failed(&error))?;
    text.push('\n');
    let (from, mut to) = stream.into_split();
    to.write_all(text.as_bytes()).await.map_err(|error| failed(&error))?;
    let mut line = String::new();
    let mut from = BufReader::new(from.take(ANSWER_BYTES_MAX));
    from.read_line(&mut line).await.map_err(|error| failed(&error))?;
    serde_json::from_str::<Result<Value, Failure>>(&line).map_err(|error| failed(&error))?
}
