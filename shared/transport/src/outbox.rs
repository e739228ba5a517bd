//! Frames on their way out: one queue per class, one task that serves them in order of class.
//!
//! Priority inside QUIC orders only what QUIC has been given, and its send window is one for all streams. So a
//! single task hands over small pieces, always of the most urgent frame, and lets a more urgent one interrupt the
//! wait of a lesser; and the express classes may use a part of the window that the others cannot fill.

use std::{
    array,
    future::poll_fn,
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll},
};

use quinn::SendStream;
use tokio::sync::{mpsc, watch};

use crate::{
    Class, Violation, frame,
    limits::{EXPRESS_WINDOW_BYTES, PIECE_BYTES, QUEUE_FRAMES_MAX, SEND_WINDOW_BYTES},
    link::Link,
};

/// The queues of all classes.
pub(crate) struct Outbox {
    queues: Mutex<Option<[mpsc::Sender<Vec<u8>>; Class::COUNT]>>,
    settled: watch::Receiver<bool>,
}

/// The outbox takes no more frames: it was shut, or the link ended.
#[derive(Debug)]
pub(crate) struct Shut;

impl Outbox {
    /// Begins to send what will be put in. The task ends when the outbox is shut or dropped, or with the link.
    pub(crate) fn start(link: Arc<Link>) -> Outbox {
        let pairs = array::from_fn(|_| mpsc::channel(QUEUE_FRAMES_MAX));
        let senders = pairs.each_ref().map(|(sender, _)| sender.clone());
        let mut classes = Class::ALL.into_iter();
        let lanes = pairs.map(|(_, queue)| Lane::new(classes.next().expect("one queue per class"), queue));
        let (settle, settled) = watch::channel(false);
        tokio::spawn(async move {
            let writer = Writer { link, lanes, express: false };
            if writer.run().await.is_ok() {
                settle.send_replace(true);
            }
        });
        Outbox { queues: Mutex::new(Some(senders)), settled }
    }

    /// Puts a frame in, waiting for a place. Cancelled while waiting, the frame is not sent.
    pub(crate) async fn put(&self, class: Class, frame: Vec<u8>) -> Result<(), Shut> {
        let queue = match &*self.queues.lock().unwrap_or_else(PoisonError::into_inner) {
            Some(queues) => queues[usize::from(class.byte())].clone(),
            None => return Err(Shut),
        };
        queue.send(frame).await.map_err(|_| Shut)
    }

    /// Takes no more frames; those put in already still go out.
    pub(crate) fn shut(&self) {
        self.queues.lock().unwrap_or_else(PoisonError::into_inner).take();
    }

    /// After [`shut`](Self::shut): waits until the peer has acknowledged every frame. False if the link ended first.
    pub(crate) async fn settled(&self) -> bool {
        self.settled.clone().wait_for(|settled| *settled).await.is_ok()
    }
}

/// The link ended, or had to be ended.
#[derive(Debug)]
struct Broken;

struct Writer {
    link: Arc<Link>,
    lanes: [Lane; Class::COUNT],
    /// Whether the send window is open to its express part.
    express: bool,
}

impl Writer {
    async fn run(mut self) -> Result<(), Broken> {
        while let Some(class) = self.next().await {
            self.step(class).await?;
        }
        for lane in &mut self.lanes {
            lane.settle().await?;
        }
        Ok(())
    }

    /// The most urgent class with something to send. `None` when the outbox is shut and everything has been handed
    /// over.
    async fn next(&mut self) -> Option<Class> {
        poll_fn(|cx| {
            let mut open = false;
            for lane in &mut self.lanes {
                match lane.poll_load(cx) {
                    Poll::Ready(true) => return Poll::Ready(Some(lane.class)),
                    Poll::Ready(false) => {}
                    Poll::Pending => open = true,
                }
            }
            if open { Poll::Pending } else { Poll::Ready(None) }
        })
        .await
    }

    /// Hands over one piece of this class, unless something more urgent comes up while it waits.
    async fn step(&mut self, class: Class) -> Result<(), Broken> {
        self.set_window(class.is_express());
        let (above, from) = self.lanes.split_at_mut(usize::from(class.byte()));
        tokio::select! {
            biased;
            () = loaded(above) => Ok(()),
            handed = from[0].advance(&self.link) => handed,
        }
    }

    fn set_window(&mut self, express: bool) {
        if self.express != express {
            self.express = express;
            let extra = if express { EXPRESS_WINDOW_BYTES } else { 0 };
            self.link.quic.set_send_window(SEND_WINDOW_BYTES + extra);
        }
    }
}

/// Waits until one of these lanes, all empty, has something to send; for ever, if none will.
async fn loaded(lanes: &mut [Lane]) {
    poll_fn(|cx| {
        let any = lanes.iter_mut().any(|lane| lane.poll_load(cx) == Poll::Ready(true));
        if any { Poll::Ready(()) } else { Poll::Pending }
    })
    .await
}

/// One class: its queue, its stream once there is something to send, and the frame under way.
struct Lane {
    class: Class,
    queue: mpsc::Receiver<Vec<u8>>,
    stream: Option<SendStream>,
    /// Bytes of the frame under way; empty between frames.
    bytes: Vec<u8>,
    /// How many of them QUIC has taken.
    taken: usize,
    /// Whether the stream's class byte is among the bytes already loaded.
    announced: bool,
}

impl Lane {
    fn new(class: Class, queue: mpsc::Receiver<Vec<u8>>) -> Lane {
        Lane { class, queue, stream: None, bytes: Vec::new(), taken: 0, announced: false }
    }

    /// Makes sure that a frame is under way: true if one is, false if none will ever come.
    fn poll_load(&mut self, cx: &mut Context<'_>) -> Poll<bool> {
        if !self.bytes.is_empty() {
            return Poll::Ready(true);
        }
        self.queue.poll_recv(cx).map(|frame| {
            let Some(payload) = frame else { return false };
            self.bytes = frame::encode((!self.announced).then_some(self.class), &payload);
            self.taken = 0;
            self.announced = true;
            true
        })
    }

    /// Hands one piece to QUIC. Cancel-safe: a piece is counted in the poll that hands it over.
    async fn advance(&mut self, link: &Link) -> Result<(), Broken> {
        let stream = match &mut self.stream {
            Some(stream) => stream,
            none => {
                let stream = link.quic.open_uni().await.map_err(|_| Broken)?;
                stream.set_priority(self.class.priority()).map_err(|_| Broken)?;
                none.insert(stream)
            }
        };
        let end = self.bytes.len().min(self.taken + PIECE_BYTES);
        match stream.write(&self.bytes[self.taken..end]).await {
            Ok(taken) => self.taken += taken,
            Err(quinn::WriteError::Stopped(_)) => {
                link.accuse(Violation::Stopped { class: self.class });
                return Err(Broken);
            }
            Err(_) => return Err(Broken),
        }
        if self.taken == self.bytes.len() {
            self.bytes = Vec::new();
        }
        Ok(())
    }

    /// Ends the stream and waits until the peer has acknowledged all of it.
    async fn settle(&mut self) -> Result<(), Broken> {
        let Some(stream) = &mut self.stream else { return Ok(()) };
        stream.finish().map_err(|_| Broken)?;
        match stream.stopped().await {
            Ok(None) => Ok(()),
            _ => Err(Broken),
        }
    }
}
