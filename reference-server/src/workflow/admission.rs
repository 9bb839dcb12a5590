//! How many queries run at one time, and how many may wait.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::wire::error::Failure;

/// The bounds, shared by all queries.
#[derive(Debug)]
pub struct Admission {
    slots: Arc<Semaphore>,
    running_limit: usize,
    waiting: Arc<AtomicUsize>,
    waiting_limit: usize,
}

/// Leave to run, now or when its turn comes. Given back when dropped.
#[derive(Debug)]
pub struct Ticket(Place);

#[derive(Debug)]
enum Place {
    Running { _permit: OwnedSemaphorePermit },
    Waiting { slots: Arc<Semaphore>, seat: Seat },
}

/// One of those who wait.
#[derive(Debug)]
struct Seat(Arc<AtomicUsize>);

impl Drop for Seat {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Admission {
    /// `running` at one time, `waiting` in line.
    #[must_use]
    pub fn new(running: usize, waiting: usize) -> Self {
        let running_limit = running.min(Semaphore::MAX_PERMITS);
        Self {
            slots: Arc::new(Semaphore::new(running_limit)),
            running_limit,
            waiting: Arc::default(),
            waiting_limit: waiting,
        }
    }

    /// Lets a query run, or gives it the place in line that comes with the ticket.
    ///
    /// # Errors
    /// `QUERY_REJECTED` with reason `queue_full`.
    pub fn enter(&self) -> Result<(Option<usize>, Ticket), Failure> {
        if let Ok(permit) = Arc::clone(&self.slots).try_acquire_owned() {
            return Ok((None, Ticket(Place::Running { _permit: permit })));
        }
        let position = self.waiting.fetch_add(1, Ordering::Relaxed) + 1;
        let seat = Seat(Arc::clone(&self.waiting));
        if position > self.waiting_limit {
            return Err(Failure::rejected("queue_full", "too many queries are waiting"));
        }
        Ok((Some(position), Ticket(Place::Waiting { slots: Arc::clone(&self.slots), seat })))
    }

    /// Queries that wait.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.waiting.load(Ordering::Relaxed)
    }

    /// Queries that may run at one time.
    #[must_use]
    pub fn limit(&self) -> usize {
        self.running_limit
    }

    /// Queries that run.
    #[must_use]
    pub fn running(&self) -> usize {
        self.running_limit - self.slots.available_permits().min(self.running_limit)
    }
}

impl Ticket {
    /// Waits for the turn.
    pub async fn turn(self) -> Self {
        match self.0 {
            Place::Running { .. } => self,
            Place::Waiting { slots, seat } => {
                let permit = slots.acquire_owned().await;
                drop(seat);
                // The semaphore is never closed.
                Self(Place::Running { _permit: permit.expect("the semaphore lives as long as its tickets") })
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn one_runs_one_waits_the_third_is_refused() {
        let admission = Admission::new(1, 1);
        let (position, first) = admission.enter().unwrap();
        assert_eq!((position, admission.running()), (None, 1));
        let (position, second) = admission.enter().unwrap();
        assert_eq!((position, admission.waiting()), (Some(1), 1));
        assert_eq!(admission.enter().unwrap_err().details.unwrap()["reason"], "queue_full");
        assert_eq!(admission.waiting(), 1);
        drop(first);
        let second = second.turn().await;
        assert_eq!((admission.running(), admission.waiting()), (1, 0));
        drop(second);
        assert_eq!(admission.running(), 0);
    }
}
