//! All sessions of this process: made, found, expired, and still told apart from those never known.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use super::history::Bounds;
use super::session::{Session, expired};
use crate::config::Config;
use crate::observe::Metrics;
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
        }
    }
}

/// All sessions.
pub struct Sessions {
    rules: Arc<Rules>,
    metrics: Arc<Metrics>,
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
        Self { rules: Arc::new(rules), metrics, entries: Mutex::default() }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<SessionId, Entry>> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn make(&self, id: SessionId, user: Option<UserId>) -> Session {
        Session::new(id, user, Arc::clone(&self.rules), Arc::clone(&self.metrics))
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
        Arc::new(self.make(SessionId::random(), None))
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
        }
        let Entry::Expired { since } = entry else { return None };
        if now.duration_since(*since) < self.rules.memory {
            return Some(Err(expired()));
        }
        entries.remove(id);
        None
    }

    /// Ends a session at once.
    ///
    /// # Errors
    /// As [`Sessions::find`].
    pub fn delete(&self, id: &str) -> Result<(), Failure> {
        let session = self.find(id)?;
        self.lock().insert(session.id().clone(), Entry::Expired { since: Instant::now() });
        session.end();
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
        self.lock().retain(|_, entry| match entry {
            Entry::Live(session) => {
                if session.expire(now) {
                    *entry = Entry::Expired { since: now };
                }
                true
            }
            Entry::Expired { since } => now.duration_since(*since) < memory,
        });
    }

    /// Time until a session that is used now would expire.
    #[must_use]
    pub fn ttl(&self) -> Duration {
        self.rules.ttl
    }

    /// Bytes of events kept for resume, of all sessions.
    #[must_use]
    pub fn history_bytes(&self) -> usize {
        let live: Vec<Arc<Session>> = {
            let entries = self.lock();
            let live = entries.values().filter_map(|entry| match entry {
                Entry::Live(session) => Some(Arc::clone(session)),
                Entry::Expired { .. } => None,
            });
            live.collect()
        };
        live.iter().map(|session| session.lock().history.bytes()).sum()
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
