//! The one thread that owns a station. Everybody else holds a handle.
//!
//! It takes what has gathered, stages it, and commits once: so many sessions share one fsync, and nobody is told before it
//! that anything is kept. A failing store ends the thread, and with it the process.

use std::collections::BTreeMap;
use std::sync::{Arc, RwLock};

use fengsui_protocol::{Input, Now, Registry, Session, Side};
use fengsui_wire::{PublicKey, Verified};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, oneshot, watch};
use tokio::time::{Duration, Instant};

use crate::clock::Clock;
use crate::meter::Meter;
use crate::station::{Delivery, SessionId, Station, StationError, Work};

/// Jobs that may wait. A session that finds the queue full waits too, and so does, through QUIC, its peer.
const JOBS_MAX: usize = 1_024;
/// Entries that may wait in those jobs, in bytes: what is sent to the station while its disk is slow stays in memory until
/// then.
pub const WAITING_BYTES_MAX: usize = 32 * 1024 * 1024;
/// Jobs taken into one commit, unless the journal has enough before. With batches as they commonly are this is 4 MiB.
const JOBS_PER_COMMIT_MAX: usize = 64;

/// A commit of more entries than this is one of many: the next ones are under way.
const CROWD: usize = 16;
/// How long after a commit what can wait is gathered for the next one. A commit costs the disk and every session about the
/// same whatever it holds. A command waits for none of this, nor does a report that reaches a quiet hub.
const GATHER: Duration = Duration::from_millis(4);

/// What a session task hears.
#[derive(Debug)]
pub enum Told {
    /// An input for its session.
    Input(Input),
    /// End the connection; the next one begins with a new session.
    Restart,
}

/// The bytes of a job in the queue, given back when it is taken out.
type Room = Option<OwnedSemaphorePermit>;

type Call = Box<dyn FnOnce(&mut Station, Now) -> Box<dyn FnOnce() + Send> + Send>;

enum Job {
    Work(Work, Room),
    Call(Call),
    Attach(Side, PublicKey, oneshot::Sender<Attached>),
    Detach(SessionId),
}

impl Job {
    /// Whether a commit for it may wait for others to share it. Receipts on their way down may; entries may where many
    /// come; what only reads needs none.
    fn is_patient(&self, crowded: bool) -> bool {
        match self {
            Self::Detach(_) => true,
            Self::Work(Work::Keep(_) | Work::Load(..) | Work::LoadReceipts { .. }, _) => true,
            Self::Work(Work::Append { .. }, _) => crowded,
            Self::Work(..) | Self::Call(_) | Self::Attach(..) => false,
        }
    }
}

/// A session over the station's state, with what is told to it from then on.
pub struct Attached {
    /// Its number.
    pub id: SessionId,
    /// To be driven by the caller.
    pub session: Session,
    /// Completions and news.
    pub told: mpsc::UnboundedReceiver<Told>,
}

/// The station's thread has ended: its store failed, or the daemon is going down.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("ask the station: it has stopped")]
pub struct Stopped;

/// Handle to the thread.
#[derive(Clone)]
pub struct Worker {
    jobs: mpsc::Sender<Job>,
    room: Arc<Semaphore>,
    registry: Arc<RwLock<Arc<Registry>>>,
    meter: Meter,
    failed: watch::Receiver<bool>,
}

impl Worker {
    /// Starts the thread over `station`. Dropping the last handle ends it, after a last commit.
    ///
    /// # Panics
    /// Outside of a runtime, or where no thread can be started. The runtime must outlive the thread, and have threads of its
    /// own: its clock says how long to gather.
    pub fn start(station: Station, clock: Clock) -> (Self, std::thread::JoinHandle<()>) {
        let (jobs, queue) = mpsc::channel(JOBS_MAX);
        let (fail, failed) = watch::channel(false);
        let registry = Arc::new(RwLock::new(station.registry().clone()));
        let meter = Meter::default();
        let (shown, counts) = (registry.clone(), meter.clone());
        let runtime = tokio::runtime::Handle::current();
        let run = move || {
            let mut desk = Desk {
                station,
                clock,
                sessions: BTreeMap::new(),
                next: 0,
                registry: shown,
                meter: counts,
                runtime,
                gathered: 0,
                crowded: false,
                rested: Instant::now(),
            };
            if let Err(error) = desk.run(queue) {
                tracing::error!(error = &error as &dyn std::error::Error, "the store failed: stopping");
                let _ = fail.send(true);
            }
        };
        let thread = std::thread::Builder::new().name("station".into()).spawn(run);
        (
            Self { jobs, room: Arc::new(Semaphore::new(WAITING_BYTES_MAX)), registry, meter, failed },
            thread.expect("a thread can be started at the start of a process"),
        )
    }

