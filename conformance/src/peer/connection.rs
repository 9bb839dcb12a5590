//! One upgraded connection: a task reads, stamps every event with its arrival time and answers pings;
//! the owner sends and takes events.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt, ReadHalf, WriteHalf};
use tokio::sync::{Mutex, mpsc, watch};
use tokio::task::JoinHandle;
use tokio::time::{Instant, timeout};

use super::decoder::{FrameFault, Splitter};
use super::deflate::{InflateRules, Inflater};
use super::frame::Frame;
use super::memory::Held;
use super::message::{Assembler, COMPRESSED, Message, Shape};
use super::stream::Stream;
use super::transcript::{Direction, Transcript};

/// Largest message this peer holds.
pub const MAX_MESSAGE: u64 = 16 * 1024 * 1024;
/// Events that may wait; then the socket is no longer read.
const MAX_WAITING: usize = 4_096;
/// A write that takes longer means the target does not read.
const WRITE_LIMIT: Duration = Duration::from_secs(5);

/// Most pauses between the pieces of one write, spread over it.
const MOST_PAUSES: usize = 16;
/// Bytes that have [`WRITE_LIMIT`] for themselves.
const WRITE_PIECE: usize = 1 << 20;
/// Bytes of a payload that is sent that are looked at for the transcript.
const MAX_SHOWN: usize = 8 * 1024;

/// Something that arrived, and when.
#[derive(Debug, Clone)]
pub struct Event {
    /// Arrival.
    pub at: Instant,
    /// What it was.
    pub kind: EventKind,
}

/// What arrived.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EventKind {
    /// A message or control frame.
    Message(Message),
    /// Something a server must not send; nothing is read after it.
    Fault(FrameFault),
    /// The end of the TCP stream: orderly (`None`) or with the system's error.
    End(Option<String>),
}

impl EventKind {
    /// Octets of its message, if it is one.
    fn size(&self) -> usize {
        match self {
            Self::Message(message) => message.size(),
            Self::Fault(_) | Self::End(_) => 0,
        }
    }
}

/// How a [`Link`] behaves.
#[derive(Debug, Clone, Copy)]
pub struct LinkOptions {
    /// Answer pings at once.
    pub auto_pong: bool,
    /// What was agreed for the messages of the server, when compression was.
    pub inflate: Option<InflateRules>,
}

impl Default for LinkOptions {
    fn default() -> Self {
        Self { auto_pong: true, inflate: None }
    }
}

/// An upgraded connection.
#[derive(Debug)]
pub struct Link {
    name: String,
    transcript: Transcript,
    writer: Arc<Mutex<WriteHalf<Stream>>>,
    events: mpsc::Receiver<Event>,
    /// Octets of the messages among them.
    waiting: Arc<AtomicUsize>,
    auto_pong: Arc<AtomicBool>,
    reading: watch::Sender<bool>,
    shapes: Shapes,
    task: JoinHandle<()>,
}

/// How data messages were written that the owner has not asked about.
type Shapes = Arc<std::sync::Mutex<VecDeque<Shape>>>;

impl Drop for Link {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Link {
    /// Takes over `stream` after its upgrade; `rest` is what was read behind the response head.
    pub fn new(
        name: &str,
        stream: Stream,
        rest: &[u8],
        transcript: Transcript,
        options: LinkOptions,
    ) -> Self {
        let (read, write) = tokio::io::split(stream);
        let writer = Arc::new(Mutex::new(write));
        let auto_pong = Arc::new(AtomicBool::new(options.auto_pong));
        let (sender, events) = mpsc::channel(MAX_WAITING);
        let (reading, may_read) = watch::channel(true);
        let shapes = Shapes::default();
        let waiting = Arc::new(AtomicUsize::new(0));
        let mut splitter = Splitter::new(MAX_MESSAGE);
        splitter.push(rest);
        let reader = Reader {
            name: name.to_owned(),
            transcript: transcript.clone(),
            read,
            writer: Arc::clone(&writer),
            auto_pong: Arc::clone(&auto_pong),
            splitter,
            assembler: Assembler::new(MAX_MESSAGE).inflating(options.inflate.map(Inflater::new)),
            shapes: Arc::clone(&shapes),
            sender,
            waiting: Arc::clone(&waiting),
            held: Held::default(),
            may_read,
            has_closed: false,
        };
        let task = tokio::spawn(reader.run());
        Self { name: name.to_owned(), transcript, writer, events, waiting, auto_pong, reading, shapes, task }
    }

