//! What this machine does by itself: the limits that the system is measured against.

use std::fs::File;
use std::hint::black_box;
use std::io::Write;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use fengsui_daemon::failure::Failure;
use fengsui_transport::{Admittance, Class, Dialer, Identity, Listener};
use fengsui_wire::{Author, Carried};

use crate::failed;
use crate::figure::percentile;

/// How long one measurement of verification runs.
const VERIFY_FOR: Duration = Duration::from_millis(1_500);
/// Syncs, verifications and pings whose median is taken.
const SAMPLES: usize = 200;
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

/// Median milliseconds of one strict verification.
pub fn verify_ms(sample: &Sample) -> f64 {
    median(|at| {
        sample.verify(at);
        Ok(())
    })
    .unwrap_or_default()
}

/// Median milliseconds of a small append with its `fdatasync`, in a file in `dir`.
///
/// # Errors
/// What the system says.
pub fn sync_ms(dir: &Path) -> Result<f64, Failure> {
    let mut file = File::create(dir.join("sync")).map_err(failed)?;
    median(|_| {
        file.write_all(&[7; APPEND_BYTES])?;
        file.sync_data()
    })
    .map_err(failed)
}

fn median(mut work: impl FnMut(usize) -> std::io::Result<()>) -> std::io::Result<f64> {
    let mut samples = Vec::with_capacity(SAMPLES);
    for at in 0..SAMPLES {
        let begun = Instant::now();
        work(at)?;
        samples.push(begun.elapsed().as_secs_f64() * 1_000.0);
    }
    Ok(percentile(&samples, 50))
}

struct Everybody;

impl Admittance for Everybody {
    fn admits(&self, _: &[u8; 32]) -> bool {
        true
    }
}

/// Median milliseconds of a round trip of small frames over the transport, on loopback.
///
/// # Errors
/// When no connection comes about.
pub async fn ping_ms() -> Result<f64, Failure> {
    let (ours, theirs) = (Identity::from_secret([1; 32]), Identity::from_secret([2; 32]));
    let address = ([127, 0, 0, 1], 0).into();
    let listener = Listener::bind(address, &theirs, Arc::new(Everybody)).map_err(failed)?;
    let to = listener.local_addr().map_err(failed)?;
    let echo = tokio::spawn(async move {
        if let Some(Ok(connection)) = listener.accept().await {
            while let Ok((class, frame)) = connection.recv().await {
                let _ = connection.send(class, frame).await;
            }
        }
    });
    let dialer = Dialer::new(&ours).map_err(failed)?;
    let connection = dialer.dial(to, theirs.public()).await.map_err(failed)?;
    let mut samples = Vec::with_capacity(SAMPLES);
    for _ in 0..SAMPLES {
        let begun = Instant::now();
        connection.send(Class::Urgent, vec![7; PING_BYTES]).await.map_err(failed)?;
        connection.recv().await.map_err(failed)?;
        samples.push(begun.elapsed().as_secs_f64() * 1_000.0);
    }
    dialer.close().await;
    echo.abort();
    Ok(percentile(&samples, 50))
}
