//! Memory for what targets send. All peers of this process together hold no more than [`MOST`] of what has not become a
//! message yet, or waits to be taken, beside a little that each has for itself. A peer that needs more reads nothing
//! until others have let go: a target that announces much on every connection fills its own buffers, not this process.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::{Instant, timeout};

use crate::witness;

/// Octets that all peers hold together at most: three times the largest message.
const MOST: usize = 48 << 20;
/// Octets that each holds beside that: usual messages never wait.
const FREE: usize = 128 << 10;
/// Octets of a permit.
const UNIT: usize = 16 << 10;
/// After so long a wait is told, and looked at again.
const SLICE: Duration = Duration::from_millis(50);

static ROOM: Semaphore = Semaphore::const_new(MOST / UNIT);

/// What is held by all, counted.
static TOTAL: AtomicUsize = AtomicUsize::new(0);

/// What one peer holds. Dropping it lets go of it.
#[derive(Debug, Default)]
pub(crate) struct Held {
    permits: Option<SemaphorePermit<'static>>,
    octets: usize,
}

impl Held {
    /// Holds as many octets as `needed` says, as soon as there is room for them.
    pub(crate) async fn hold(&mut self, needed: impl Fn() -> usize) {
        let mut from = Instant::now();
        loop {
            let octets = needed();
            let units = octets.saturating_sub(FREE).div_ceil(UNIT);
            let more = units.saturating_sub(self.units());
            if more == 0 {
                self.let_go(units);
                self.count(octets);
                return;
            }
            match timeout(SLICE, ROOM.acquire_many(more as u32)).await {
                Ok(Ok(permits)) => match &mut self.permits {
                    Some(held) => held.merge(permits),
                    None => self.permits = Some(permits),
                },
                // It is never closed; without it there would be no limit.
                Ok(Err(_)) => return self.count(octets),
                Err(_) => {
                    // The target is not to blame for what was not read.
                    let now = Instant::now();
                    witness::waited(from, now);
                    from = now;
                }
            }
        }
    }

    fn units(&self) -> usize {
        self.permits.as_ref().map_or(0, SemaphorePermit::num_permits)
    }

    fn let_go(&mut self, units: usize) {
        let spare = self.units() - units;
        if let Some(permits) = &mut self.permits {
            drop(permits.split(spare));
        }
    }

    fn count(&mut self, octets: usize) {
        TOTAL.fetch_add(octets, Ordering::Relaxed);
        TOTAL.fetch_sub(std::mem::replace(&mut self.octets, octets), Ordering::Relaxed);
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        TOTAL.fetch_sub(self.octets, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::AsyncWriteExt as _;
    use tokio::net::{TcpListener, TcpStream};
    use tokio::task::JoinSet;

    use super::*;
    use crate::peer::{EventKind, Frame, Link, LinkOptions, Message, Stream, Transcript};

    /// Connections at one time, as many as the jobs of a run and some more.
    const LIARS: usize = 40;
    /// What each announces, and how much of it comes.
    const ANNOUNCED: u64 = 16 << 20;
    const COMES: usize = 15 << 20;

    async fn pair(listener: &TcpListener) -> (TcpStream, Link) {
        let stream = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        let (server, _) = listener.accept().await.unwrap();
        let options = LinkOptions::default();
        (server, Link::new("liar", Stream::Plain(stream), &[], Transcript::default(), options))
    }

    #[tokio::test]
    async fn however_much_is_announced_no_more_is_held_and_an_honest_message_still_comes() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (mut links, mut writing) = (Vec::new(), JoinSet::new());
        let bytes = [Frame::binary(Vec::new()).encode_head(ANNOUNCED), vec![7; COMES]].concat();
        let bytes = std::sync::Arc::new(bytes);
        for _ in 0..LIARS {
            let (mut server, link) = pair(&listener).await;
            links.push(link);
            let bytes = std::sync::Arc::clone(&bytes);
            writing.spawn(async move {
                // It is cut when it has been seen that nobody reads on.
                let _ = server.write_all(&bytes).await;
                server
            });
        }
        // Somebody waits for room now.
        while ROOM.available_permits() > 2 {
            assert!(TOTAL.load(Ordering::Relaxed) <= MOST + (LIARS + 1) * (FREE + 2 * UNIT));
            tokio::task::yield_now().await;
        }
        for _ in 0..1_000 {
            tokio::task::yield_now().await;
            assert!(TOTAL.load(Ordering::Relaxed) <= MOST + (LIARS + 1) * (FREE + 2 * UNIT));
        }
        drop((links, writing));
        let (mut server, mut link) = pair(&listener).await;
        let sending = tokio::spawn(async move {
            server.write_all(&Frame::binary(vec![7; 16 << 20]).encode()).await.unwrap();
            server
        });
        let end = Instant::now() + Duration::from_secs(60);
        let event = link.next_event(end).await.unwrap();
        let EventKind::Message(Message::Binary(bytes)) = event.kind else { panic!("{event:?}") };
        assert_eq!(bytes.len(), 16 << 20);
        drop(sending);
    }
}
