//! A connection as sessions and broadcasts see it.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use tokio::sync::Notify;
use tokio::time::Instant;

use super::engine::{Outbox, SendError};
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
    encoding: Encoding,
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
    pub fn new(dialect: Dialect, outbox: Arc<Outbox>, metrics: Arc<Metrics>) -> Self {
        Self {
            client_id: ClientId::random(),
            dialect,
            outbox,
            encoding: Encoding::default(),
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
        self.push(&Forms::of(message), Audience::Other, Outbox::send);
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
        self.outbox.take_lost()
    }

    fn cause(&self) -> Option<CloseCause> {
        *self.cause.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn push(
        &self,
        forms: &Forms<'_>,
        audience: Audience,
        send: impl FnOnce(&Outbox, &Bytes) -> Result<(), SendError>,
    ) {
        if self.cause().is_some() {
            return;
        }
        match send(&self.outbox, &forms.frame(self.dialect, audience, &self.encoding)) {
            Ok(()) => self.metrics.messages_sent.increment(),
            // The engine tells the connection's own task of an overflow.
            Err(SendError::Full | SendError::Closed) => self.metrics.messages_failed.increment(),
        }
    }
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
        self.push(forms, audience, Outbox::send);
    }

    fn deliver_event(&self, forms: &Forms<'_>, audience: Audience, mark: &Arc<EventMark>) {
        self.touch();
        self.push(forms, audience, |outbox, frame| outbox.send_event(frame, mark));
    }

    fn replay(&self, forms: &Forms<'_>, audience: Audience) {
        self.touch();
        self.push(forms, audience, Outbox::send_exempt);
    }

    fn close(&self, cause: CloseCause) {
        self.cause.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(cause);
        self.wake.notify_one();
    }
}
