//! The frame phase: messages both ways, with the fault between.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::time::timeout;

use crate::mutants::fault::{Action, Fault, FrameAction, Out};
use crate::peer::{Assembler, RawFrame, Splitter};

use super::requests::Exchange;

/// Frames larger than this go on unseen.
const MAX_SEEN: u64 = 16 * 1024 * 1024;
/// Time for the other side to end after one has.
const LINGER: Duration = Duration::from_secs(2);

type Writer = Arc<tokio::sync::Mutex<OwnedWriteHalf>>;

/// The writing sides and the fault, shared by both directions.
#[derive(Clone)]
struct Between {
    fault: Arc<Mutex<Box<dyn Fault>>>,
    client: Writer,
    server: Writer,
    scale: f64,
}

/// Ends a direction.
enum End {
    Stream,
    Cut,
}

pub(super) async fn run(exchange: Exchange) {
    let (watches, overhears) = (exchange.fault.watches_client(), exchange.fault.overhears_client());
    let between = Between {
        fault: Arc::new(Mutex::new(exchange.fault)),
        client: Arc::new(tokio::sync::Mutex::new(exchange.client_write)),
        server: Arc::new(tokio::sync::Mutex::new(exchange.server_write)),
        scale: exchange.scale,
    };
    let overheard = between.fault().overhears_server();
    let down = from_server(between.clone(), exchange.server_read, exchange.from_server, overheard);
    let up = from_client(between.clone(), exchange.client_read, exchange.from_client, watches, overhears);
    tokio::pin!(down, up);
    tokio::select! {
        end = &mut down => {
            if matches!(end, End::Cut) {
                return;
            }
            if between.fault().holds_open() {
                up.await;
                return;
            }
            let _ = between.client.lock().await.shutdown().await;
            let _ = timeout(LINGER, up).await;
            if between.fault().keeps_server() {
                // The server is told nothing of the client's end, until the proxy itself ends.
                std::future::pending::<()>().await;
            }
        }
        end = &mut up => {
            if matches!(end, End::Cut) {
                return;
            }
            if between.fault().keeps_server() {
                // The server is told nothing of it, until the proxy itself ends.
                down.as_mut().await;
                std::future::pending::<()>().await;
            }
            let _ = between.server.lock().await.shutdown().await;
            let _ = timeout(LINGER, down).await;
            if between.fault().holds_open() {
                // Until the proxy itself ends.
                std::future::pending::<()>().await;
            }
        }
    }
}

async fn from_server(between: Between, mut read: OwnedReadHalf, first: Vec<u8>, overheard: bool) -> End {
    let first = if overheard && !first.is_empty() { between.fault().on_server_bytes(first) } else { first };
    let mut stream = Stream::new(first);
    stream.seen = !overheard;
    loop {
        while let Some(raw) = stream.next() {
            let action = between.fault().on_server_frame(&raw.frame);
            let step = match action {
                FrameAction::Bytes(bytes) => Some((Action::Do(vec![Out::ClientBytes(bytes)]), Vec::new())),
                FrameAction::Pass => stream.join(raw, |message| between.fault().on_server_message(message)),
            };
            let Some((action, bytes)) = step else { continue };
            if !between.carry_out(action, &between.client, &bytes).await {
                return End::Cut;
            }
        }
        let unseen = stream.unseen();
        if !unseen.is_empty() && between.client.lock().await.write_all(&unseen).await.is_err() {
            return End::Stream;
        }
        let change = |bytes| if overheard { between.fault().on_server_bytes(bytes) } else { bytes };
        if !stream.fill(&mut read, change).await {
            return End::Stream;
        }
    }
}

async fn from_client(
    between: Between,
    mut read: OwnedReadHalf,
    first: Vec<u8>,
    watches: bool,
    overhears: bool,
) -> End {
    let first = if overhears && !first.is_empty() { between.fault().on_client_bytes(first) } else { first };
    let mut stream = Stream::new(first);
    stream.seen = watches;
    loop {
        while let Some(raw) = stream.next() {
            let action = between.fault().on_client_frame(&raw.frame);
            let step = match action {
                FrameAction::Bytes(bytes) => Some((Action::Pass, bytes)),
                FrameAction::Pass => stream.join(raw, |message| between.fault().on_client_message(message)),
            };
            let Some((action, bytes)) = step else { continue };
            if !between.carry_out(action, &between.server, &bytes).await {
                return End::Cut;
            }
        }
        let unseen = stream.unseen();
        if !unseen.is_empty() && between.server.lock().await.write_all(&unseen).await.is_err() {
            return End::Stream;
        }
        let change = |bytes| match watches || overhears {
            true => between.fault().on_client_bytes(bytes),
            false => bytes,
        };
        if !stream.fill(&mut read, change).await {
            return End::Stream;
        }
    }
}

