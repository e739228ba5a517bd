//! A line between a township and the county that can be cut: a relay of datagrams.

use std::net::{SocketAddr, UdpSocket};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// Longest datagram of the network: MTU 1400 and room.
const DATAGRAM_BYTES_MAX: usize = 2048;

/// A cut line loses every datagram, both ways, and says nothing.
pub struct Line {
    address: SocketAddr,
    cut: Arc<AtomicBool>,
}

impl Line {
    /// A line to `hub`. Its two threads live as long as the process.
    ///
    /// # Errors
    /// When no socket can be had.
    pub fn to(hub: SocketAddr) -> std::io::Result<Self> {
        let near = Arc::new(UdpSocket::bind("127.0.0.1:0")?);
        let far = Arc::new(UdpSocket::bind("127.0.0.1:0")?);
        far.connect(hub)?;
        let address = near.local_addr()?;
        let cut = Arc::new(AtomicBool::new(false));
        let caller = Arc::new(std::sync::Mutex::new(None));
        {
            let (near, far, cut, caller) = (near.clone(), far.clone(), cut.clone(), caller.clone());
            std::thread::spawn(move || {
                pass(
                    &cut,
                    |buffer| {
                        let (length, from) = near.recv_from(buffer)?;
                        if let Ok(mut caller) = caller.lock() {
                            *caller = Some(from);
                        }
                        Ok(length)
                    },
                    |datagram| far.send(datagram),
                )
            });
        }
        let passing = cut.clone();
        std::thread::spawn(move || {
            pass(
                &passing,
                |buffer| far.recv(buffer),
                |datagram| match caller.lock().ok().and_then(|caller| *caller) {
                    Some(to) => near.send_to(datagram, to),
                    None => Ok(0),
                },
            )
        });
        Ok(Self { address, cut })
    }

    /// Where the township dials.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Cuts the line, or mends it.
    pub fn cut(&self, cut: bool) {
        self.cut.store(cut, Ordering::Relaxed);
    }
}

fn pass(
    cut: &AtomicBool,
    receive: impl Fn(&mut [u8]) -> std::io::Result<usize>,
    send: impl Fn(&[u8]) -> std::io::Result<usize>,
) {
    let mut buffer = [0; DATAGRAM_BYTES_MAX];
    loop {
        match receive(&mut buffer) {
            // A datagram that is not taken is a datagram lost, as on any line.
            Ok(length) if !cut.load(Ordering::Relaxed) => drop(send(&buffer[..length])),
            Ok(_) => {}
            Err(_) => std::thread::sleep(Duration::from_millis(20)),
        }
    }
}