    /// Appointments in force, for whoever must not wait.
    pub fn registry(&self) -> Arc<Registry> {
        self.registry
            .read()
            .map_or_else(|poisoned| poisoned.into_inner().clone(), |registry| registry.clone())
    }

    /// What is counted while it runs.
    pub fn meter(&self) -> &Meter {
        &self.meter
    }

    /// Runs `ask` on the station; its result comes back after everything it staged is durable.
    ///
    /// # Errors
    /// [`Stopped`].
    pub async fn call<R: Send + 'static>(
        &self,
        ask: impl FnOnce(&mut Station, Now) -> R + Send + 'static,
    ) -> Result<R, Stopped> {
        let (reply, answer) = oneshot::channel();
        let call: Call = Box::new(move |station, now| {
            let result = ask(station, now);
            Box::new(move || drop(reply.send(result)))
        });
        self.jobs.send(Job::Call(call)).await.map_err(|_| Stopped)?;
        answer.await.map_err(|_| Stopped)
    }

    /// A session with `peer`.
    ///
    /// # Errors
    /// [`Stopped`].
    pub async fn attach(&self, side: Side, peer: PublicKey) -> Result<Attached, Stopped> {
        let (reply, answer) = oneshot::channel();
        self.jobs.send(Job::Attach(side, peer, reply)).await.map_err(|_| Stopped)?;
        answer.await.map_err(|_| Stopped)
    }

    /// Hands over work of a session, once there is room for it.
    ///
    /// # Errors
    /// [`Stopped`].
    pub async fn work(&self, work: Work) -> Result<(), Stopped> {
        let bytes = match &work {
            Work::Append { entries, .. } => entries.iter().map(Verified::size).sum::<usize>(),
            _ => 0,
        };
        let room = match bytes.min(WAITING_BYTES_MAX) as u32 {
            0 => None,
            bytes => Some(self.room.clone().acquire_many_owned(bytes).await.map_err(|_| Stopped)?),
        };
        self.jobs.send(Job::Work(work, room)).await.map_err(|_| Stopped)
    }

    /// The session's connection is gone.
    pub async fn detach(&self, id: SessionId) {
        let _ = self.jobs.send(Job::Detach(id)).await;
    }

    /// Comes back when the store has failed, or the thread has ended for any other reason.
    pub async fn failed(&self) {
        // A thread that panicked is gone too: its end of the channel is closed.
        let _ = self.failed.clone().wait_for(|failed| *failed).await;
    }
}

struct Desk {
    station: Station,
    clock: Clock,
    sessions: BTreeMap<SessionId, mpsc::UnboundedSender<Told>>,
    next: SessionId,
    registry: Arc<RwLock<Arc<Registry>>>,
    meter: Meter,
    runtime: tokio::runtime::Handle,
    /// Entries in the commit that is being gathered.
    gathered: usize,
    /// Whether the last commit held many.
    crowded: bool,
    /// Until then what is patient waits for company.
    rested: Instant,
}

impl Desk {
    fn run(&mut self, mut queue: mpsc::Receiver<Job>) -> Result<(), StationError> {
        while let Some(first) = queue.blocking_recv() {
            let (mut after, mut patient, mut jobs) = (Vec::new(), true, 0);
            let mut next = Some(first);
            self.gathered = 0;
            while let Some(job) = next {
                jobs += 1;
                patient &= job.is_patient(self.crowded);
                self.take(job, &mut after)?;
                let full = jobs == JOBS_PER_COMMIT_MAX || self.station.store().is_full();
                next = if full { None } else { self.next(&mut queue, patient) };
            }
            if self.commit()? {
                (self.crowded, self.rested) = (self.gathered > CROWD, Instant::now() + GATHER);
            }
            after.into_iter().for_each(|reply| reply());
        }
        Ok(())
    }

    /// The next job for this commit, if there is one, or where all so far are `patient`, if one comes in time.
    fn next(&self, queue: &mut mpsc::Receiver<Job>, patient: bool) -> Option<Job> {
        match queue.try_recv() {
            Ok(job) => Some(job),
            Err(_) if !patient || Instant::now() >= self.rested => None,
            Err(_) => {
                let in_time = async { tokio::time::timeout_at(self.rested, queue.recv()).await };
                self.runtime.block_on(in_time).ok().flatten()
            }
        }
    }

    fn take(&mut self, job: Job, after: &mut Vec<Box<dyn FnOnce() + Send>>) -> Result<(), StationError> {
        let now = self.clock.now();
        match job {
            Job::Work(work, room) => {
                drop(room);
                if let Work::Append { entries, .. } = &work {
                    self.gathered += entries.len();
                }
                self.station.take(work, now)?;
                let told = self.station.told();
                self.deliver(told);
            }
            Job::Call(call) => {
                // A command sees what the commands before it have written: two revisions in one commit must not both
                // follow the same one.
                self.commit()?;
                after.push(call(&mut self.station, now));
            }
            Job::Attach(side, peer, reply) => {
                // A session begins from what is durable: nothing staged may be missed by it.
                self.commit()?;
                self.attach(side, peer, reply);
            }
            Job::Detach(id) => {
                self.sessions.remove(&id);
            }
        }
        Ok(())
    }

