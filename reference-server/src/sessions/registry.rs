//! All sessions of this process: made, found, expired, and still told apart from those never known.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use super::history::Bounds;
use super::memory::{Calendar, Memory};
use super::session::{Session, expired};
use crate::config::Config;
use crate::observe::Metrics;
use crate::state::{Journal, Saved, SavedSession};
use crate::wire::error::{Code, Failure};
use crate::wire::identity::{SessionId, UserId};

/// Limits and times of sessions.
#[derive(Debug, Clone)]
pub struct Rules {
    /// Bounds of the history.
    pub bounds: Bounds,
    /// Most live connections of one session.
    pub max_connections_per_session: usize,
    /// Life of a session that nothing holds.
    pub ttl: Duration,
    /// How long an expired one is remembered.
    pub memory: Duration,
    /// How long a `query_id` stands for one execution.
    pub dedup_window: Duration,
    /// How long a finished run can be asked for.
    pub transaction_memory: Duration,
    /// Turns of a chat that are remembered.
    pub chat_turns: usize,
    /// How long a session keeps the database it selected.
    pub session_context_ttl: Duration,
    /// How long a user's last selection counts.
    pub user_context_ttl: Duration,
}

impl Rules {
    /// As configured.
    #[must_use]
    pub fn of(config: &Config) -> Self {
        let (limits, timers) = (&config.limits, &config.timers);
        Self {
            bounds: Bounds {
                events: limits.history_events,
                bytes: limits.history_bytes,
                age: timers.history_age,
            },
            max_connections_per_session: limits.max_connections_per_session,
            ttl: timers.session_ttl,
            memory: timers.session_memory,
            dedup_window: timers.dedup_window,
            transaction_memory: timers.transaction_memory,
            chat_turns: limits.chat_turns,
            session_context_ttl: config.context.session_ttl,
            user_context_ttl: config.context.user_ttl,
        }
    }
}

/// All sessions.
pub struct Sessions {
    rules: Arc<Rules>,
    metrics: Arc<Metrics>,
    memory: Arc<Memory>,
    /// The memory of sessions that nobody else can reach.
    nothing: Arc<Memory>,
    entries: Mutex<HashMap<SessionId, Entry>>,
}

enum Entry {
    Live(Arc<Session>),
    Expired { since: Instant },
}

/// A session, and whether it was made just now.
pub struct Created {
    /// The session.
    pub session: Arc<Session>,
    /// Whether it is new.
    pub new: bool,
}

impl Sessions {
    /// None yet.
    #[must_use]
    pub fn new(rules: Rules, metrics: Arc<Metrics>) -> Self {
        Self::kept_in(rules, metrics, None, Calendar::now())
    }

    /// Those that `journal` was opened with, which also keeps what changes.
    #[must_use]
    pub fn restored(rules: Rules, metrics: Arc<Metrics>, journal: Journal, saved: Saved) -> Self {
        let sessions = Self::kept_in(rules, metrics, Some(journal), Calendar::now());
        sessions.restore(saved);
        sessions
    }

    pub(super) fn kept_in(
        rules: Rules,
        metrics: Arc<Metrics>,
        journal: Option<Journal>,
        calendar: Calendar,
    ) -> Self {
        Self {
            rules: Arc::new(rules),
            metrics,
            memory: Arc::new(Memory::new(journal, calendar)),
            nothing: Arc::new(Memory::new(None, calendar)),
            entries: Mutex::default(),
        }
    }

    pub(super) fn restore(&self, saved: Saved) {
        self.memory.restore_users(saved.users);
        let now = Instant::now();
        let mut entries = self.lock();
        for row in saved.sessions {
            let (id, entry) = self.restored_entry(row, now);
            entries.insert(id, entry);
        }
    }

    /// A session lives on from its last use, as exactly as that was written; its events are gone, so its epoch
    /// is another.
    fn restored_entry(&self, row: SavedSession, now: Instant) -> (SessionId, Entry) {
        let calendar = self.memory.calendar();
        if let Some(ended) = row.ended {
            return (row.id, Entry::Expired { since: calendar.instant(ended).min(now) });
        }
        let session = self.make(row.id.clone(), row.user);
        let touched = calendar.instant(row.touched).checked_add(self.save_age()).unwrap_or(now);
        {
            let mut state = session.lock();
            state.touched = touched.min(now);
            state.saved = Some(state.touched);
            state.context = row.context.map(|context| Box::new(self.memory.restored(context)));
        }
        (row.id, Entry::Live(Arc::new(session)))
    }

    /// How old a written last use may get: few writes, and a life that is at most this much too long after a
    /// crash.
    fn save_age(&self) -> Duration {
        self.rules.ttl / 8
    }

    /// Writes all that is to survive a restart, for the server ends. Blocks.
    pub fn close(&self) {
        if let Some(journal) = self.memory.journal() {
            for session in self.live() {
                session.save_if_older(Duration::ZERO);
            }
            journal.close();
        }
    }

    /// The way to the state file, if there is one.
    #[must_use]
    pub fn journal(&self) -> Option<&Journal> {
        self.memory.journal()
    }

