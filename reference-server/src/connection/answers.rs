//! What each message of a client is answered with.

use super::handshake::fatal;
use super::life::{Connection, Origin, Refused};
use crate::sessions::Client as _;
use crate::wire::client::{ClientMessage, Command, EventList, Query};
use crate::wire::encode::Message;
use crate::wire::error::{Code, Failure};
use crate::wire::identity::{Ids, UserId};
use crate::wire::server::{HeartbeatResponse, Pong, ServerMessage, Subscribed, Subscription, Unsubscribed};

impl Connection {
    /// Answers a message that was understood and is within the limits.
    pub(super) fn answer(&mut self, message: ClientMessage, ids: &Ids) -> Result<(), Refused> {
        let early =
            matches!(message, ClientMessage::Handshake(_) | ClientMessage::Ping | ClientMessage::Heartbeat);
        if self.backend.config.handshake.required && !self.acknowledged && !early {
            return Err(Failure::new(Code::HandshakeRequired, "a handshake comes first").into());
        }
        match message {
            ClientMessage::Handshake(handshake) => return self.handshake(&handshake, ids),
            ClientMessage::Ping => self.link.send_life(&Message::new(ids, &Pong {})),
            ClientMessage::Heartbeat => self.heartbeat(ids),
            ClientMessage::Subscribe(events) => self.subscribe(events, ids),
            ClientMessage::Unsubscribe(events) => self.unsubscribe(events, ids),
            ClientMessage::Query(query) => self.query(*query, ids)?,
            ClientMessage::Command(command) => self.command(&command, ids)?,
            ClientMessage::TokenRefresh(token) => return self.refresh(&token, ids).map_err(fatal),
        }
        Ok(())
    }

    pub(super) fn reply<M: ServerMessage>(&self, ids: &Ids, body: &M) {
        self.link.send(&Message::new(ids, body));
    }

    /// Who uses it, as far as anybody was named.
    pub(super) fn user(&self) -> UserId {
        self.user.clone().unwrap_or_else(|| self.session.view().user)
    }

    fn heartbeat(&self, ids: &Ids) {
        let response = HeartbeatResponse {
            correlation_id: ids.correlation_id.is_none().then_some(()),
            server_status: self.backend.status(),
            connection_id: format!("backend_{}", self.user()),
            client_id: self.link.client_id().clone(),
            metrics: self.backend.heartbeat_metrics(),
            top: self.session.position().top,
        };
        self.link.send_life(&Message::new(ids, &response));
    }

    fn subscribe(&mut self, list: EventList, ids: &Ids) {
        let active = self.session.subscribe(self.link.client_id(), &list.events, true);
        for event in &list.events {
            self.explicit.insert(*event);
        }
        let EventList { events, rejected } = list;
        self.reply(ids, &Subscribed(Subscription { events, rejected, active: active.names() }));
        self.backend.bulletin.follow(&self.link, active);
    }

    fn unsubscribe(&mut self, list: EventList, ids: &Ids) {
        let active = self.session.subscribe(self.link.client_id(), &list.events, false);
        for event in &list.events {
            self.explicit.remove(*event);
        }
        let EventList { events, rejected } = list;
        self.reply(ids, &Unsubscribed(Subscription { events, rejected, active: active.names() }));
        self.backend.bulletin.follow(&self.link, active);
    }

    fn query(&self, query: Query, ids: &Ids) -> Result<(), Failure> {
        let named = query.session_id.as_deref().filter(|_| self.origin != Origin::ThrowAway);
        if named.is_some_and(|named| named != self.session.id().as_str()) {
            return Err(Failure::new(Code::InvalidSession, "this connection has another session"));
        }
        // The end comes as an event of the session.
        self.backend.workflow.ask(&self.session, ids, query, Some(&self.client), self.permissions()).map(drop)
    }

    fn command(&self, command: &Command, ids: &Ids) -> Result<(), Failure> {
        let asked = |session: &&std::sync::Arc<_>| {
            crate::sessions::Session::is_asker(session, &command.transaction_id, self.link.client_id())
        };
        let session = self.former.iter().find(asked).unwrap_or(&self.session);
        self.backend.workflow.command(session, ids, command, &self.client, self.permissions())
    }
}
