//! The loop of one connection: what comes in, what is due, and the one way out.

use std::sync::Arc;

use tokio::time::{Instant, sleep_until};

use super::admission::{Entrant, Wish, door_full};
use super::credential::Credential;
use super::engine::{Incoming, Socket};
use super::link::Link;
use super::rate::{Rate, Verdict};
use super::registry::Presence;
use crate::backend::Backend;
use crate::config::SubscribedAtOpen;
use crate::doors::{Admitted, Door, Opening, Profile};
use crate::events::{Lost, LostReason};
use crate::sessions::{Client, Interest, Join, Session};
use crate::wire::client::Received;
use crate::wire::encode::Message;
use crate::wire::error::{CloseCause, Code, Failure};
use crate::wire::events::EventSet;
use crate::wire::identity::{Ids, UserId};

/// How a connection ends.
pub(super) enum End {
    /// With a cause of the table.
    Cause(CloseCause),
    /// With a code of the frame layer.
    Violation(u16, &'static str),
    /// The client closed it, with this code if it gave one.
    Left(Option<u16>),
    /// It broke.
    Over,
}

/// A message that was refused, and whether the connection ends with it.
pub(super) struct Refused {
    pub(super) failure: Failure,
    pub(super) fatal: bool,
}

impl From<Failure> for Refused {
    fn from(failure: Failure) -> Self {
        Self { failure, fatal: false }
    }
}

/// Where a connection's session comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Origin {
    /// Made for the connection until a handshake names another.
    Provisional,
    /// The path names it.
    Path,
    /// A handshake named it.
    Handshake,
    /// Nobody else can ever reach it.
    ThrowAway,
}

/// The state of one connection.
pub(super) struct Connection {
    pub(super) backend: Arc<Backend>,
    pub(super) link: Arc<Link>,
    pub(super) client: Arc<dyn Client>,
    pub(super) session: Arc<Session>,
    pub(super) origin: Origin,
    /// Sessions it has left but still waits for answers of.
    pub(super) former: Vec<Arc<Session>>,
    pub(super) user: Option<UserId>,
    pub(super) acknowledged: bool,
    /// What it subscribed to by itself: that keeps it from being idle.
    pub(super) explicit: EventSet,
    pub(super) rate: Rate,
    opened: Instant,
    ping_due: Instant,
    /// When it was last seen to wait for a query.
    waited: Instant,
    pub(super) presence: Presence,
    /// Its token, where it needed one.
    pub(super) credential: Option<Box<Credential>>,
    _place: Admitted,
}

/// Lives the whole life of a connection.
///
/// What comes in a box, and what is put in one, would otherwise be part of every task for all of its life.
pub async fn live(backend: Arc<Backend>, opening: Box<Opening>, mut socket: Box<Socket>) {
    if opening.door == Door::Echo {
        return Box::pin(super::echo::echo(backend, opening, socket)).await;
    }
    let metrics = Arc::clone(&backend.metrics);
    let held = metrics.connections.hold();
    metrics.connections_opened.increment();
    let link = Arc::new(Link::new(
        &opening,
        Arc::clone(socket.outbox()),
        Arc::clone(&backend.config),
        Arc::clone(&metrics),
    ));
    let sends = Arc::clone(&backend.sends);
    let mut lost = None;
    let end = match Connection::open(backend, &link, &opening).map(Box::new) {
        Ok(mut connection) => {
            drop(opening);
            let end = connection.run(&mut socket).await;
            lost = connection.lost(&end);
            end
        }
        Err(failure) => {
            metrics.connections_refused.with(failure.code.as_str()).increment();
            link.send(&Message::new(&Ids::default(), &failure));
            End::Cause(CloseCause::of(failure.code).unwrap_or(CloseCause::Internal))
        }
    };
    match end {
        End::Cause(cause) => {
            let (code, reason) = cause.parts();
            metrics.closed(Some(code));
            Box::pin(socket.close(code, reason)).await;
        }
        End::Violation(code, reason) => {
            metrics.closed(Some(code));
            Box::pin(socket.close(code, reason)).await;
        }
        End::Left(code) => {
            // RFC 6455, 7.1.5: a close frame without a code stands for 1005
            metrics.closed(Some(code.unwrap_or(1005)));
            drop(socket);
        }
        End::Over => {
            metrics.closed(None);
            drop(socket);
        }
    }
    // Only now is it known what was never written.
    if let Some(lost) = lost {
        sends.failed(lost, link.take_lost());
    }
    drop(held);
}

