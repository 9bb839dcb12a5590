//! Who subscribed to what is no event of a session, and the telling of it. While nobody did, nothing is made.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;

use crate::connection::Link;
use crate::sessions::Client;
use crate::wire::encode::{Audience, Message};
use crate::wire::events::{EventName, EventSet};
use crate::wire::forms::Forms;
use crate::wire::identity::{ClientId, Ids};
use crate::wire::server::ServerMessage;

/// Subscribers of the server's own events.
pub struct Bulletin {
    followers: Mutex<HashMap<ClientId, Follower>>,
    /// All that anybody wants.
    wanted: watch::Sender<EventSet>,
}

struct Follower {
    link: Arc<Link>,
    events: EventSet,
}

impl Default for Bulletin {
    fn default() -> Self {
        Self { followers: Mutex::default(), wanted: watch::Sender::new(EventSet::NONE) }
    }
}

impl Bulletin {
    fn lock(&self) -> MutexGuard<'_, HashMap<ClientId, Follower>> {
        self.followers.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes what a connection is subscribed to now, of all its subscriptions.
    pub fn follow(&self, link: &Arc<Link>, active: EventSet) {
        let events = active.intersection(EventSet::PUBLIC);
        let mut followers = self.lock();
        if events.is_empty() {
            if followers.remove(link.client_id()).is_none() {
                return;
            }
        } else {
            followers.insert(link.client_id().clone(), Follower { link: Arc::clone(link), events });
        }
        self.tally(&followers);
    }

    /// A connection is gone.
    pub fn leave(&self, client_id: &ClientId) {
        let mut followers = self.lock();
        if followers.remove(client_id).is_some() {
            self.tally(&followers);
        }
    }

    fn tally(&self, followers: &HashMap<ClientId, Follower>) {
        let wanted = followers.values().fold(EventSet::NONE, |all, one| all.union(one.events));
        self.wanted.send_if_modified(|known| std::mem::replace(known, wanted) != wanted);
    }

    /// Whether anybody wants it.
    #[must_use]
    pub fn is_wanted(&self, event: EventName) -> bool {
        self.wanted.borrow().contains(event)
    }

    /// Waits until somebody wants it.
    pub async fn wanted(&self, event: EventName) {
        let mut wanted = self.wanted.subscribe();
        // The sender lives as long as this does.
        let _ = wanted.wait_for(|wanted| wanted.contains(event)).await;
    }

    /// Tells those who subscribed.
    pub fn publish<M: ServerMessage>(&self, event: EventName, body: &M) {
        if !self.is_wanted(event) {
            return;
        }
        let message = Message::new(&Ids::default(), body);
        let followers: Vec<Arc<Link>> = {
            let followers = self.lock();
            let wanting = followers.values().filter(|follower| follower.events.contains(event));
            wanting.map(|follower| Arc::clone(&follower.link)).collect()
        };
        let forms = Forms::of(&message);
        for link in followers {
            link.deliver(&forms, Audience::Other);
        }
    }
}