    fn live(&self) -> Vec<Arc<Session>> {
        let entries = self.lock();
        let live = entries.values().filter_map(|entry| match entry {
            Entry::Live(session) => Some(Arc::clone(session)),
            Entry::Expired { .. } => None,
        });
        live.collect()
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<SessionId, Entry>> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn make(&self, id: SessionId, user: Option<UserId>) -> Session {
        Session::new(id, user, Arc::clone(&self.rules), Arc::clone(&self.memory), Arc::clone(&self.metrics))
    }

    /// Makes a session that nobody is named for yet.
    #[must_use]
    pub fn provisional(&self) -> Arc<Session> {
        let session = Arc::new(self.make(SessionId::random(), None));
        self.lock().insert(session.id().clone(), Entry::Live(Arc::clone(&session)));
        session
    }

    /// Makes a session that only its one connection can reach.
    #[must_use]
    pub fn throw_away(&self) -> Arc<Session> {
        let (rules, metrics) = (Arc::clone(&self.rules), Arc::clone(&self.metrics));
        Arc::new(Session::new(SessionId::random(), None, rules, Arc::clone(&self.nothing), metrics))
    }

    /// Finds a session.
    ///
    /// # Errors
    /// `INVALID_SESSION` for a malformed or unknown id, `SESSION_EXPIRED` for one that is over.
    pub fn find(&self, id: &str) -> Result<Arc<Session>, Failure> {
        let id = parse(id)?;
        let mut entries = self.lock();
        match self.look(&mut entries, &id) {
            Some(found) => found.inspect(|session| session.touch()),
            None => Err(Failure::new(Code::InvalidSession, "no such session")),
        }
    }

    /// Finds a session, or makes it, and binds it to `user`.
    ///
    /// # Errors
    /// `INVALID_SESSION` for a malformed id or another user's session, `SESSION_EXPIRED` for one that is over.
    pub fn open(&self, id: Option<&str>, user: &UserId) -> Result<Created, Failure> {
        let id = id.map_or_else(|| Ok(SessionId::random()), parse)?;
        let mut entries = self.lock();
        if let Some(found) = self.look(&mut entries, &id) {
            let session = found?;
            session.bind(user)?;
            return Ok(Created { session, new: false });
        }
        let session = Arc::new(self.make(id.clone(), Some(user.clone())));
        session.save(&mut session.lock());
        entries.insert(id, Entry::Live(Arc::clone(&session)));
        Ok(Created { session, new: true })
    }

    fn look(
        &self,
        entries: &mut HashMap<SessionId, Entry>,
        id: &SessionId,
    ) -> Option<Result<Arc<Session>, Failure>> {
        let now = Instant::now();
        let entry = entries.get_mut(id)?;
        if let Entry::Live(session) = entry {
            if !session.expire(now) {
                return Some(Ok(Arc::clone(session)));
            }
            *entry = Entry::Expired { since: now };
            self.memory.note_end(id, now);
        }
        let Entry::Expired { since } = entry else { return None };
        if now.duration_since(*since) < self.rules.memory {
            return Some(Err(expired()));
        }
        entries.remove(id);
        self.memory.note_forgotten(id);
        None
    }

    /// Ends a session at once.
    ///
    /// # Errors
    /// As [`Sessions::find`].
    pub fn delete(&self, id: &str) -> Result<(), Failure> {
        let session = self.find(id)?;
        let now = Instant::now();
        self.lock().insert(session.id().clone(), Entry::Expired { since: now });
        session.end();
        self.memory.note_end(session.id(), now);
        Ok(())
    }

    /// Forgets a session that was made for a connection and never used by it.
    pub fn discard(&self, session: &Arc<Session>) {
        let mut entries = self.lock();
        if session.is_untouched() {
            entries.remove(session.id());
        }
    }

    /// Expires what is due, forgets what was remembered long enough; to be called now and then.
    pub fn sweep(&self) {
        let now = Instant::now();
        let memory = self.rules.memory;
        self.lock().retain(|id, entry| match entry {
            Entry::Live(session) => {
                if session.expire(now) {
                    *entry = Entry::Expired { since: now };
                    self.memory.note_end(id, now);
                } else {
                    session.save_if_older(self.save_age());
                }
                true
            }
            Entry::Expired { since } if now.duration_since(*since) < memory => true,
            Entry::Expired { .. } => {
                self.memory.note_forgotten(id);
                false
            }
        });
        self.memory.sweep(now, memory);
    }

    /// Time until a session that is used now would expire.
    #[must_use]
    pub fn ttl(&self) -> Duration {
        self.rules.ttl
    }

    /// Bytes of events kept for resume, of all sessions.
    #[must_use]
    pub fn history_bytes(&self) -> usize {
        self.live().iter().map(|session| session.lock().history.bytes()).sum()
    }

    /// Number of live sessions.
    #[must_use]
    pub fn len(&self) -> usize {
        self.lock().values().filter(|entry| matches!(entry, Entry::Live(_))).count()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

fn parse(id: &str) -> Result<SessionId, Failure> {
    let text = "a session id is 8 to 128 letters, digits, '_' and '-'";
    SessionId::parse(id).ok_or_else(|| Failure::new(Code::InvalidSession, text))
}