impl Between {
    fn fault(&self) -> std::sync::MutexGuard<'_, Box<dyn Fault>> {
        self.fault.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// False when the connections are to be cut. Write errors show themselves on the reading side.
    async fn carry_out(&self, action: Action, onward: &Writer, bytes: &[u8]) -> bool {
        let steps = match action {
            Action::Pass => {
                let _ = onward.lock().await.write_all(bytes).await;
                return true;
            }
            Action::Do(steps) => steps,
        };
        for step in steps {
            match step {
                Out::Client(message) => {
                    let _ = self.client.lock().await.write_all(&message.to_frame().encode()).await;
                }
                Out::ClientBytes(bytes) => {
                    let _ = self.client.lock().await.write_all(&bytes).await;
                }
                Out::ClientLater(time, message) => {
                    let (client, time) = (Arc::clone(&self.client), time.mul_f64(self.scale));
                    tokio::spawn(async move {
                        tokio::time::sleep(time).await;
                        let _ = client.lock().await.write_all(&message.to_frame().encode()).await;
                    });
                }
                Out::Server(message) => {
                    let frame = message.to_frame().masked(rand::random());
                    let _ = self.server.lock().await.write_all(&frame.encode()).await;
                }
                Out::ServerBytes(bytes) => {
                    let _ = self.server.lock().await.write_all(&bytes).await;
                }
                Out::Wait(time) => tokio::time::sleep(time.mul_f64(self.scale)).await,
                Out::Cut => return false,
            }
        }
        true
    }
}

/// One direction's bytes on their way to messages.
struct Stream {
    splitter: Splitter,
    assembler: Assembler,
    /// Bytes of the fragments of an open message.
    open: Vec<u8>,
    /// False when bytes go on without being looked at.
    seen: bool,
    passing: Vec<u8>,
}

impl Stream {
    fn new(first: Vec<u8>) -> Self {
        let mut splitter = Splitter::new(MAX_SEEN);
        splitter.push(&first);
        Self {
            splitter,
            assembler: Assembler::new(MAX_SEEN),
            open: Vec::new(),
            seen: true,
            passing: Vec::new(),
        }
    }

    /// Reads more, changed by `change`; false at the end.
    async fn fill(&mut self, read: &mut OwnedReadHalf, change: impl FnOnce(Vec<u8>) -> Vec<u8>) -> bool {
        let mut bytes = vec![0; 16 * 1024];
        match read.read(&mut bytes).await {
            Ok(0) | Err(_) => return false,
            Ok(size) => bytes.truncate(size),
        }
        let mut bytes = change(bytes);
        if self.seen {
            self.splitter.push(&bytes);
        } else {
            self.passing.append(&mut bytes);
        }
        true
    }

    fn next(&mut self) -> Option<RawFrame> {
        if !self.seen {
            return None;
        }
        match self.splitter.next_frame() {
            Ok(frame) => frame,
            Err(_) => {
                self.seen = false;
                None
            }
        }
    }

    /// Bytes that go on as they are.
    fn unseen(&mut self) -> Vec<u8> {
        if self.seen {
            return Vec::new();
        }
        let rest = std::mem::replace(&mut self.splitter, Splitter::new(MAX_SEEN));
        let mut bytes = rest.rest().to_vec();
        bytes.append(&mut self.passing);
        bytes
    }

    /// Adds a frame; gives what becomes of the message it completes, and the message's bytes.
    fn join(
        &mut self,
        raw: RawFrame,
        decide: impl FnOnce(&crate::peer::Message) -> Action,
    ) -> Option<(Action, Vec<u8>)> {
        let control = raw.frame.opcode.is_control();
        let mut bytes = if control { Vec::new() } else { std::mem::take(&mut self.open) };
        bytes.extend_from_slice(&raw.bytes);
        match self.assembler.join(raw.frame) {
            Ok(Some(message)) => Some((decide(&message), bytes)),
            Ok(None) => {
                self.open = bytes;
                None
            }
            // Not a message: it goes on as it is, for the receiver to judge.
            Err(_) => Some((Action::Pass, bytes)),
        }
    }
}
