//! One direction of one connection: read, hold back, write.

use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::sync::{mpsc, watch};
use tokio::time::{Instant, sleep, sleep_until};

use super::cutter::{Cutter, Piece};
use super::plan::{Ending, Treatment};

/// Bytes of one read.
const CHUNK: usize = 16 * 1024;
/// Reads that may be on their way; then the sender is no longer read, as with a full network.
const UNDER_WAY: usize = 16;

/// How a direction ended.
pub(super) enum Over {
    /// The end of the stream went on; the other direction may live.
    Stream,
    /// Both directions end.
    Cut(Ending),
}

/// What is under way, and when it is due.
struct Parcel {
    due: Instant,
    content: Content,
}

enum Content {
    Bytes(Vec<u8>),
    /// The orderly end of the stream.
    End,
    /// The connection broke. As on any way, what was sent before arrives before.
    Reset,
}

/// Carries bytes from `read` to `write` until one of them ends. Where nobody takes them any more only this direction
/// ends: what the other side said before it went, such as why, is still on its way back.
pub(super) async fn pump(
    read: OwnedReadHalf,
    write: &mut OwnedWriteHalf,
    treatment: Treatment,
    held: watch::Receiver<bool>,
) -> Over {
    let (sender, parcels) = mpsc::channel(if treatment.narrow { 1 } else { UNDER_WAY });
    let (delay, end_delay) = (treatment.delay, treatment.end_delay);
    let writing = deliver(parcels, write, treatment, held);
    tokio::pin!(writing);
    let taking = take(read, sender, delay, end_delay);
    tokio::pin!(taking);
    tokio::select! {
        over = &mut writing => over,
        () = &mut taking => writing.await,
    }
}

/// Reads until the connection has ended, or nobody takes what was read.
async fn take(mut read: OwnedReadHalf, sender: mpsc::Sender<Parcel>, delay: Duration, end_delay: Duration) {
    loop {
        let mut bytes = Vec::with_capacity(CHUNK);
        let size = read.read_buf(&mut bytes).await;
        let due = Instant::now() + delay;
        let (parcel, last) = match size {
            Ok(0) => (Parcel { due: due + end_delay, content: Content::End }, true),
            Ok(_) => (Parcel { due, content: Content::Bytes(bytes) }, false),
            Err(_) => (Parcel { due, content: Content::Reset }, true),
        };
        if sender.send(parcel).await.is_err() || last {
            return;
        }
    }
}

async fn deliver(
    mut parcels: mpsc::Receiver<Parcel>,
    write: &mut OwnedWriteHalf,
    treatment: Treatment,
    mut held: watch::Receiver<bool>,
) -> Over {
    let ending = treatment.cut.as_ref().map_or(Ending::End, |cut| cut.ending);
    let mut cutter = treatment.cut.map(Cutter::new);
    while let Some(parcel) = parcels.recv().await {
        sleep_until(parcel.due).await;
        // The line is gone when its owner is: then nothing goes on any more.
        if held.wait_for(|held| !*held).await.is_err() {
            return Over::Cut(Ending::End);
        }
        let bytes = match parcel.content {
            Content::Bytes(bytes) => bytes,
            Content::End => break,
            Content::Reset => return Over::Cut(Ending::Reset),
        };
        let piece = match &mut cutter {
            Some(cutter) => cutter.pass(bytes),
            None => Piece { bytes, cut: false },
        };
        let size = treatment.trickle.map_or(piece.bytes.len().max(1), |(size, _)| size);
        for some in piece.bytes.chunks(size) {
            if write.write_all(some).await.is_err() {
                return Over::Stream;
            }
            if let Some((_, every)) = treatment.trickle {
                sleep(every).await;
            }
        }
        if piece.cut {
            return Over::Cut(ending);
        }
    }
    // The other side may be gone already: that is the aim.
    let _ = write.shutdown().await;
    Over::Stream
}

/// Ends a connection so that its peer sees a reset, not an orderly end before it.
fn reset(write: OwnedWriteHalf) {
    // Where it can't be had, an orderly end must do.
    let _ = write.as_ref().set_zero_linger();
    write.forget();
}

/// Both directions of one connection.
pub(super) struct Directions {
    pub(super) client: (OwnedReadHalf, OwnedWriteHalf),
    pub(super) server: (OwnedReadHalf, OwnedWriteHalf),
    pub(super) up: Treatment,
    pub(super) down: Treatment,
    pub(super) gate: Arc<super::relay::Gate>,
}

impl Directions {
    /// Carries bytes both ways until both directions have ended, or the connection is cut.
    pub(super) async fn run(self) {
        let (client_read, mut client_write) = self.client;
        let (server_read, mut server_write) = self.server;
        let mut cut = self.gate.cut.subscribe();
        let ending = {
            let up = pump(client_read, &mut server_write, self.up, self.gate.up.subscribe());
            let down = pump(server_read, &mut client_write, self.down, self.gate.down.subscribe());
            let both = async {
                tokio::pin!(up, down);
                tokio::select! {
                    over = &mut up => match over { Over::Stream => down.await, cut => cut },
                    over = &mut down => match over { Over::Stream => up.await, cut => cut },
                }
            };
            tokio::select! {
                over = both => match over { Over::Stream => None, Over::Cut(ending) => Some(ending) },
                asked = cut.wait_for(Option::is_some) => asked.ok().and_then(|ending| *ending),
            }
        };
        if ending == Some(Ending::Reset) {
            reset(client_write);
            reset(server_write);
        }
    }
}