    /// Name of the connection in the transcript.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The record this connection writes to.
    pub fn transcript(&self) -> &Transcript {
        &self.transcript
    }

    /// Turns the answering of pings on or off.
    pub fn set_auto_pong(&self, on: bool) {
        self.auto_pong.store(on, Ordering::Relaxed);
    }

    /// How the oldest data message was written that was not asked about yet; only where compression was
    /// agreed. It is known before the message's event is.
    pub fn take_shape(&self) -> Option<Shape> {
        self.shapes.lock().unwrap_or_else(PoisonError::into_inner).pop_front()
    }

    /// Stops or resumes reading from the socket: a slow client.
    pub fn set_reading(&self, on: bool) {
        self.reading.send_replace(on);
    }

    /// Sends a frame, masked with a fresh key unless it has one.
    pub async fn send_frame(&self, frame: Frame) -> bool {
        let frame = if frame.mask.is_some() { frame } else { frame.masked(rand::random()) };
        self.send_exact(&frame).await
    }

    /// Sends a frame exactly as it is, unmasked if it has no key.
    pub async fn send_exact(&self, frame: &Frame) -> bool {
        let kind = format!("{}{}", frame.opcode, if frame.fin { "" } else { "+" });
        let (payload, odd) = match frame.close_parts() {
            Some((code, reason)) if frame.opcode == super::Opcode::Close => {
                (format!("{code} {reason:?}"), false)
            }
            _ => {
                let is_text = std::str::from_utf8(&frame.payload).is_ok();
                (shown(frame, is_text), frame.rsv != 0 || frame.mask.is_none() || !is_text)
            }
        };
        let bytes = frame.encode();
        self.transcript.add(&self.name, Direction::Sent, &kind, &payload, odd.then_some(&bytes));
        self.write(&bytes).await
    }

    /// Sends bytes as they are.
    pub async fn send_bytes(&self, bytes: &[u8]) -> bool {
        self.transcript.add(&self.name, Direction::Sent, "bytes", "", Some(bytes));
        self.write(bytes).await
    }

    /// Sends bytes in pieces of `size`, each in a write of its own, with `pause` between some of them: on a busy
    /// machine a pause is long, and the target waits no longer than its timers allow. Nothing of this side, such
    /// as a pong, comes between.
    pub async fn send_pieces(&self, bytes: &[u8], size: usize, pause: Duration) -> bool {
        let words = format!("{} bytes in pieces of {size}", bytes.len());
        self.transcript.add(&self.name, Direction::Sent, "bytes", &words, Some(bytes));
        let mut writer = self.writer.lock().await;
        let between = (bytes.len() / size.max(1) / MOST_PAUSES).max(1);
        for (at, piece) in bytes.chunks(size.max(1)).enumerate() {
            if at > 0 && at % between == 0 && !pause.is_zero() {
                tokio::time::sleep(pause).await;
            }
            if !matches!(timeout(WRITE_LIMIT, write_whole(&mut writer, piece)).await, Ok(Ok(()))) {
                return false;
            }
        }
        true
    }

    /// Ends the sending side of the TCP connection.
    pub async fn shutdown(&self) {
        self.transcript.note(&self.name, "tcp shutdown");
        // The connection may be gone already: that is the aim.
        let _ = self.writer.lock().await.shutdown().await;
    }

    /// The next event, or `None` when `deadline` passes first.
    pub async fn next_event(&mut self, deadline: Instant) -> Option<Event> {
        match tokio::time::timeout_at(deadline, self.events.recv()).await {
            Ok(Some(event)) => {
                self.waiting.fetch_sub(event.kind.size(), Ordering::Relaxed);
                Some(event)
            }
            Ok(None) => Some(Event { at: Instant::now(), kind: EventKind::End(None) }),
            Err(_) => None,
        }
    }

