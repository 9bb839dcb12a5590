//! Who may come in, as far as it is known when a door opens: the token, the path's session, the limits.

use std::sync::Arc;

use crate::backend::Backend;
use crate::config::Authentication;
use crate::doors::tokens::{Claims, Verifier};
use crate::doors::{Door, Identity, Opening, Profile};
use crate::sessions::Session;
use crate::wire::client::ResumePoint;
use crate::wire::error::{Code, Failure};

use super::registry::Guest;

/// What a client on a session's own door asks for by the query of its URL.
#[derive(Default)]
pub(super) struct Wish {
    /// Name of the client.
    pub(super) agent_id: Option<Box<str>>,
    /// What it saw last.
    pub(super) resume: Option<ResumePoint>,
    /// What is wrong with what it says it saw; the connection stays.
    pub(super) fault: Option<Failure>,
}

/// A client that may come in if there is a place.
pub(super) struct Entrant {
    pub(super) claims: Option<Claims>,
    /// The path's session.
    pub(super) session: Option<Arc<Session>>,
    pub(super) wish: Wish,
}

impl Wish {
    fn of(opening: &Opening) -> Self {
        let query = &opening.query;
        let agent_id = query.get("agent_id").filter(|name| !name.is_empty()).map(Box::from);
        match ResumePoint::from_url(query.get("epoch"), query.get("offset")) {
            Ok(resume) => Self { agent_id, resume, fault: None },
            Err(fault) => Self { agent_id, resume: None, fault: Some(fault) },
        }
    }

    /// The client whose place it takes, if that is there.
    fn successor(&self) -> Option<&str> {
        self.resume.as_ref().and(self.agent_id.as_deref())
    }
}

impl Entrant {
    /// Looks at the token and the path's session.
    ///
    /// # Errors
    /// `AUTH_REQUIRED`, `AUTH_FAILED`, `TOKEN_EXPIRED`; `INVALID_SESSION`, `SESSION_EXPIRED`.
    pub(super) fn examine(backend: &Backend, opening: &Opening) -> Result<Self, Failure> {
        let claims = match &opening.identity {
            Identity::Unknown => authenticate(&backend.tokens, opening)?,
            Identity::Anybody => None,
            Identity::Bearer(claims) => Some((**claims).clone()),
        };
        let Door::Progress { session_id } = &opening.door else {
            return Ok(Self { claims, session: None, wish: Wish::default() });
        };
        let session = backend.sessions.find(session_id)?;
        if let Some(claims) = &claims {
            // Fault 11: another user's session is refused exactly like one that never was.
            let unknown = |_| Failure::new(Code::InvalidSession, "no such session");
            session.bind(&claims.user).map_err(unknown)?;
        }
        Ok(Self { claims, session: Some(session), wish: Wish::of(opening) })
    }

    /// As whom the limits count it.
    pub(super) fn guest(&self, opening: &Opening) -> Guest<'_> {
        let successor = self.wish.successor();
        let superseding =
            self.session.as_ref().zip(successor).is_some_and(|(session, agent)| session.has_agent(agent));
        Guest { address: opening.address, user: self.claims.as_ref().map(|claims| &claims.user), superseding }
    }
}

fn authenticate(tokens: &Verifier, opening: &Opening) -> Result<Option<Claims>, Failure> {
    let wanted = match opening.profile.authentication() {
        Authentication::Never => false,
        Authentication::Configured => tokens.is_required(),
        Authentication::Token => true,
        Authentication::KnownSession => tokens.is_required() && !opening.tokens.is_empty(),
    };
    wanted.then(|| tokens.one(&opening.tokens)).transpose()
}

/// Everything that would refuse a connection as soon as it is open, found out before it is. What the token says
/// is kept in the opening, so that it is verified once.
///
/// # Errors
/// As before the upgrade; `SERVER_FULL`, `TOO_MANY_CONNECTIONS`.
pub fn examine(backend: &Backend, opening: &mut Opening) -> Result<(), Failure> {
    let entrant = Entrant::examine(backend, opening)?;
    backend.links.check(&entrant.guest(opening), &backend.config.limits)?;
    if opening.profile.is_full() {
        return Err(door_full(&opening.profile));
    }
    if let Some(session) = &entrant.session {
        session.check_room(entrant.wish.successor())?;
    }
    opening.identity = entrant.claims.map_or(Identity::Anybody, |claims| Identity::Bearer(Box::new(claims)));
    Ok(())
}

/// The refusal of a door that is full.
pub(super) fn door_full(profile: &Profile) -> Failure {
    let text = format!("this door has at most {} connections", profile.max_connections());
    Failure::new(Code::ServerFull, text)
}
