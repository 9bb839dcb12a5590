//! The way in: as many statements at a time as there are connections, and a queue with a bound.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::DatabaseError;

/// How far the pools of connections are used. It keeps no database open.
#[derive(Debug, Clone)]
pub struct Pools(Arc<[Gate]>);

/// The use of one pool at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PoolUse {
    /// The database.
    pub database: &'static str,
    /// Connections.
    pub size: usize,
    /// Statements that run, each on one of them.
    pub running: usize,
    /// Statements that wait for one.
    pub waiting: usize,
}

impl Pools {
    pub(super) fn new(gates: &Arc<[Gate]>) -> Self {
        Self(Arc::clone(gates))
    }

    /// Each pool as it is now.
    pub fn each(&self) -> impl Iterator<Item = PoolUse> {
        self.0.iter().map(|gate| PoolUse {
            database: gate.database(),
            size: gate.size,
            running: gate.running(),
            waiting: gate.waiting(),
        })
    }
}

/// The gate of one database.
#[derive(Debug)]
pub(super) struct Gate {
    database: &'static str,
    size: usize,
    queue: usize,
    slots: Arc<Semaphore>,
    waiting: AtomicUsize,
}

/// One in the queue.
struct Waiting<'a>(&'a AtomicUsize);

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Gate {
    /// A gate for `size` connections with room for `queue` that wait.
    pub(super) fn new(database: &'static str, size: usize, queue: usize) -> Self {
        let size = size.clamp(1, Semaphore::MAX_PERMITS);
        let slots = Arc::new(Semaphore::new(size));
        Self { database, size, queue, slots, waiting: AtomicUsize::new(0) }
    }

    /// The database behind it.
    pub(super) fn database(&self) -> &'static str {
        self.database
    }

    /// How many wait now.
    pub(super) fn waiting(&self) -> usize {
        self.waiting.load(Ordering::Relaxed)
    }

    /// How many run now: a place is held until its statement has ended, whoever still waits for it.
    pub(super) fn running(&self) -> usize {
        self.size - self.slots.available_permits().min(self.size)
    }

    /// A place among those that run, waiting for it at most `timeout`.
    pub(super) async fn enter(&self, timeout: Duration) -> Result<OwnedSemaphorePermit, DatabaseError> {
        if let Ok(slot) = Arc::clone(&self.slots).try_acquire_owned() {
            return Ok(slot);
        }
        let began = Instant::now();
        if self.waiting.fetch_add(1, Ordering::Relaxed) >= self.queue {
            self.waiting.fetch_sub(1, Ordering::Relaxed);
            let (database, size, queue) = (self.database.to_owned(), self.size, self.queue);
            return Err(DatabaseError::QueueFull { database, size, queue });
        }
        let _waiting = Waiting(&self.waiting);
        match tokio::time::timeout(timeout, Arc::clone(&self.slots).acquire_owned()).await {
            Ok(Ok(slot)) => Ok(slot),
            // It is never closed; if it were, nobody would ever get in.
            Ok(Err(_)) | Err(_) => Err(DatabaseError::Busy {
                database: self.database.to_owned(),
                waited: began.elapsed(),
                size: self.size,
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn fault_49_a_full_pool_queues_up_to_its_bound_and_then_refuses() {
        let gate = Arc::new(Gate::new("financial_db", 1, 1));
        let limit = Duration::from_secs(5);
        let held = gate.enter(limit).await.unwrap();
        let queued = tokio::spawn({
            let gate = Arc::clone(&gate);
            async move { gate.enter(limit).await }
        });
        while gate.waiting() == 0 {
            tokio::task::yield_now().await;
        }
        let refused = gate.enter(limit).await;
        assert!(matches!(refused, Err(DatabaseError::QueueFull { size: 1, queue: 1, .. })), "{refused:?}");
        drop(held);
        let held = queued.await.unwrap().unwrap();
        assert_eq!(gate.waiting(), 0);
        let late = gate.enter(limit).await;
        assert!(matches!(late, Err(DatabaseError::Busy { size: 1, .. })), "{late:?}");
        drop(held);
        assert!(gate.enter(limit).await.is_ok());
    }
}
