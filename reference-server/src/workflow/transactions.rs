//! Which session a transaction is in, for requests that name nothing else.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use tokio::time::Instant;

use crate::sessions::Session;
use crate::wire::identity::TransactionId;

/// Entries looked at whenever one is added, so that as many leave as come.
const SWEPT_AT_ONCE: usize = 4;

/// All transactions that can still be asked for.
#[derive(Debug)]
pub struct Transactions {
    memory: Duration,
    index: Mutex<Index>,
}

#[derive(Debug, Default)]
struct Index {
    sessions: HashMap<TransactionId, Weak<Session>>,
    /// In the order in which it is worth looking whether they are forgotten.
    due: VecDeque<(Instant, TransactionId)>,
}

impl Transactions {
    /// None yet; `memory` is how long a session remembers one that has ended.
    #[must_use]
    pub fn new(memory: Duration) -> Self {
        Self { memory, index: Mutex::default() }
    }

    fn lock(&self) -> MutexGuard<'_, Index> {
        self.index.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes that `session` runs it.
    pub fn enter(&self, id: &TransactionId, session: &Arc<Session>) {
        let now = Instant::now();
        let mut stale = Vec::new();
        let mut index = self.lock();
        for _ in 0..SWEPT_AT_ONCE {
            if index.due.front().is_none_or(|(due, _)| *due > now) {
                break;
            }
            stale.extend(index.due.pop_front().map(|(_, id)| id));
        }
        index.sessions.insert(id.clone(), Arc::downgrade(session));
        index.due.push_back((now + self.memory, id.clone()));
        drop(index);
        // Sessions have locks of their own: never one inside the other.
        for id in stale {
            self.settle(id, now);
        }
    }

    /// Forgets one that its session has forgotten, and looks again later otherwise.
    fn settle(&self, id: TransactionId, now: Instant) {
        let session = self.find(id.as_str());
        let known = session.is_some_and(|session| session.knows(id.as_str()));
        let mut index = self.lock();
        if known {
            index.due.push_back((now + self.memory, id));
        } else {
            index.sessions.remove(&id);
        }
    }

    /// The session of a transaction.
    #[must_use]
    pub fn find(&self, id: &str) -> Option<Arc<Session>> {
        self.lock().sessions.get(id)?.upgrade()
    }
}
