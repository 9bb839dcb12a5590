//! Where a session sits in its cohort: how it is woken, and how an arrival reaches it.

use std::sync::atomic::{AtomicBool, Ordering::AcqRel, Ordering::Acquire, Ordering::Release};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Wake, Waker};

use tokio::time::Instant;

/// Something a session shall send, whatever its own schedule says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Arrival {
    /// When the schedule means it.
    pub(crate) due: Instant,
    /// Which of the run's questions; `None` lets the session draw one.
    pub(crate) question: Option<usize>,
}

/// What waits for a cohort: sessions whose sockets are ready, and arrivals.
#[derive(Debug, Default)]
pub(crate) struct Desk {
    waiting: Mutex<Waiting>,
}

#[derive(Debug, Default)]
struct Waiting {
    ready: Vec<u32>,
    arrivals: Vec<(u32, Arrival)>,
    /// The cohort's task; taken when it is woken, so that further news cost no further wake-up.
    task: Option<Waker>,
}

impl Desk {
    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Exchanges the empty `ready` and `arrivals` for what waits, and will wake the task of `context`.
    pub(crate) fn take(
        &self,
        context: &Context<'_>,
        ready: &mut Vec<u32>,
        arrivals: &mut Vec<(u32, Arrival)>,
    ) {
        let mut waiting = self.lock();
        std::mem::swap(&mut waiting.ready, ready);
        std::mem::swap(&mut waiting.arrivals, arrivals);
        match &mut waiting.task {
            Some(task) if task.will_wake(context.waker()) => {}
            task => *task = Some(context.waker().clone()),
        }
    }

    /// Wakes the cohort with nothing but the wish to be looked at.
    pub(crate) fn ring(&self) {
        let task = self.lock().task.take();
        if let Some(task) = task {
            task.wake();
        }
    }

    fn put(&self, news: impl FnOnce(&mut Waiting)) {
        let task = {
            let mut waiting = self.lock();
            news(&mut waiting);
            waiting.task.take()
        };
        if let Some(task) = task {
            task.wake();
        }
    }
}

/// The seat of one session: the waker of its sockets, and the address of its arrivals.
#[derive(Debug)]
pub(crate) struct Seat {
    desk: Arc<Desk>,
    index: u32,
    /// It stands on the desk already.
    queued: AtomicBool,
    /// Its session is over.
    gone: AtomicBool,
}

impl Seat {
    pub(crate) fn new(desk: &Arc<Desk>, index: u32) -> Arc<Self> {
        let (queued, gone) = (AtomicBool::new(false), AtomicBool::new(false));
        Arc::new(Self { desk: Arc::clone(desk), index, queued, gone })
    }

    /// It is being looked at: from now on it may be woken again.
    pub(crate) fn looked_at(&self) {
        self.queued.store(false, Release);
    }

    /// Nobody sits here any more.
    pub(crate) fn leave(&self) {
        self.gone.store(true, Release);
    }

    pub(crate) fn is_gone(&self) -> bool {
        self.gone.load(Acquire)
    }

    /// Hands over an arrival.
    pub(crate) fn hand(&self, arrival: Arrival) {
        self.desk.put(|waiting| waiting.arrivals.push((self.index, arrival)));
    }
}

impl Wake for Seat {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        if !self.queued.swap(true, AcqRel) {
            self.desk.put(|waiting| waiting.ready.push(self.index));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seat_stands_on_the_desk_once_until_it_is_looked_at() {
        let desk = Arc::new(Desk::default());
        let seat = Seat::new(&desk, 7);
        let waker = Waker::from(Arc::clone(&seat));
        for _ in 0..3 {
            waker.wake_by_ref();
        }
        let context = Context::from_waker(Waker::noop());
        let (mut ready, mut arrivals) = (Vec::new(), Vec::new());
        desk.take(&context, &mut ready, &mut arrivals);
        assert_eq!(ready, [7]);
        ready.clear();
        waker.wake_by_ref();
        desk.take(&context, &mut ready, &mut arrivals);
        assert_eq!(ready, [0_u32; 0], "not looked at yet");
        seat.looked_at();
        waker.wake_by_ref();
        desk.take(&context, &mut ready, &mut arrivals);
        assert_eq!(ready, [7]);
    }
}
