//! Drives one session over one connection.

use fengsui_protocol::{Class, Input, Output, Side};
use fengsui_store::Source;
use fengsui_transport::Connection;
use fengsui_wire::PublicKey;
use tokio::sync::{mpsc, watch};

use crate::clock::Clock;
use crate::links::{Links, Presences};
use crate::station::{SessionId, Work};
use crate::worker::{Attached, Stopped, Told, Worker};

/// What every session task of a daemon shares.
#[derive(Clone)]
pub struct Desk {
    /// The station's thread.
    pub worker: Worker,
    /// Time.
    pub clock: Clock,
    /// For `status`.
    pub links: Links,
    /// Becomes true when the daemon goes down.
    pub stop: watch::Receiver<bool>,
}

enum Event {
    Frame(Result<Vec<u8>, String>),
    Told(Option<Told>),
    Deadline,
    Presences(Presences),
    Stop,
}

/// Runs the session until the connection ends; returns why, in a sentence.
///
/// # Errors
/// [`Stopped`] when the station's thread has ended.
pub async fn drive(desk: &Desk, side: Side, connection: Connection) -> Result<String, Stopped> {
    let peer = PublicKey(connection.peer());
    let Attached { id, session, told } = desk.worker.attach(side, peer).await?;
    let out = Writers::start(&connection);
    let mut news = desk.links.news();
    // What was said before this connection is to be told too.
    news.mark_changed();
    let mut task = Task { desk: desk.clone(), side, peer, id, session, told, news, out, ended: None };
    let reason = task.run(&connection).await;
    task.out.finish().await;
    // What is queued goes out, goodbye included, unless the other end is gone.
    let _ = connection.finish().await;
    desk.worker.detach(id).await;
    let reason = reason?;
    desk.links.down(peer, side, &reason, desk.clock.now().wall_ms);
    Ok(reason)
}

struct Task {
    desk: Desk,
    side: Side,
    peer: PublicKey,
    id: SessionId,
    session: fengsui_protocol::Session,
    told: mpsc::UnboundedReceiver<Told>,
    news: watch::Receiver<Presences>,
    out: Writers,
    ended: Option<String>,
}

impl Task {
    async fn run(&mut self, connection: &Connection) -> Result<String, Stopped> {
        self.handle(Input::Up).await?;
        while self.ended.is_none() {
            let input = match self.next(connection).await {
                Event::Frame(Ok(frame)) => Input::Frame(frame),
                Event::Frame(Err(reason)) => return Ok(reason),
                Event::Told(Some(Told::Input(input))) => input,
                Event::Told(Some(Told::Restart)) => return Ok("this station goes on in a new log".into()),
                Event::Told(None) => return Err(Stopped),
                Event::Presences(heard) => Input::Presences(heard.values().cloned().collect()),
                Event::Deadline => {
                    self.desk.links.measured(self.peer, connection);
                    Input::Deadline
                }
                Event::Stop => {
                    let reason = "this station is going down".to_owned();
                    self.out.send(Class::Control, fengsui_wire::Message::Bye(reason.clone()).to_bytes());
                    return Ok(reason);
                }
            };
            self.handle(input).await?;
        }
        Ok(self.ended.take().unwrap_or_default())
    }

    async fn next(&mut self, connection: &Connection) -> Event {
        let deadline = self.desk.clock.at(self.session.next_deadline());
        tokio::select! {
            _ = self.desk.stop.wait_for(|stop| *stop) => Event::Stop,
            told = self.told.recv() => Event::Told(told),
            frame = connection.recv() => {
                Event::Frame(frame.map(|(_, frame)| frame).map_err(|error| crate::uplink::chain(&error)))
            }
            Ok(()) = self.news.changed(), if self.side == Side::Uplink => {
                Event::Presences(self.news.borrow_and_update().clone())
            }
            () = tokio::time::sleep_until(deadline) => Event::Deadline,
        }
    }

    async fn handle(&mut self, input: Input) -> Result<(), Stopped> {
        for output in self.session.handle(self.desk.clock.now(), input) {
            self.carry_out(output).await?;
        }
        self.desk.links.behind(self.peer, self.session.behind());
        Ok(())
    }

