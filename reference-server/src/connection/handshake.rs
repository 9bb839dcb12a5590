//! The application handshake: which session a connection belongs to, and what it missed there.

use std::sync::Arc;

use super::life::{Connection, Origin, Refused};
use crate::sessions::{Client as _, Join, Session};
use crate::wire::client::Handshake;
use crate::wire::encode::Message;
use crate::wire::error::{Code, Failure};
use crate::wire::identity::{Ids, UserId};
use crate::wire::server::ConnectionAcknowledged;

/// A refusal that ends the connection.
pub(super) fn fatal(failure: Failure) -> Refused {
    Refused { failure, fatal: true }
}

impl Connection {
    /// Answers a handshake. What it reveals of the session may end the connection.
    pub(super) fn handshake(&mut self, handshake: &Handshake, ids: &Ids) -> Result<(), Refused> {
        if self.acknowledged {
            let text = "this connection has had its handshake";
            return Err(Failure::new(Code::AlreadyEstablished, text).into());
        }
        let user = self.user_named(handshake.user_id.as_deref()).map_err(fatal)?;
        let session = self.session_for(handshake, &user).map_err(fatal)?;
        let successor = handshake.resume.as_ref().and(handshake.agent_id.as_deref());
        let superseding = successor.is_some_and(|agent| session.has_agent(agent));
        self.presence.name(&user, superseding, &self.backend.config.limits).map_err(fatal)?;
        self.link.announce(&handshake.capabilities);
        self.enter(&session, handshake, &user, ids).map_err(fatal)?;
        if session.id() != self.session.id() {
            self.move_to(session);
        }
        self.user = Some(user);
        self.acknowledged = true;
        Ok(())
    }

    fn session_for(&self, handshake: &Handshake, user: &UserId) -> Result<Arc<Session>, Failure> {
        let named = handshake.session_id.as_deref().filter(|_| self.origin != Origin::ThrowAway);
        match named {
            Some(id) if id != self.session.id().as_str() => {
                if self.origin == Origin::Path {
                    return Err(Failure::new(Code::InvalidSession, "the path names another session"));
                }
                Ok(self.backend.sessions.open(Some(id), user)?.session)
            }
            _ => {
                self.session.bind(user)?;
                Ok(Arc::clone(&self.session))
            }
        }
    }

    fn enter(
        &self,
        session: &Arc<Session>,
        handshake: &Handshake,
        user: &UserId,
        ids: &Ids,
    ) -> Result<(), Failure> {
        let join = Join {
            client: &self.client,
            agent_id: handshake.agent_id.as_deref(),
            interest: self.session.interest(self.link.client_id()),
            resume: handshake.resume.as_ref(),
        };
        let recovered_database_context = session.contexts().valid();
        session.join(&join, ids, |position| {
            let acknowledged = ConnectionAcknowledged {
                agent_id: handshake.agent_id.clone(),
                server_agent_id: format!("backend_{user}"),
                server_capabilities: crate::backend::CAPABILITIES,
                session_established: true,
                session_id: session.id().clone(),
                epoch: position.epoch.clone(),
                top: position.top,
                recovered_database_context,
            };
            Some(Message::new(ids, &acknowledged))
        })
    }

    /// Leaves the session it had; what it asked there it still gets.
    fn move_to(&mut self, session: Arc<Session>) {
        let old = std::mem::replace(&mut self.session, session);
        if old.release(self.link.client_id()) {
            self.former.push(old);
        } else if self.origin == Origin::Provisional {
            self.backend.sessions.discard(&old);
        }
        self.origin = Origin::Handshake;
    }
}
