//! One session: who is connected, what happened, who gets it.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::time::Instant;

use super::chat::Turns;
use super::client::Client;
use super::context::Selected;
use super::history::History;
use super::memory::Memory;
use super::registry::Rules;
use super::run::Run;
use crate::observe::Metrics;
use crate::wire::client::ResumePoint;
use crate::wire::encode::{Audience, Message};
use crate::wire::error::{CloseCause, Code, Failure};
use crate::wire::events::{EventName, EventSet};
use crate::wire::forms::Forms;
use crate::wire::identity::{ClientId, Epoch, Ids, SessionId, UserId};

/// A session. All of its state is behind one lock.
pub struct Session {
    pub(super) id: SessionId,
    pub(super) rules: Arc<Rules>,
    pub(super) memory: Arc<Memory>,
    pub(super) metrics: Arc<Metrics>,
    state: Mutex<State>,
}

/// Where a session's order of events is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Position {
    /// Life of the session.
    pub epoch: Epoch,
    /// Offset of its newest event.
    pub top: u64,
}

/// What a request about a session is told.
#[derive(Debug, Clone)]
pub struct SessionView {
    /// Its user, `anonymous` until somebody was named.
    pub user: UserId,
    /// Where its events are.
    pub position: Position,
    /// Live connections.
    pub connections: usize,
}

/// A connection that wants to join.
pub struct Join<'a> {
    /// The connection.
    pub client: &'a Arc<dyn Client>,
    /// Its stable name, if it has one.
    pub agent_id: Option<&'a str>,
    /// What it wants.
    pub interest: Interest,
    /// What it saw last, if it asks for the rest.
    pub resume: Option<&'a ResumePoint>,
}

/// Which events a connection wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Interest {
    /// What it is subscribed to.
    pub subscribed: EventSet,
    /// What it unsubscribed from, which holds for its own queries too.
    pub refused: EventSet,
}

pub(super) struct State {
    pub(super) user: Option<UserId>,
    pub(super) history: History,
    pub(super) members: Vec<Member>,
    pub(super) runs: Vec<Run>,
    pub(super) touched: Instant,
    pub(super) closed: bool,
    pub(super) turns: Turns,
    /// The database selected in it.
    pub(super) context: Option<Box<Selected>>,
    /// The last use that was handed over to be kept over a restart; `None` before the first.
    pub(super) saved: Option<Instant>,
    /// Who came back, and for what: the newest last.
    pub(super) resumes: VecDeque<Resume>,
}

/// A resume that was granted.
pub(super) struct Resume {
    pub(super) agent_id: Option<Box<str>>,
    pub(super) offset: u64,
    pub(super) at: Instant,
}

pub(super) struct Member {
    pub(super) client: Arc<dyn Client>,
    pub(super) agent_id: Option<Box<str>>,
    pub(super) interest: Interest,
    /// False once it moved to another session and only waits for the end of what it asked here.
    live: bool,
}

impl Session {
    pub(super) fn new(
        id: SessionId,
        user: Option<UserId>,
        rules: Arc<Rules>,
        memory: Arc<Memory>,
        metrics: Arc<Metrics>,
    ) -> Self {
        let state = State {
            user,
            history: History::new(memory.epoch(&id, rules.memory)),
            members: Vec::new(),
            runs: Vec::new(),
            touched: Instant::now(),
            closed: false,
            turns: Turns::default(),
            context: None,
            saved: None,
            resumes: VecDeque::new(),
        };
        Self { id, rules, memory, metrics, state: Mutex::new(state) }
    }