    fn attach(&mut self, side: Side, peer: PublicKey, reply: oneshot::Sender<Attached>) {
        let (tell, told) = mpsc::unbounded_channel();
        self.next += 1;
        self.sessions.insert(self.next, tell);
        let session = self.station.session(side, peer);
        let _ = reply.send(Attached { id: self.next, session, told });
    }

    /// `true` if there was anything to be made durable.
    fn commit(&mut self) -> Result<bool, StationError> {
        let (before, begun) = (self.station.store().facts(), Instant::now());
        let deliveries = self.station.commit(self.clock.now())?;
        let kept = self.station.store().facts() > before;
        if kept {
            self.meter.committed(begun.elapsed());
        }
        self.deliver(deliveries);
        Ok(kept)
    }

    fn deliver(&mut self, deliveries: Vec<Delivery>) {
        for delivery in deliveries {
            match delivery {
                Delivery::To(id, input) => self.tell(id, Told::Input(input)),
                Delivery::All(input) => {
                    if let Input::Registry(registry) = &input {
                        self.show(registry);
                    }
                    self.tell_all(|| Told::Input(input.clone()));
                }
                Delivery::Restart => self.tell_all(|| Told::Restart),
            }
        }
    }

    fn show(&self, registry: &Arc<Registry>) {
        if let Ok(mut shown) = self.registry.write() {
            *shown = registry.clone();
        }
    }

    fn tell(&mut self, id: SessionId, told: Told) {
        if let Some(session) = self.sessions.get(&id)
            && session.send(told).is_err()
        {
            self.sessions.remove(&id);
        }
    }

    fn tell_all(&mut self, told: impl Fn() -> Told) {
        self.sessions.retain(|_, session| session.send(told()).is_ok());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::home::{Home, NODE_CACHE_BYTES, Network};

    /// A desk whose last commit has just ended and which gathers for the next one without end.
    fn gathering(home: &Home) -> Desk {
        let division = "22".parse().expect("a division");
        home.init(division, &Network::New, None, None).expect("it is set up");
        let clock = Clock::default();
        let (station, _) = home.open(NODE_CACHE_BYTES, &clock).expect("it opens");
        Desk {
            registry: Arc::new(RwLock::new(station.registry().clone())),
            station,
            clock,
            sessions: BTreeMap::new(),
            next: 0,
            meter: Meter::default(),
            runtime: tokio::runtime::Handle::current(),
            gathered: 0,
            crowded: true,
            rested: Instant::now() + Duration::from_secs(3_600),
        }
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 1)]
    async fn what_is_patient_waits_for_company_and_nothing_else_does() {
        let dir = tempfile::tempdir().expect("a directory");
        let mut desk = gathering(&Home::new(dir.path().join("station")));
        let (jobs, mut queue) = mpsc::channel(JOBS_MAX);
        let asked = move || {
            assert!(desk.next(&mut queue, false).is_none(), "nothing is there, and nothing is waited for");
            let company = std::thread::spawn(move || {
                std::thread::sleep(Duration::from_millis(20));
                for id in [1, 2] {
                    jobs.blocking_send(Job::Detach(id)).expect("the desk listens");
                }
            });
            assert!(desk.next(&mut queue, true).is_some(), "company is waited for");
            company.join().expect("it is sent");
            assert!(desk.next(&mut queue, false).is_some(), "what is there already shares any commit");
            desk.rested = Instant::now() + Duration::from_millis(20);
            assert!(desk.next(&mut queue, true).is_none(), "company is not waited for without end");
        };
        tokio::task::spawn_blocking(asked).await.expect("the desk is right");
    }

    #[test]
    fn a_command_is_never_patient_and_entries_are_where_many_come() {
        let entries = || {
            let name = fengsui_wire::LogName {
                key: PublicKey([1; 32]),
                incarnation: fengsui_wire::Incarnation([1; 16]),
            };
            let source = fengsui_store::Source::Own;
            let lane = fengsui_wire::Lane::Urgent;
            Job::Work(Work::Append { session: 1, ticket: 1, name, lane, entries: Vec::new(), source }, None)
        };
        assert_eq!([false, true].map(|crowded| entries().is_patient(crowded)), [false, true]);
        let command: Call = Box::new(|_, _| Box::new(|| ()));
        assert!(!Job::Call(command).is_patient(true));
    }
}