    async fn carry_out(&mut self, output: Output) -> Result<(), Stopped> {
        let source = Source::Peer(self.peer);
        let work = match output {
            Output::Send(class, frame) => {
                if !self.out.send(class, frame) {
                    self.ended.get_or_insert_with(|| "the peer does not read".into());
                }
                return Ok(());
            }
            Output::Close(reason) => {
                tracing::info!(peer = %self.peer.short(), reason, "connection ends");
                self.ended.get_or_insert(reason);
                return Ok(());
            }
            Output::Greeted { software, clock_offset_ms } => {
                tracing::info!(peer = %self.peer.short(), software, "connected");
                let now_ms = self.desk.clock.now().wall_ms;
                self.desk.links.greeted(self.peer, self.side, software, clock_offset_ms, now_ms);
                if self.side == Side::Uplink {
                    // Whoever is served stands, whatever was said before.
                    let told = self.desk.worker.call(|station, _| station.told_revoked(None)).await?;
                    return told.or(Err(Stopped));
                }
                return Ok(());
            }
            Output::Presence(presence) => {
                self.desk.links.heard(*presence);
                return Ok(());
            }
            Output::Append { ticket, name, lane, entries } => {
                Work::Append { session: self.id, ticket, name, lane, entries, source }
            }
            Output::Keep(receipt) => Work::Keep(receipt),
            Output::Load(load) => Work::Load(self.id, load),
            Output::LoadReceipts { ticket, log, lane, signer, from } => {
                Work::LoadReceipts { session: self.id, ticket, log, lane, signer, from }
            }
            Output::Forked { name, theirs } => Work::Forked { name, theirs, source },
            Output::SetBack { theirs } => Work::SetBack { theirs, source },
            Output::Quarantine { reason, bytes } => Work::Quarantine { reason, bytes, source },
        };
        self.desk.worker.work(work).await
    }
}

/// Bytes of one class that may wait for the connection. The protocol's windows stay far below; only a peer that asks
/// and does not read comes here.
const WAITING_BYTES_MAX: usize = 8 * 1024 * 1024;

/// One queue and one task for each class, so that a full line of the bulk lane holds up nobody else.
struct Writers {
    queues: Vec<mpsc::UnboundedSender<Vec<u8>>>,
    waiting: Vec<std::sync::Arc<std::sync::atomic::AtomicUsize>>,
    tasks: tokio::task::JoinSet<()>,
}

impl Writers {
    fn start(connection: &Connection) -> Self {
        let mut tasks = tokio::task::JoinSet::new();
        let (mut queues, mut waiting) = (Vec::new(), Vec::new());
        for class in fengsui_transport::Class::ALL {
            let (queue, mut frames) = mpsc::unbounded_channel::<Vec<u8>>();
            let bytes = std::sync::Arc::new(std::sync::atomic::AtomicUsize::new(0));
            queues.push(queue);
            waiting.push(bytes.clone());
            let connection = connection.clone();
            tasks.spawn(async move {
                while let Some(frame) = frames.recv().await {
                    bytes.fetch_sub(frame.len(), std::sync::atomic::Ordering::Relaxed);
                    if connection.send(class, frame).await.is_err() {
                        return;
                    }
                }
            });
        }
        Self { queues, waiting, tasks }
    }

    /// `false` when the peer takes nothing any more.
    fn send(&self, class: Class, frame: Vec<u8>) -> bool {
        let class = class as usize;
        let waiting = self.waiting[class].fetch_add(frame.len(), std::sync::atomic::Ordering::Relaxed);
        // A closed queue is a connection that has ended; `recv` will say why.
        let _ = self.queues[class].send(frame);
        waiting < WAITING_BYTES_MAX
    }

    async fn finish(&mut self) {
        self.queues.clear();
        let drained = async { while self.tasks.join_next().await.is_some() {} };
        let _ = tokio::time::timeout(fengsui_transport::limits::FINISH_MAX, drained).await;
        self.tasks.abort_all();
    }
}
