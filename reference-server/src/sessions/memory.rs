//! What all sessions share: what users selected, and the way to the file that survives a restart.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use super::context::Selected;
use crate::state::{Journal, SavedContext, SavedSession, SavedUser};
use crate::wire::identity::{Epoch, SessionId, UserId};
use crate::wire::time::WireTime;

/// Most users whose selection is remembered; of more, those are forgotten that would end first.
const MAX_USERS: usize = 100_000;

/// The shared memory of sessions.
pub(super) struct Memory {
    users: Mutex<HashMap<UserId, Selected>>,
    journal: Option<Journal>,
    calendar: Calendar,
    secret: RandomState,
}

/// Turns instants of this process into dates and back.
#[derive(Debug, Clone, Copy)]
pub(super) struct Calendar {
    at: Instant,
    millis: i64,
}

impl Calendar {
    /// By the clock of the system.
    pub(super) fn now() -> Self {
        Self { at: Instant::now(), millis: WireTime::now().as_millis() }
    }

    pub(super) fn date(&self, instant: Instant) -> i64 {
        let millis = |duration: Duration| i64::try_from(duration.as_millis()).unwrap_or(i64::MAX);
        match instant.checked_duration_since(self.at) {
            Some(after) => self.millis.saturating_add(millis(after)),
            None => self.millis.saturating_sub(millis(self.at.duration_since(instant))),
        }
    }

    /// The instant of a date; one too far away to be told is the nearest that can be.
    pub(super) fn instant(&self, date: i64) -> Instant {
        let span = Duration::from_millis(date.abs_diff(self.millis));
        if date >= self.millis {
            self.at.checked_add(span).unwrap_or(self.at)
        } else {
            self.at.checked_sub(span).unwrap_or(self.at)
        }
    }
}

impl Memory {
    pub(super) fn new(journal: Option<Journal>, calendar: Calendar) -> Self {
        Self { users: Mutex::default(), journal, calendar, secret: RandomState::new() }
    }

    fn users(&self) -> MutexGuard<'_, HashMap<UserId, Selected>> {
        self.users.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) const fn journal(&self) -> Option<&Journal> {
        self.journal.as_ref()
    }

    pub(super) const fn calendar(&self) -> &Calendar {
        &self.calendar
    }

    /// The epoch of a session that begins now.
    ///
    /// The same id gets the same one again within `memory`, and never after: so a session in which nothing ever
    /// happened needs no memory, and who comes back to it has missed nothing. One in which something happened is
    /// remembered longer than that.
    pub(super) fn epoch(&self, id: &SessionId, memory: Duration) -> Epoch {
        let age = Instant::now().saturating_duration_since(self.calendar.at);
        let period = age.as_nanos() / memory.as_nanos().max(1);
        Epoch::of(self.secret.hash_one((id.as_str(), period)))
    }

    /// What a user selected last. Nobody in particular selects for nobody else.
    pub(super) fn selected_by(&self, user: &UserId) -> Option<Selected> {
        self.users().get(user).cloned()
    }

    pub(super) fn select_for(&self, user: &UserId, selected: Selected) {
        if user.is_anonymous() {
            return;
        }
        if let Some(journal) = &self.journal {
            journal.put_user(user, self.saved(&selected));
        }
        let mut users = self.users();
        users.insert(user.clone(), selected);
        if users.len() > MAX_USERS {
            let first = users.iter().min_by_key(|(_, selected)| selected.until).map(|(user, _)| user.clone());
            if let Some(first) = first {
                users.remove(&first);
                self.forget(&first);
            }
        }
    }

    /// Forgets selections that ended longer than `memory` ago.
    pub(super) fn sweep(&self, now: Instant, memory: Duration) {
        self.users().retain(|user, selected| {
            let keep = now.saturating_duration_since(selected.until) < memory;
            if !keep {
                self.forget(user);
            }
            keep
        });
    }

    fn forget(&self, user: &UserId) {
        if let Some(journal) = &self.journal {
            journal.forget_user(user);
        }
    }

    pub(super) fn restore_users(&self, saved: Vec<SavedUser>) {
        let restored = saved.into_iter().map(|row| (row.user, self.restored(row.context)));
        self.users().extend(restored);
    }

    pub(super) fn saved(&self, selected: &Selected) -> SavedContext {
        SavedContext {
            database: selected.database.clone(),
            tables: selected.tables.clone(),
            until: self.calendar.date(selected.until),
        }
    }

    pub(super) fn restored(&self, saved: SavedContext) -> Selected {
        let until = self.calendar.instant(saved.until);
        Selected { database: saved.database, tables: saved.tables, until }
    }

    /// Will remember that a session has ended.
    pub(super) fn note_end(&self, id: &SessionId, ended: Instant) {
        if let Some(journal) = &self.journal {
            let ended = self.calendar.date(ended);
            let row = SavedSession {
                id: id.clone(),
                user: None,
                touched: ended,
                ended: Some(ended),
                context: None,
            };
            journal.put_session(row);
        }
    }

    /// Will forget a session.
    pub(super) fn note_forgotten(&self, id: &SessionId) {
        if let Some(journal) = &self.journal {
            journal.forget_session(id);
        }
    }
}