impl Connection {
    /// Finds or makes the session of a door, joins it, and says so.
    fn open(backend: Arc<Backend>, link: &Arc<Link>, opening: &Opening) -> Result<Self, Failure> {
        let entrant = Entrant::examine(&backend, opening)?;
        let presence = backend.links.enter(link, &entrant.guest(opening), &backend.config.limits)?;
        let place = opening.profile.admit().ok_or_else(|| door_full(&opening.profile))?;
        let Entrant { claims, session, wish } = entrant;
        let (session, origin) = match (session, &opening.door) {
            (Some(session), _) => (session, Origin::Path),
            (None, Door::Demo) => (backend.sessions.throw_away(), Origin::ThrowAway),
            (None, _) => (backend.sessions.provisional(), Origin::Provisional),
        };
        let credential = claims.map(|claims| Box::new(Credential::new(claims, backend.tokens.leeway())));
        let client: Arc<dyn Client> = Arc::clone(link) as Arc<dyn Client>;
        let now = Instant::now();
        let connection = Self {
            link: Arc::clone(link),
            client,
            session,
            origin,
            former: Vec::new(),
            user: credential.as_ref().map(|credential| credential.user().clone()),
            acknowledged: false,
            explicit: if origin == Origin::Path { EventSet::SESSION } else { EventSet::NONE },
            rate: Rate::new(),
            opened: now,
            ping_due: now + backend.config.timers.ping_interval,
            waited: now,
            presence,
            credential,
            _place: place,
            backend,
        };
        connection.establish(opening, &wish)?;
        Ok(connection)
    }

    fn establish(&self, opening: &Opening, wish: &Wish) -> Result<(), Failure> {
        if let Some(credential) = &self.credential {
            self.session.bind(credential.user())?;
        }
        let join = Join {
            client: &self.client,
            agent_id: wish.agent_id.as_deref(),
            interest: interest(&opening.profile),
            resume: wish.resume.as_ref(),
        };
        let ids = Ids::default();
        self.session.join(&join, &ids, |position| {
            let session = self.session.id().clone();
            let client = self.client.client_id().clone();
            let established = self.backend.established(client, session, self.client.dialect(), position);
            Some(Message::new(&ids, &established))
        })?;
        if let Some(failure) = &wish.fault {
            self.link.send(&Message::new(&ids, failure));
        }
        Ok(())
    }

    /// Who should know of events that can't reach it any more, and why they can't. Nobody, where the client is
    /// served by its successor already.
    fn lost(&self, end: &End) -> Option<Lost> {
        let reason = match end {
            End::Cause(CloseCause::Superseded) => return None,
            End::Cause(CloseCause::SlowConsumer) => LostReason::SlowConsumer,
            End::Over | End::Left(_) => LostReason::ConnectionLost,
            End::Cause(_) | End::Violation(..) => LostReason::Closed,
        };
        let sessions: Vec<_> = self.former.iter().chain([&self.session]).cloned().collect();
        let agent_id = self.session.agent_of(self.client.client_id());
        Some(Lost { sessions, agent_id, since: self.link.opened(), reason })
    }

    async fn run(&mut self, socket: &mut Socket) -> End {
        let link = Arc::clone(&self.link);
        let mut timer = std::pin::pin!(sleep_until(self.due(socket)));
        let mut ended = std::pin::pin!(link.ended());
        loop {
            tokio::select! {
                biased;
                cause = &mut ended => return End::Cause(cause),
                incoming = socket.next() => {
                    if let Some(end) = self.incoming(incoming) {
                        return end;
                    }
                    // A timer may fire early, which only sets it again; it must never be late.
                    let due = self.due(socket);
                    if due < timer.deadline() {
                        timer.as_mut().reset(due);
                    }
                }
                () = &mut timer => {
                    if let Some(end) = self.on_time(socket) {
                        return end;
                    }
                    timer.as_mut().reset(self.due(socket));
                }
            }
        }
    }

    fn incoming(&mut self, incoming: Incoming) -> Option<End> {
        match incoming {
            Incoming::Text(text) => self.message(Received::read(&text, self.client.dialect())),
            Incoming::Ping | Incoming::Pong { solicited: false } => {
                let verdict = self.rate.life(&self.backend.config);
                self.limited(verdict, &Ids::default()).err().flatten()
            }
            Incoming::Pong { solicited: true } => None,
            Incoming::Binary(bytes) if self.link.has_msgpack() => {
                self.message(Received::read_msgpack(&bytes, self.client.dialect()))
            }
            Incoming::Binary(_) => Some(End::Cause(CloseCause::BinaryNotAnnounced)),
            Incoming::Violation { code, reason } => Some(End::Violation(code, reason)),
            Incoming::SlowConsumer => Some(End::Cause(CloseCause::SlowConsumer)),
            Incoming::Closed { code, .. } => Some(End::Left(code)),
            Incoming::Gone => Some(End::Over),
        }
    }