    /// Its id.
    #[must_use]
    pub fn id(&self) -> &SessionId {
        &self.id
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Where its events are.
    #[must_use]
    pub fn position(&self) -> Position {
        self.lock().position()
    }

    /// What a request about it is told.
    #[must_use]
    pub fn view(&self) -> SessionView {
        let state = self.lock();
        SessionView {
            user: state.user.clone().unwrap_or_else(UserId::anonymous),
            position: state.position(),
            connections: state.connections(),
        }
    }

    /// Binds it to `user` if nobody was named before.
    ///
    /// # Errors
    /// `INVALID_SESSION` when it is bound to another user.
    pub fn bind(&self, user: &UserId) -> Result<(), Failure> {
        let mut state = self.lock();
        state.touched = Instant::now();
        match &state.user {
            Some(bound) if bound != user => {
                Err(Failure::new(Code::InvalidSession, "this session belongs to another user"))
            }
            Some(_) => Ok(()),
            None => {
                state.user = Some(user.clone());
                self.save(&mut state);
                Ok(())
            }
        }
    }

    /// Lets a connection in: greets it, replays what it asks for, and from then on delivers live. All of it is
    /// one step as far as events are concerned.
    ///
    /// # Errors
    /// `SESSION_EXPIRED` when it ended meanwhile; `TOO_MANY_CONNECTIONS` when it is full.
    pub fn join(
        &self,
        join: &Join<'_>,
        ids: &Ids,
        greet: impl FnOnce(&Position) -> Option<Message>,
    ) -> Result<(), Failure> {
        let mut state = self.lock();
        if state.closed {
            return Err(expired());
        }
        let client_id = join.client.client_id();
        if let (Some(agent), Some(_)) = (join.agent_id, join.resume) {
            state.supersede(agent, client_id);
        }
        let known = state.members.iter().position(|member| member.client.client_id() == client_id);
        let others = state.connections() - usize::from(known.is_some_and(|at| state.members[at].live));
        self.check_count(others)?;
        if let Some(message) = greet(&state.position()) {
            send(join.client, &message, Audience::Other);
        }
        if let Some(point) = join.resume {
            state.replay(join, point, ids, &self.rules);
        }
        let agent_id = join.agent_id.map(Box::from);
        match known {
            Some(at) => {
                let member = &mut state.members[at];
                member.agent_id = agent_id;
                member.live = true;
            }
            None => {
                // most sessions have one connection, and there are many sessions
                state.members.reserve_exact(1);
                state.members.push(Member {
                    client: Arc::clone(join.client),
                    agent_id,
                    interest: join.interest,
                    live: true,
                });
            }
        }
        state.touched = Instant::now();
        Ok(())
    }

    /// Whether a connection of that name is there, whose place another can take by resuming.
    #[must_use]
    pub fn has_agent(&self, agent: &str) -> bool {
        self.lock().members.iter().any(|member| member.live && member.agent() == Some(agent))
    }

    /// Whether a connection could join now, in the place of those named `successor` if it resumes for them.
    ///
    /// # Errors
    /// `TOO_MANY_CONNECTIONS`.
    pub fn check_room(&self, successor: Option<&str>) -> Result<(), Failure> {
        let state = self.lock();
        let stays = |member: &&Member| member.live && (successor.is_none() || member.agent() != successor);
        self.check_count(state.members.iter().filter(stays).count())
    }

    fn check_count(&self, others: usize) -> Result<(), Failure> {
        let most = self.rules.max_connections_per_session;
        if others < most {
            return Ok(());
        }
        let text = format!("a session has at most {most} connections");
        Err(Failure::new(Code::TooManyConnections, text))
    }

    /// Takes a connection out.
    pub fn leave(&self, client_id: &ClientId) {
        let mut state = self.lock();
        state.members.retain(|member| member.client.client_id() != client_id);
        state.touched = Instant::now();
    }

    /// A connection moves to another session. It stays for the queries it asked here; true if there are any.
    pub fn release(&self, client_id: &ClientId) -> bool {
        let mut state = self.lock();
        state.touched = Instant::now();
        let asked = state.runs.iter().any(|run| run.is_asker(client_id));
        if asked {
            for member in &mut state.members {
                if member.client.client_id() == client_id {
                    member.live = false;
                    member.interest.subscribed = EventSet::NONE;
                }
            }
        } else {
            state.members.retain(|member| member.client.client_id() != client_id);
        }
        asked
    }

    /// What a connection wants.
    #[must_use]
    pub fn interest(&self, client_id: &ClientId) -> Interest {
        let state = self.lock();
        let member = state.members.iter().find(|member| member.client.client_id() == client_id);
        member.map_or_else(Interest::default, |member| member.interest)
    }

    /// Adds to or takes from the subscriptions of a connection; gives what is active then.
    pub fn subscribe(&self, client_id: &ClientId, events: &[EventName], add: bool) -> EventSet {
        let mut state = self.lock();
        let Some(member) = state.members.iter_mut().find(|member| member.client.client_id() == client_id)
        else {
            return EventSet::NONE;
        };
        for event in events {
            if add {
                member.interest.subscribed.insert(*event);
                member.interest.refused.remove(*event);
            } else {
                member.interest.subscribed.remove(*event);
                member.interest.refused.insert(*event);
            }
        }
        member.interest.subscribed
    }

    /// The stable name of a connection.
    #[must_use]
    pub fn agent_of(&self, client_id: &ClientId) -> Option<Box<str>> {
        let state = self.lock();
        let member = state.members.iter().find(|member| member.client.client_id() == client_id)?;
        member.agent_id.clone()
    }

    /// Whether the client that failed to get an event came back for it: a resume since `since` that began
    /// before the event, by the same agent; by anybody, where the client had no name.
    #[must_use]
    pub fn was_resumed(&self, agent_id: Option<&str>, offset: u64, since: Instant) -> bool {
        let state = self.lock();
        state.resumes.iter().any(|resume| {
            let same = agent_id.is_none() || resume.agent_id.as_deref() == agent_id;
            same && resume.offset < offset && resume.at >= since
        })
    }

    /// Ends the session: its queries are cancelled, its connections closed.
    pub(super) fn end(&self) {
        let mut state = self.lock();
        self.cancel_all(&mut state);
        state.closed = true;
        let message = Message::new(&Ids::default(), &expired());
        for member in state.members.drain(..) {
            send(&member.client, &message, Audience::Other);
            member.client.close(CloseCause::SessionExpired);
        }
    }

    /// Marks it as ended if nothing has held it for `ttl`; true if it is ended.
    pub(super) fn expire(&self, now: Instant) -> bool {
        let mut state = self.lock();
        let idle = state.members.is_empty() && state.runs.iter().all(Run::is_final);
        if idle && now.duration_since(state.touched) >= self.rules.ttl {
            state.closed = true;
        }
        if !state.closed {
            state.history.age(now, self.rules.bounds);
            state.forget(now, &self.rules);
        }
        state.closed
    }

    /// Whether nothing would be lost with it: nobody was named, nothing happened, nobody is here.
    pub(super) fn is_untouched(&self) -> bool {
        let state = self.lock();
        let unused = state.runs.is_empty() && state.history.top() == 0;
        state.members.is_empty() && state.user.is_none() && unused
    }

    /// Notes that it was used.
    pub fn touch(&self) {
        self.lock().touched = Instant::now();
    }
}

/// The refusal of a session that is over.
pub(super) fn expired() -> Failure {
    Failure::new(Code::SessionExpired, "this session has expired")
}

pub(super) fn send(client: &Arc<dyn Client>, message: &Message, audience: Audience) {
    client.deliver(&Forms::of(message), audience);
}

impl Member {
    pub(super) fn agent(&self) -> Option<&str> {
        self.agent_id.as_deref()
    }

    pub(super) fn wants(&self, event: EventName) -> bool {
        let subscribed = self.interest.subscribed;
        let either = event == EventName::Chat && subscribed.contains(EventName::QueryResult);
        subscribed.contains(event) || either
    }
}

impl State {
    pub(super) fn position(&self) -> Position {
        Position { epoch: self.history.epoch().clone(), top: self.history.top() }
    }

    fn connections(&self) -> usize {
        self.members.iter().filter(|member| member.live).count()
    }
}
