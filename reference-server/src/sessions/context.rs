//! Databases selected in a session and by its user.

use std::time::Duration;

use tokio::time::Instant;

use super::session::{Session, State, expired};
use crate::state::SavedSession;
use crate::wire::client::DatabaseContext;
use crate::wire::error::Failure;
use crate::wire::events::EventName;
use crate::wire::server::{ContextSource, DatabaseContextChanged, UsedContext};
use crate::wire::time::WireTime;

/// A selection, and when it ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Selected {
    pub(super) database: String,
    pub(super) tables: Option<Vec<String>>,
    pub(super) until: Instant,
}

/// A selection as a question finds it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Kept {
    /// None was made.
    #[default]
    Nothing,
    /// It holds.
    Valid(DatabaseContext),
    /// It has ended; this was its database.
    Expired(String),
}

/// What a question that names no database can fall back to.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct KeptContexts {
    /// Selected in the session.
    pub session: Kept,
    /// Selected last by the user.
    pub user: Kept,
}

/// What became of a selection.
#[derive(Debug, Clone)]
pub struct Selection {
    /// The database that questions are asked from now on.
    pub context: UsedContext,
    /// Until when.
    pub expires_at: WireTime,
}

impl Selected {
    fn new(context: &DatabaseContext, ttl: Duration) -> Self {
        let now = Instant::now();
        // A time to live that reaches beyond the end of time is as good as a day short of it.
        let until = now.checked_add(ttl).unwrap_or(now + Duration::from_secs(86_400));
        Self { database: context.database.clone(), tables: context.tables.clone(), until }
    }

    fn kept(self, now: Instant) -> Kept {
        if now < self.until {
            Kept::Valid(DatabaseContext { database: self.database, tables: self.tables })
        } else {
            Kept::Expired(self.database)
        }
    }
}

impl KeptContexts {
    /// The one that counts, and whose it is.
    #[must_use]
    pub fn valid(&self) -> Option<UsedContext> {
        let of = |kept: &Kept, source| match kept {
            Kept::Valid(context) => {
                let (database, tables) = (context.database.clone(), context.tables.clone());
                Some(UsedContext { database, tables, source })
            }
            Kept::Nothing | Kept::Expired(_) => None,
        };
        of(&self.session, ContextSource::Session).or_else(|| of(&self.user, ContextSource::User))
    }

    /// Database of a selection that has ended.
    #[must_use]
    pub fn expired(&self) -> Option<&str> {
        [&self.session, &self.user].into_iter().find_map(|kept| match kept {
            Kept::Expired(database) => Some(database.as_str()),
            Kept::Nothing | Kept::Valid(_) => None,
        })
    }
}

impl Session {
    /// What was selected in it, and by its user.
    #[must_use]
    pub fn contexts(&self) -> KeptContexts {
        let now = Instant::now();
        let (own, user) = {
            let state = self.lock();
            (state.context.as_deref().cloned(), state.user.clone())
        };
        let by_user = user.and_then(|user| self.memory.selected_by(&user));
        let kept = |selected: Option<Selected>| selected.map_or(Kept::Nothing, |found| found.kept(now));
        KeptContexts { session: kept(own), user: kept(by_user) }
    }

    /// Selects a database, which must have been checked, for this session and as its user's last, and tells the
    /// session's connections.
    ///
    /// # Errors
    /// `SESSION_EXPIRED` when the session has ended meanwhile.
    pub fn select(&self, context: &DatabaseContext) -> Result<Selection, Failure> {
        let ttl = self.rules.session_context_ttl;
        let used = UsedContext {
            database: context.database.clone(),
            tables: context.tables.clone(),
            source: ContextSource::Session,
        };
        let selection = Selection { context: used, expires_at: WireTime::after(ttl) };
        let mut state = self.lock();
        if state.closed {
            return Err(expired());
        }
        state.touched = Instant::now();
        state.context = Some(Box::new(Selected::new(context, ttl)));
        if let Some(user) = &state.user {
            self.memory.select_for(user, Selected::new(context, self.rules.user_context_ttl));
        }
        let changed = DatabaseContextChanged {
            database_context: selection.context.clone(),
            expires_at: selection.expires_at,
        };
        state.announce(self, EventName::DatabaseContextChanged, &changed);
        self.save(&mut state);
        Ok(selection)
    }

    /// Hands over what is to survive a restart.
    pub(super) fn save(&self, state: &mut State) {
        let Some(journal) = self.memory.journal().filter(|_| !state.closed) else { return };
        let calendar = self.memory.calendar();
        let touched = if state.members.is_empty() { state.touched } else { Instant::now() };
        state.saved = Some(touched);
        journal.put_session(SavedSession {
            id: self.id.clone(),
            user: state.user.clone(),
            touched: calendar.date(touched),
            ended: None,
            context: state.context.as_deref().map(|selected| self.memory.saved(selected)),
        });
    }

    /// Hands it over if what was written is older than `age`. A session that nobody was named for, in which
    /// nothing happened, is nobody's loss.
    pub(super) fn save_if_older(&self, age: Duration) {
        let mut state = self.lock();
        let touched = if state.members.is_empty() { state.touched } else { Instant::now() };
        if state.saved.is_some_and(|saved| touched.saturating_duration_since(saved) > age) {
            self.save(&mut state);
        }
    }
}