    /// False when the target no longer takes bytes; the reader then says why.
    async fn write(&self, bytes: &[u8]) -> bool {
        let mut writer = self.writer.lock().await;
        for piece in bytes.chunks(WRITE_PIECE) {
            if !matches!(timeout(WRITE_LIMIT, write_whole(&mut writer, piece)).await, Ok(Ok(()))) {
                return false;
            }
        }
        true
    }
}

/// Writes and flushes: TLS may hold back a record otherwise.
async fn write_whole(writer: &mut WriteHalf<Stream>, bytes: &[u8]) -> std::io::Result<()> {
    writer.write_all(bytes).await?;
    writer.flush().await
}

/// The reading half of a [`Link`].
struct Reader {
    name: String,
    transcript: Transcript,
    read: ReadHalf<Stream>,
    writer: Arc<Mutex<WriteHalf<Stream>>>,
    auto_pong: Arc<AtomicBool>,
    splitter: Splitter,
    assembler: Assembler,
    shapes: Shapes,
    sender: mpsc::Sender<Event>,
    waiting: Arc<AtomicUsize>,
    held: Held,
    may_read: watch::Receiver<bool>,
    /// A close frame has come.
    has_closed: bool,
}

impl Reader {
    async fn run(mut self) {
        let mut chunk = vec![0; 16 * 1024];
        loop {
            if !self.drain().await {
                return;
            }
            let (splitter, assembler, waiting) = (&self.splitter, &self.assembler, &self.waiting);
            let needed = || splitter.rest().len() + assembler.held() + waiting.load(Ordering::Relaxed);
            self.held.hold(needed).await;
            if self.may_read.wait_for(|on| *on).await.is_err() {
                return;
            }
            let end = match self.read.read(&mut chunk).await {
                Ok(0) => None,
                Ok(size) => {
                    self.splitter.push(&chunk[..size]);
                    continue;
                }
                Err(error) => Some(error.to_string()),
            };
            self.transcript.note(&self.name, end.as_deref().unwrap_or("connection ended"));
            if !self.has_closed {
                self.transcript.note_cut();
            }
            self.emit(EventKind::End(end)).await;
            return;
        }
    }

    /// Handles all complete frames; false when nothing more is to be read.
    async fn drain(&mut self) -> bool {
        loop {
            let (message, bytes) = match self.splitter.next_frame() {
                Ok(None) => return true,
                Ok(Some(raw)) => (self.assembler.push(raw.frame), raw.bytes),
                Err(fault) => (Err(fault), self.splitter.rest().to_vec()),
            };
            match message {
                Ok(None) => {}
                Ok(Some(message)) => {
                    let shapes = self.assembler.take_shapes();
                    self.shapes.lock().unwrap_or_else(PoisonError::into_inner).extend(shapes);
                    self.transcript.message(&self.name, Direction::Received, &message);
                    self.has_closed |= matches!(message, Message::Close(_));
                    if !self.deliver(message).await {
                        return false;
                    }
                }
                Err(fault) => {
                    let text = fault.to_string();
                    self.transcript.add(&self.name, Direction::Received, "malformed", &text, Some(&bytes));
                    self.emit(EventKind::Fault(fault)).await;
                    return false;
                }
            }
        }
    }

    async fn deliver(&mut self, message: Message) -> bool {
        let at = Instant::now();
        if let Message::Ping(payload) = &message
            && self.auto_pong.load(Ordering::Relaxed)
        {
            let pong = Frame::pong(payload.clone()).masked(rand::random());
            self.transcript.message(&self.name, Direction::Sent, &Message::Pong(payload.clone()));
            let mut writer = self.writer.lock().await;
            // A target that no longer reads shows itself on the reading side.
            let _ = timeout(WRITE_LIMIT, write_whole(&mut writer, &pong.encode())).await;
        }
        self.waiting.fetch_add(message.size(), Ordering::Relaxed);
        self.sender.send(Event { at, kind: EventKind::Message(message) }).await.is_ok()
    }

    async fn emit(&self, kind: EventKind) {
        // Nobody listens any more when the check is over.
        let _ = self.sender.send(Event { at: Instant::now(), kind }).await;
    }
}

/// The payload of a frame for people. Of a long one its beginning is enough to tell it by.
fn shown(frame: &Frame, is_text: bool) -> String {
    let length = frame.payload.len();
    match (is_text, frame.rsv & COMPRESSED != 0) {
        (true, _) => String::from_utf8_lossy(&frame.payload[..length.min(MAX_SHOWN)]).into_owned(),
        (false, true) => format!("{length} octets, compressed"),
        (false, false) => format!("{length} octets"),
    }
}
