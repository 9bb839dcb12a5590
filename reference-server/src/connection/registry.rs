//! All connections of this process.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

use super::link::Link;
use crate::sessions::Client;
use crate::wire::error::{Code, Failure};
use crate::wire::identity::ClientId;

/// All connections, for limits and for what everybody is told.
#[derive(Default)]
pub struct Links {
    entries: Mutex<Entries>,
    emptied: Notify,
}

#[derive(Default)]
struct Entries {
    links: HashMap<ClientId, Arc<Link>>,
    /// Event streams over HTTP.
    streams: HashMap<ClientId, Arc<dyn Client>>,
}

impl Entries {
    fn len(&self) -> usize {
        self.links.len() + self.streams.len()
    }

    fn check(&self, limit: usize) -> Result<(), Failure> {
        if self.len() < limit {
            return Ok(());
        }
        Err(Failure::new(Code::ServerFull, format!("this server has at most {limit} connections")))
    }
}

/// A place among the connections, given back when dropped.
pub struct Presence {
    links: Arc<Links>,
    client_id: ClientId,
}

impl Links {
    fn lock(&self) -> MutexGuard<'_, Entries> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Enters a connection.
    ///
    /// # Errors
    /// `SERVER_FULL` when there are `limit` already.
    pub fn enter(self: &Arc<Self>, link: &Arc<Link>, limit: usize) -> Result<Presence, Failure> {
        let mut entries = self.lock();
        entries.check(limit)?;
        entries.links.insert(link.client_id().clone(), Arc::clone(link));
        Ok(Presence { links: Arc::clone(self), client_id: link.client_id().clone() })
    }

    /// Enters an event stream, which counts as a connection.
    ///
    /// # Errors
    /// As [`Links::enter`].
    pub fn enter_stream(
        self: &Arc<Self>,
        stream: &Arc<dyn Client>,
        limit: usize,
    ) -> Result<Presence, Failure> {
        let mut entries = self.lock();
        entries.check(limit)?;
        entries.streams.insert(stream.client_id().clone(), Arc::clone(stream));
        Ok(Presence { links: Arc::clone(self), client_id: stream.client_id().clone() })
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.lock().len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// All sockets now.
    #[must_use]
    pub fn all(&self) -> Vec<Arc<Link>> {
        self.lock().links.values().cloned().collect()
    }

    /// All event streams now.
    #[must_use]
    pub fn streams(&self) -> Vec<Arc<dyn Client>> {
        self.lock().streams.values().cloned().collect()
    }

    /// Waits until there is none.
    pub async fn emptied(&self) {
        loop {
            let woken = self.emptied.notified();
            if self.is_empty() {
                return;
            }
            woken.await;
        }
    }
}

impl Drop for Presence {
    fn drop(&mut self) {
        let mut entries = self.links.lock();
        entries.links.remove(&self.client_id);
        entries.streams.remove(&self.client_id);
        if entries.len() == 0 {
            self.links.emptied.notify_one();
        }
    }
}
