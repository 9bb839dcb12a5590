//! What requests ask a session: how far a transaction is, and what happened since.

use tokio::time::Instant;

use super::run::Run;
use super::session::{Session, State};
use crate::wire::client::ResumePoint;
use crate::wire::encode::Message;
use crate::wire::identity::{Id, SessionId, TransactionId};
use crate::wire::server::{Resumed, RunStatus, SessionSnapshot};

/// How far a transaction is.
#[derive(Debug, Clone)]
pub struct TransactionView {
    /// Its id.
    pub transaction_id: TransactionId,
    /// Its session.
    pub session_id: SessionId,
    /// The id its asker gave it.
    pub query_id: Option<Id>,
    /// State.
    pub status: RunStatus,
    /// How far, 0 to 100.
    pub percent: u8,
    /// Its newest progress update, if there was one that is still held.
    pub told: Option<Message>,
    /// Its terminal message, if it is over and that is still held.
    pub terminal: Option<Message>,
}

/// What happened since a point.
#[derive(Debug, Clone)]
pub struct CaughtUp {
    /// How it was decided.
    pub resumed: Resumed,
    /// The events, in order; none where it was not recovered.
    pub events: Vec<Message>,
    /// What there is instead, where it was not recovered.
    pub snapshot: Option<SessionSnapshot>,
}

impl Session {
    /// Whether it remembers a transaction.
    #[must_use]
    pub fn knows(&self, transaction_id: &str) -> bool {
        self.lock().find(transaction_id).is_some()
    }

    /// Keeps the outcome of a transaction as long as the transaction is remembered: somebody will ask for it.
    pub fn keep(&self, transaction_id: &str) {
        let mut state = self.lock();
        let Some(at) = state.find(transaction_id) else { return };
        let (told, terminal) = state.outcome(&state.runs[at]);
        let run = &mut state.runs[at];
        (run.kept, run.told, run.terminal) = (true, told, terminal);
    }

    /// How far a transaction is; `None` for one it does not know.
    #[must_use]
    pub fn transaction(&self, transaction_id: &str) -> Option<TransactionView> {
        let state = self.lock();
        let run = &state.runs[state.find(transaction_id)?];
        let (told, terminal) = state.outcome(run);
        Some(TransactionView {
            transaction_id: run.id.clone(),
            session_id: self.id().clone(),
            query_id: run.ids.query_id.clone(),
            status: run.status,
            percent: run.percent,
            told,
            terminal,
        })
    }

    /// What happened since `point`; everything that is held without one.
    #[must_use]
    pub fn catch_up(&self, point: Option<&ResumePoint>) -> CaughtUp {
        let mut state = self.lock();
        let now = Instant::now();
        state.touched = now;
        let beginning = ResumePoint { epoch: state.history.epoch().as_str().to_owned(), offset: 0 };
        let resumed = state.history.resume(point.unwrap_or(&beginning), now, self.rules.bounds);
        let held =
            resumed.from.map(|from| state.history.from(from).map(|held| held.message.clone()).collect());
        let snapshot = (!resumed.recovered).then(|| state.snapshot());
        CaughtUp { resumed, events: held.unwrap_or_default(), snapshot }
    }
}

impl State {
    /// What a run told last and how it ended, from the run or from the events that are held.
    fn outcome(&self, run: &Run) -> (Option<Message>, Option<Message>) {
        let held = |wanted: &dyn Fn(&str) -> bool| {
            let of_run = self.history.from(0).filter(|held| held.transaction.as_ref() == Some(&run.id));
            of_run.filter(|held| wanted(held.message.name())).last().map(|held| held.message.clone())
        };
        let terminal =
            || held(&|name| matches!(name, "query_result" | "query_cancelled" | "error" | "chat_reply"));
        let told = run.told.clone().or_else(|| held(&|name| name == "progress_update"));
        let terminal = if run.is_final() { run.terminal.clone().or_else(terminal) } else { None };
        (told, terminal)
    }
}
