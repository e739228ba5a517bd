//! What this machine does by itself: the limits that the system is measured against.

use std::fs::File;
use std::hint::black_box;
use std::io::Write;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use fengsui_daemon::failure::Failure;
use fengsui_transport::{Admittance, Class, Connection, Dialer, Identity, Listener};
use fengsui_wire::{Author, Carried};
use tokio::task::AbortHandle;

use crate::failed;
use crate::figure::percentile;

/// How long one measurement of verification runs.
const VERIFY_FOR: Duration = Duration::from_millis(1_500);
/// How long one measurement of syncs at once runs.
const SYNC_FOR: Duration = Duration::from_millis(1_500);
/// About one report in the journal.
const APPEND_BYTES: usize = 1_000;
/// About one report, or one receipt, in a frame.
const PING_BYTES: usize = 500;

/// Entries with their author, ready to be verified.
pub struct Sample {
    /// Who signed.
    pub author: Author,
    /// What.
    pub entries: Vec<Carried>,
}

impl Sample {
    fn verify(&self, at: usize) {
        let carried = self.entries[at % self.entries.len()].clone();
        black_box(self.author.verify(carried.envelope, carried.body)).expect("a sound entry");
    }
}

/// Entries verified in a second by all cores together, each with strict verification of one after another.
pub fn verifications_per_s(sample: &Sample) -> f64 {
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let one = || {
        let begun = Instant::now();
        let mut count = 0;
        while begun.elapsed() < VERIFY_FOR {
            sample.verify(count);
            count += 1;
        }
        count as f64 / begun.elapsed().as_secs_f64()
    };
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..cores).map(|_| scope.spawn(one)).collect();
        threads.into_iter().map(|thread| thread.join().expect("verification does not panic")).sum()
    })
}

/// Median milliseconds of a small append with its `fdatasync`, of `count` one after another on the disk of `dir`.
///
/// # Errors
/// What the disk says.
pub fn sync_ms(dir: &Path, count: usize) -> Result<f64, Failure> {
    let mut file = File::create(dir.join("sync")).map_err(failed)?;
    let mut samples = Vec::with_capacity(count);
    for _ in 0..count {
        let begun = Instant::now();
        file.write_all(&[7; APPEND_BYTES]).and_then(|()| file.sync_data()).map_err(failed)?;
        samples.push(ms_since(begun));
    }
    Ok(percentile(&samples, 50))
}

/// Small appends, each with its `fdatasync`, that the disk of `dir` takes in a second from `writers` files at once: what
/// is left to each of many stations that share a disk.
///
/// # Errors
/// What the disk says.
pub fn syncs_per_s(dir: &Path, writers: usize) -> Result<f64, Failure> {
    let one = |number: usize| {
        let mut file = File::create(dir.join(format!("sync-{number}"))).map_err(failed)?;
        let begun = Instant::now();
        let mut count = 0;
        while begun.elapsed() < SYNC_FOR {
            file.write_all(&[7; APPEND_BYTES]).and_then(|()| file.sync_data()).map_err(failed)?;
            count += 1;
        }
        Ok::<_, Failure>(f64::from(count) / begun.elapsed().as_secs_f64())
    };
    std::thread::scope(|scope| {
        let one = &one;
        let threads: Vec<_> = (0..writers).map(|number| scope.spawn(move || one(number))).collect();
        threads.into_iter().map(|thread| thread.join().expect("a sync does not panic")).sum()
    })
}

/// The single steps that a report's way is made of, taken one after another beside the ways themselves, so that
/// whatever else the machine does meets both alike.
pub struct Steps {
    sample: Sample,
    file: File,
    dialer: Dialer,
    connection: Connection,
    echo: AbortHandle,
    syncs: Vec<f64>,
    verifications: Vec<f64>,
    pings: Vec<f64>,
}

impl Steps {
    /// Steps on the disk of `dir` and on loopback.
    ///
    /// # Errors
    /// When there is no file, or no connection comes about.
    pub async fn begin(dir: &Path, sample: Sample) -> Result<Self, Failure> {
        let file = File::create(dir.join("sync")).map_err(failed)?;
        let (ours, theirs) = (Identity::from_secret([1; 32]), Identity::from_secret([2; 32]));
        let address = ([127, 0, 0, 1], 0).into();
        let listener = Listener::bind(address, &theirs, Arc::new(Everybody)).map_err(failed)?;
        let to = listener.local_addr().map_err(failed)?;
        let echo = tokio::spawn(echo(listener)).abort_handle();
        let dialer = Dialer::new(&ours).map_err(failed)?;
        let connection = dialer.dial(to, theirs.public()).await.map_err(failed)?;
        let (syncs, verifications, pings) = (Vec::new(), Vec::new(), Vec::new());
        Ok(Self { sample, file, dialer, connection, echo, syncs, verifications, pings })
    }

    /// Takes each step once.
    ///
    /// # Errors
    /// What the system says.
    pub async fn take(&mut self) -> Result<(), Failure> {
        let begun = Instant::now();
        self.file.write_all(&[7; APPEND_BYTES]).and_then(|()| self.file.sync_data()).map_err(failed)?;
        self.syncs.push(ms_since(begun));
        let begun = Instant::now();
        self.sample.verify(self.verifications.len());
        self.verifications.push(ms_since(begun));
        let begun = Instant::now();
        self.connection.send(Class::Urgent, vec![7; PING_BYTES]).await.map_err(failed)?;
        self.connection.recv().await.map_err(failed)?;
        self.pings.push(ms_since(begun));
        Ok(())
    }

    /// Median milliseconds of a small append with its `fdatasync`.
    pub fn sync_ms(&self) -> f64 {
        percentile(&self.syncs, 50)
    }

    /// Median milliseconds of one strict verification.
    pub fn verify_ms(&self) -> f64 {
        percentile(&self.verifications, 50)
    }

    /// Median milliseconds of a round trip of small frames over the transport, on loopback.
    pub fn ping_ms(&self) -> f64 {
        percentile(&self.pings, 50)
    }

    /// Ends the connection.
    pub async fn close(self) {
        self.dialer.close().await;
        self.echo.abort();
    }
}

/// Milliseconds passed since `begun`.
pub fn ms_since(begun: Instant) -> f64 {
    begun.elapsed().as_secs_f64() * 1_000.0
}

struct Everybody;

impl Admittance for Everybody {
    fn admits(&self, _: &[u8; 32]) -> bool {
        true
    }
}

/// Sends back what comes on the first connection.
async fn echo(listener: Listener) {
    if let Some(Ok(connection)) = listener.accept().await {
        while let Ok((class, frame)) = connection.recv().await {
            // Whoever no longer listens has measured enough.
            let _ = connection.send(class, frame).await;
        }
    }
}
