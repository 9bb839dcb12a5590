//! A connection as sessions and broadcasts see it.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use tokio::sync::Notify;
use tokio::time::Instant;

use super::collector::{Collector, Item};
use super::engine::{Deflate, Outbox, SendError};
use crate::backend::{BATCH, MSGPACK};
use crate::config::Config;
use crate::doors::Opening;
use crate::observe::Metrics;
use crate::sessions::Client;
use crate::wire::Dialect;
use crate::wire::encode::{Audience, Message};
use crate::wire::error::CloseCause;
use crate::wire::events::EventMark;
use crate::wire::forms::{Encoding, Forms};
use crate::wire::identity::ClientId;

/// The shared part of a connection: where it can be written to, and how it can be ended.
pub struct Link {
    client_id: ClientId,
    dialect: Dialect,
    outbox: Arc<Outbox>,
    config: Arc<Config>,
    deflate: Option<Deflate>,
    /// Whether it announced that it reads MessagePack.
    msgpack: AtomicBool,
    /// What holds updates back, once it announced that it takes batches.
    collector: OnceLock<Arc<Collector>>,
    metrics: Arc<Metrics>,
    opened: Instant,
    /// Milliseconds from `opened` to the last application message, either way.
    last_application: AtomicU64,
    /// Why it is to end; the first cause stands.
    cause: Mutex<Option<CloseCause>>,
    wake: Notify,
}

impl Link {
    /// The link of a new connection.
    #[must_use]
    pub fn new(opening: &Opening, outbox: Arc<Outbox>, config: Arc<Config>, metrics: Arc<Metrics>) -> Self {
        Self {
            client_id: ClientId::random(),
            dialect: opening.profile.dialect(),
            outbox,
            config,
            deflate: opening.deflate,
            msgpack: AtomicBool::new(false),
            collector: OnceLock::new(),
            metrics,
            opened: Instant::now(),
            last_application: AtomicU64::new(0),
            cause: Mutex::new(None),
            wake: Notify::new(),
        }
    }

    /// Sends an application message.
    pub fn send(&self, message: &Message) {
        self.deliver(&Forms::of(message), Audience::Other);
    }

    /// Sends the answer to a sign of life, which keeps nothing alive.
    pub fn send_life(&self, message: &Message) {
        self.push(&Forms::of(message), Audience::Other, Way::Plain);
    }

    /// Takes note of what the client announced. Nothing is taken back.
    pub fn announce(&self, capabilities: &[String]) {
        let has = |name: &str| capabilities.iter().any(|capability| capability == name);
        if has(MSGPACK) {
            self.msgpack.store(true, Ordering::Release);
        }
        if has(BATCH) {
            let new = || Collector::new(Arc::clone(&self.outbox), self.encoding(), &self.config);
            self.collector.get_or_init(|| Arc::new(new()));
        }
    }

    /// Whether it announced that it reads and may send MessagePack.
    #[must_use]
    pub fn has_msgpack(&self) -> bool {
        self.msgpack.load(Ordering::Acquire)
    }

    fn encoding(&self) -> Encoding {
        let wire = &self.config.wire;
        Encoding {
            msgpack_from: self.has_msgpack().then_some(wire.msgpack_min_bytes),
            deflate_from: self.deflate.map(|_| wire.deflate_min_bytes),
            window_bits: self.deflate.map_or(0, |deflate| deflate.server_window_bits),
        }
    }

    /// Waits until somebody ends it.
    pub async fn ended(&self) -> CloseCause {
        loop {
            let woken = self.wake.notified();
            if let Some(cause) = self.cause() {
                return cause;
            }
            woken.await;
        }
    }

    /// Notes an application message.
    pub fn touch(&self) {
        let millis = u64::try_from(self.opened.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.last_application.fetch_max(millis, Ordering::Relaxed);
    }

    /// When the last application message was.
    #[must_use]
    pub fn last_application(&self) -> Instant {
        self.opened + std::time::Duration::from_millis(self.last_application.load(Ordering::Relaxed))
    }

    /// When it opened.
    #[must_use]
    pub fn opened(&self) -> Instant {
        self.opened
    }

    /// Events that were for it and never reached it.
    #[must_use]
    pub fn take_lost(&self) -> Vec<Arc<EventMark>> {
        if let Some(collector) = self.collector.get() {
            // what can't be sent any more is lost, and counted there
            let _ = collector.flush();
        }
        self.outbox.take_lost()
    }

    fn cause(&self) -> Option<CloseCause> {
        *self.cause.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn push(&self, forms: &Forms<'_>, audience: Audience, way: Way<'_>) {
        if self.cause().is_some() {
            return;
        }
        let sent = match self.collector.get() {
            None => self.send_alone(forms, audience, way),
            Some(collector) => {
                let waits = forms.message().may_wait();
                let (mark, exempt) = match way {
                    Way::Plain => (None, false),
                    Way::Event(mark) => (Some(mark), false),
                    Way::Replay => (None, true),
                };
                if waits || mark.is_some() || exempt {
                    let text = forms.text(self.dialect, audience);
                    collector.take(Item { text, mark, exempt, waits })
                } else {
                    collector.then(|| self.send_alone(forms, audience, way))
                }
            }
        };
        match sent {
            Ok(()) => self.metrics.messages_sent.increment(),
            // The engine tells the connection's own task of an overflow.
            Err(SendError::Full | SendError::Closed) => self.metrics.messages_failed.increment(),
        }
    }

    fn send_alone(&self, forms: &Forms<'_>, audience: Audience, way: Way<'_>) -> Result<(), SendError> {
        let frame = forms.frame(self.dialect, audience, &self.encoding());
        match way {
            Way::Plain => self.outbox.send(&frame),
            Way::Event(mark) => self.outbox.send_event(&frame, mark),
            Way::Replay => self.outbox.send_exempt(&frame),
        }
    }
}

/// How a message counts on its way.
#[derive(Clone, Copy)]
enum Way<'a> {
    /// Against the limits of the queue.
    Plain,
    /// The same; its loss is noted.
    Event(&'a Arc<EventMark>),
    /// Not at all.
    Replay,
}

impl Client for Link {
    fn client_id(&self) -> &ClientId {
        &self.client_id
    }

    fn dialect(&self) -> Dialect {
        self.dialect
    }

    fn deliver(&self, forms: &Forms<'_>, audience: Audience) {
        self.touch();
        self.push(forms, audience, Way::Plain);
    }

    fn deliver_event(&self, forms: &Forms<'_>, audience: Audience, mark: &Arc<EventMark>) {
        self.touch();
        self.push(forms, audience, Way::Event(mark));
    }

    fn replay(&self, forms: &Forms<'_>, audience: Audience) {
        self.touch();
        self.push(forms, audience, Way::Replay);
    }

    fn close(&self, cause: CloseCause) {
        if let Some(collector) = self.collector.get() {
            // fails only where nothing can be sent any more
            let _ = collector.flush();
        }
        self.cause.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(cause);
        self.wake.notify_one();
    }
}