    fn message(&mut self, received: Received) -> Option<End> {
        self.backend.metrics.messages_received.increment();
        let verdict = if received.sign_of_life {
            self.rate.life(&self.backend.config)
        } else {
            self.link.touch();
            self.message_verdict()
        };
        if let Err(end) = self.limited(verdict, &received.ids) {
            return end;
        }
        let ids = received.ids;
        let outcome = received.message.map_err(Refused::from).and_then(|message| self.answer(message, &ids));
        let Refused { failure, fatal } = outcome.err()?;
        self.link.send(&Message::new(&ids, &failure));
        let cause = || CloseCause::of(failure.code).unwrap_or(CloseCause::Internal);
        fatal.then(|| End::Cause(cause()))
    }

    /// What the limits of this connection and of its address say to one more message.
    fn message_verdict(&mut self) -> Verdict {
        let Backend { config, addresses, .. } = &*self.backend;
        let address = self.presence.address();
        self.rate.message_within(config, || {
            address.map_or(Verdict::Pass, |address| addresses.message(address, config))
        })
    }

    /// `Err` when a message is over a limit, with the end of the connection if it is that too.
    fn limited(&self, verdict: Verdict, ids: &Ids) -> Result<(), Option<End>> {
        let Verdict::Refuse { limit, retry_after, close } = verdict else { return Ok(()) };
        let failure = self.backend.rate_exceeded(limit, retry_after);
        self.link.send(&Message::new(ids, &failure));
        Err(close.then_some(End::Cause(CloseCause::RateLimit)))
    }

    /// The next instant at which something may be due.
    fn due(&self, socket: &Socket) -> Instant {
        let timers = &self.backend.config.timers;
        let mut due = self.ping_due.min(socket.last_frame_at() + timers.pong_timeout);
        if self.explicit.is_empty() {
            due = due.min(self.idle_since() + timers.idle_timeout);
        }
        for deadline in [self.handshake_deadline(), self.expiry()].into_iter().flatten() {
            due = due.min(deadline);
        }
        due
    }

    fn idle_since(&self) -> Instant {
        self.link.last_application().max(self.waited)
    }

    fn handshake_deadline(&self) -> Option<Instant> {
        let required = self.backend.config.handshake.required && !self.acknowledged;
        required.then(|| self.opened + self.backend.config.timers.handshake_timeout)
    }

    /// When its token is over.
    fn expiry(&self) -> Option<Instant> {
        self.credential.as_ref().map(|credential| credential.ends())
    }

    fn on_time(&mut self, socket: &mut Socket) -> Option<End> {
        let now = Instant::now();
        let timers = &self.backend.config.timers;
        if now >= socket.last_frame_at() + timers.pong_timeout {
            return Some(End::Cause(CloseCause::HeartbeatTimeout));
        }
        if self.expiry().is_some_and(|end| now >= end) {
            let failure = Failure::new(Code::TokenExpired, "the token has expired");
            self.link.send(&Message::new(&Ids::default(), &failure));
            return Some(End::Cause(CloseCause::TokenExpired));
        }
        if self.handshake_deadline().is_some_and(|deadline| now >= deadline) {
            let failure = Failure::new(Code::HandshakeRequired, "no handshake came in time");
            self.link.send(&Message::new(&Ids::default(), &failure));
            return Some(End::Cause(CloseCause::HandshakeTimeout));
        }
        if now >= self.idle_since() + timers.idle_timeout && self.explicit.is_empty() {
            if !self.is_waiting() {
                return Some(End::Cause(CloseCause::Idle));
            }
            self.waited = now;
        }
        if now >= self.ping_due {
            socket.ping();
            self.ping_due = now + timers.ping_interval;
        }
        None
    }

    /// Whether a query of it runs.
    fn is_waiting(&self) -> bool {
        let client = self.client.client_id();
        self.session.is_waiting(client) || self.former.iter().any(|session| session.is_waiting(client))
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        let client = self.client.client_id();
        self.backend.bulletin.leave(client);
        for session in self.former.iter().chain([&self.session]) {
            session.leave(client);
        }
        if self.origin == Origin::Provisional {
            self.backend.sessions.discard(&self.session);
        }
    }
}

/// What a door subscribes to at open.
fn interest(profile: &Profile) -> Interest {
    let subscribed = match profile.subscribed() {
        SubscribedAtOpen::SessionEvents => EventSet::SESSION,
        SubscribedAtOpen::Nothing => EventSet::NONE,
    };
    Interest { subscribed, refused: EventSet::NONE }
}
