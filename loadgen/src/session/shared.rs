//! What all sessions of a run share.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError};

use scenarios::{Choice, Model, Question, Scenario};
use tokio::time::Instant;

use super::Account;
use super::pool::Pool;
use super::seat::Desk;
use crate::client::LinkError;
use crate::generic::Playbook;
use crate::measure::{Phase, Recorder};
use crate::shards::Share;
use crate::target::Target;
use crate::verdict::Flow;

/// What all sessions of a run share.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) target: Target,
    pub(crate) scenario: Scenario,
    pub(crate) questions: Vec<Question>,
    /// Which of them comes next.
    pub(crate) choice: Choice,
    /// What sessions do instead, where Tidegate's protocol is not spoken.
    pub(crate) book: Option<Arc<Playbook>>,
    /// True when the expected answers hold for the target's data.
    pub(crate) verify: bool,
    pub(crate) seed: u64,
    /// Which of the scenario's sessions and arrivals are played here.
    pub(crate) share: Share,
    pub(crate) recorder: Recorder,
    pub(crate) flow: Flow,
    /// Sessions shall end soon: nothing new, no long waits.
    hurry: AtomicBool,
    /// The target is gone: no waits at all.
    pub(crate) abandoned: AtomicBool,
    /// Failed attempts to open a socket.
    pub(crate) failed_opens: AtomicU64,
    /// Sessions given up.
    pub(crate) lost_sessions: AtomicU64,
    /// Sockets cut on purpose, or broken.
    pub(crate) breaks: AtomicU64,
    /// The sessions that arrivals go to, in the open model.
    pub(crate) pool: Pool,
    desks: Mutex<Vec<Arc<Desk>>>,
    last_failure: Mutex<Option<LinkError>>,
    account: Mutex<Account>,
}

impl Shared {
    pub(crate) fn new(
        target: Target,
        scenario: Scenario,
        questions: Vec<Question>,
        verify: bool,
        seed: u64,
        recorder: Recorder,
    ) -> Self {
        let flow = Flow::new(*recorder.phases());
        Self {
            target,
            scenario,
            choice: Choice::new(&questions),
            questions,
            book: None,
            verify,
            seed,
            share: Share::WHOLE,
            recorder,
            flow,
            hurry: AtomicBool::new(false),
            abandoned: AtomicBool::new(false),
            failed_opens: AtomicU64::new(0),
            lost_sessions: AtomicU64::new(0),
            breaks: AtomicU64::new(0),
            pool: Pool::default(),
            desks: Mutex::default(),
            last_failure: Mutex::new(None),
            account: Mutex::new(Account::default()),
        }
    }

    /// Only this part of the scenario is played here.
    #[must_use]
    pub(crate) fn of_share(mut self, share: Share) -> Self {
        self.share = share;
        self
    }

    /// Sockets of a session at most.
    pub(crate) fn sockets_each(&self) -> u64 {
        let sides = 1 + u64::from(self.scenario.sessions.watchers);
        self.book.as_ref().map_or(sides, |book| book.files())
    }

    /// Plays `book` instead of questions.
    pub(crate) fn playing(mut self, book: Option<Playbook>) -> Self {
        self.book = book.map(Arc::new);
        self
    }

    /// True when a session does one thing at a time: it asks, or plays an iteration.
    pub(crate) fn asks(&self) -> bool {
        self.scenario.questions.enabled || self.book.is_some()
    }

    /// True when arrivals, not sessions, decide when something is sent.
    pub(crate) fn is_open(&self) -> bool {
        self.scenario.load.model == Model::Open
    }

    /// True while new work may begin.
    pub(crate) fn is_asking(&self, now: Instant) -> bool {
        !self.is_hurried() && !self.is_abandoned() && self.recorder.phases().at(now) != Phase::Drain
    }

    /// A cohort's desk, to be woken when the run is ended early.
    pub(crate) fn register(&self, desk: &Arc<Desk>) {
        self.desks.lock().unwrap_or_else(PoisonError::into_inner).push(Arc::clone(desk));
    }

    /// Ends the run early: nothing new, no long waits.
    pub(crate) fn hurry(&self) {
        self.hurry.store(true, Relaxed);
        for desk in self.desks.lock().unwrap_or_else(PoisonError::into_inner).iter() {
            desk.ring();
        }
    }

    /// An arrival that was due at `due` can't be taken by anybody.
    pub(crate) fn drop_arrival(&self, due: Instant) {
        if self.recorder.phases().is_steady(due) {
            self.recorder.counters.dropped.fetch_add(1, Relaxed);
        }
    }

    pub(crate) fn is_hurried(&self) -> bool {
        self.hurry.load(Relaxed)
    }

    pub(crate) fn is_abandoned(&self) -> bool {
        self.abandoned.load(Relaxed)
    }

    /// A socket could not be opened.
    pub(crate) fn open_failed(&self, error: &LinkError) {
        self.failed_opens.fetch_add(1, Relaxed);
        *self.last_failure.lock().unwrap_or_else(PoisonError::into_inner) = Some(error.clone());
    }

    /// The newest reason why a socket could not be opened.
    pub(crate) fn last_failure(&self) -> Option<LinkError> {
        self.last_failure.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Adds the closed books of one socket.
    pub(crate) fn settle(&self, closed: Account) {
        let mut sum = self.account.lock().unwrap_or_else(PoisonError::into_inner);
        sum.fresh += closed.fresh;
        sum.lost += closed.lost;
        sum.duplicated += closed.duplicated;
        sum.out_of_order += closed.out_of_order;
        sum.replayed += closed.replayed;
        sum.strange_epoch += closed.strange_epoch;
    }

    /// The sum of all closed books.
    pub(crate) fn account(&self) -> Account {
        *self.account.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
