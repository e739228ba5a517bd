//! Frames that have come in and wait to be taken, the most urgent first.
//!
//! Each stream has a task that reads it into a queue of its own. A queue that nobody empties stops its own stream,
//! through that stream's window, and no other.

use std::{
    array,
    future::poll_fn,
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll},
};

use quinn::RecvStream;
use tokio::sync::mpsc;

use crate::{
    Class, Limits, Violation,
    frame::{Ending, read_class, read_frame},
    limits::QUEUE_FRAMES_MAX,
    link::Link,
};

type Queues = [mpsc::Receiver<Vec<u8>>; Class::COUNT];
type Slots = [Option<mpsc::Sender<Vec<u8>>>; Class::COUNT];

/// The queues of all classes.
pub(crate) struct Inbox {
    queues: tokio::sync::Mutex<Queues>,
}

impl Inbox {
    /// Begins to take in the peer's streams. The tasks end with the link.
    pub(crate) fn start(link: Arc<Link>, limits: Limits) -> Inbox {
        let pairs = array::from_fn(|_| mpsc::channel(QUEUE_FRAMES_MAX));
        let slots = pairs.each_ref().map(|(sender, _)| Some(sender.clone()));
        let queues = pairs.map(|(_, queue)| queue);
        let desk = Desk { link, slots: Arc::new(Mutex::new(slots)), limits };
        tokio::spawn(desk.accept_streams());
        Inbox { queues: tokio::sync::Mutex::new(queues) }
    }

    /// The most urgent frame waiting, or the next to come. `None` when no stream can bring another.
    ///
    /// Cancel-safe: a frame leaves its queue only in the poll that returns it.
    pub(crate) async fn next(&self) -> Option<(Class, Vec<u8>)> {
        let mut queues = self.queues.lock().await;
        poll_fn(|cx| poll_most_urgent(&mut queues, cx)).await
    }
}

fn poll_most_urgent(queues: &mut Queues, cx: &mut Context<'_>) -> Poll<Option<(Class, Vec<u8>)>> {
    let mut open = false;
    for (class, queue) in Class::ALL.into_iter().zip(queues) {
        match queue.poll_recv(cx) {
            Poll::Ready(Some(frame)) => return Poll::Ready(Some((class, frame))),
            Poll::Ready(None) => {}
            Poll::Pending => open = true,
        }
    }
    if open { Poll::Pending } else { Poll::Ready(None) }
}

/// Where new streams are told which queue is theirs.
#[derive(Clone)]
struct Desk {
    link: Arc<Link>,
    slots: Arc<Mutex<Slots>>,
    limits: Limits,
}

impl Desk {
    /// Takes in streams until the link ends. Streams that arrived before the end are still read: their frames were
    /// acknowledged to the sender.
    async fn accept_streams(self) {
        while let Ok(stream) = self.link.quic.accept_uni().await {
            tokio::spawn(self.clone().serve(stream));
        }
    }

    async fn serve(self, mut stream: RecvStream) {
        let link = self.link.clone();
        if let Ending::Violation(violation) = self.read(&mut stream).await {
            link.accuse(violation);
        }
    }

    /// Reads frames until the stream ends or nobody is left to take them.
    async fn read(self, stream: &mut RecvStream) -> Ending {
        let (class, queue) = match read_class(stream).await.and_then(|class| Ok((class, self.claim(class)?)))
        {
            Ok(claimed) => claimed,
            Err(ending) => return ending,
        };
        let limit = self.limits.frame_bytes_max_in;
        // Releases the slots: the queues end when every stream that might fill them has.
        drop(self);
        // The place in the queue comes first, so that a full queue holds no frame beyond its own.
        while let Ok(place) = queue.reserve().await {
            match read_frame(stream, class, limit).await {
                Ok(frame) => place.send(frame),
                Err(ending) => return ending,
            }
        }
        Ending::Lost
    }

    fn claim(&self, class: Class) -> Result<mpsc::Sender<Vec<u8>>, Ending> {
        let mut slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        slots[usize::from(class.byte())].take().ok_or(Ending::Violation(Violation::SecondStream { class }))
    }
}
