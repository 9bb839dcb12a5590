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
    links: Mutex<HashMap<ClientId, Arc<Link>>>,
    emptied: Notify,
}

/// A place among the connections, given back when dropped.
pub struct Presence {
    links: Arc<Links>,
    client_id: ClientId,
}

impl Links {
    fn lock(&self) -> MutexGuard<'_, HashMap<ClientId, Arc<Link>>> {
        self.links.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Enters a connection.
    ///
    /// # Errors
    /// `SERVER_FULL` when there are `limit` already.
    pub fn enter(self: &Arc<Self>, link: &Arc<Link>, limit: usize) -> Result<Presence, Failure> {
        let mut links = self.lock();
        if links.len() >= limit {
            return Err(Failure::new(
                Code::ServerFull,
                format!("this server has at most {limit} connections"),
            ));
        }
        links.insert(link.client_id().clone(), Arc::clone(link));
        Ok(Presence { links: Arc::clone(self), client_id: link.client_id().clone() })
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.lock().len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.lock().is_empty()
    }

    /// All of them now.
    #[must_use]
    pub fn all(&self) -> Vec<Arc<Link>> {
        self.lock().values().cloned().collect()
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
        let mut links = self.links.lock();
        links.remove(&self.client_id);
        if links.is_empty() {
            self.links.emptied.notify_one();
        }
    }
}
