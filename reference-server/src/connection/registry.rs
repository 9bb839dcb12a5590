//! All connections of this process.

use std::collections::HashMap;
use std::hash::Hash;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

use super::addresses::neighbourhood;
use super::link::Link;
use crate::config::Limits;
use crate::sessions::Client;
use crate::wire::error::{Code, Failure};
use crate::wire::identity::{ClientId, UserId};

/// All connections, for limits and for what everybody is told.
#[derive(Default)]
pub struct Links {
    state: Mutex<State>,
    emptied: Notify,
}

#[derive(Default)]
struct State {
    links: HashMap<ClientId, Arc<Link>>,
    /// Event streams over HTTP.
    streams: HashMap<ClientId, Arc<dyn Client>>,
    /// Connections of each user; kept only where they are limited.
    users: HashMap<UserId, usize>,
    /// The same of each address.
    addresses: HashMap<IpAddr, usize>,
}

/// Who wants to come in.
#[derive(Debug, Clone, Copy)]
pub struct Guest<'a> {
    /// Where they come from.
    pub address: IpAddr,
    /// Their name, where a token tells it.
    pub user: Option<&'a UserId>,
    /// Whether they take the place of a connection that is still there: it does not count then.
    pub superseding: bool,
}

/// A place among the connections, given back when dropped.
pub struct Presence {
    links: Arc<Links>,
    client_id: ClientId,
    /// What else it counts for; only where that is limited.
    counted: Option<Box<Counted>>,
}

#[derive(Default)]
struct Counted {
    address: Option<IpAddr>,
    user: Option<UserId>,
}

impl State {
    fn len(&self) -> usize {
        self.links.len() + self.streams.len()
    }

    fn check(&self, guest: &Guest<'_>, limits: &Limits) -> Result<(), Failure> {
        let spare = usize::from(guest.superseding);
        let most = limits.max_connections;
        if self.len() >= most.saturating_add(spare) {
            let text = format!("this server has at most {most} connections");
            return Err(Failure::new(Code::ServerFull, text));
        }
        let address = neighbourhood(guest.address);
        check(&self.addresses, &address, limits.max_connections_per_ip, spare, "an address")?;
        guest.user.map_or(Ok(()), |user| self.check_user(user, limits, spare))
    }

    fn count(&mut self, guest: &Guest<'_>, limits: &Limits) -> Option<Box<Counted>> {
        let mut counted = Counted::default();
        if limits.max_connections_per_ip > 0 || limits.rate_limit_per_ip > 0 {
            let address = neighbourhood(guest.address);
            *self.addresses.entry(address).or_default() += 1;
            counted.address = Some(address);
        }
        if let Some(user) = guest.user.filter(|_| limits.max_connections_per_user > 0) {
            *self.users.entry(user.clone()).or_default() += 1;
            counted.user = Some(user.clone());
        }
        (counted.address.is_some() || counted.user.is_some()).then(|| Box::new(counted))
    }

    fn check_user(&self, user: &UserId, limits: &Limits, spare: usize) -> Result<(), Failure> {
        if *user == UserId::anonymous() {
            return Ok(());
        }
        check(&self.users, user, limits.max_connections_per_user, spare, "a user")
    }
}

fn check<K: Eq + Hash>(
    counts: &HashMap<K, usize>,
    key: &K,
    limit: usize,
    spare: usize,
    who: &str,
) -> Result<(), Failure> {
    let there = counts.get(key).copied().unwrap_or_default();
    if limit == 0 || there < limit.saturating_add(spare) {
        return Ok(());
    }
    Err(Failure::new(Code::TooManyConnections, format!("{who} has at most {limit} connections")))
}

fn give_back<K: Eq + Hash>(counts: &mut HashMap<K, usize>, key: &K) {
    if let Some(count) = counts.get_mut(key) {
        *count -= 1;
        if *count == 0 {
            counts.remove(key);
        }
    }
}

impl Links {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether there is a place now; it is not kept.
    ///
    /// # Errors
    /// As [`Links::enter`].
    pub fn check(&self, guest: &Guest<'_>, limits: &Limits) -> Result<(), Failure> {
        self.lock().check(guest, limits)
    }

    /// Enters a connection.
    ///
    /// # Errors
    /// `SERVER_FULL`, or `TOO_MANY_CONNECTIONS` of an address or a user.
    pub fn enter(
        self: &Arc<Self>,
        link: &Arc<Link>,
        guest: &Guest<'_>,
        limits: &Limits,
    ) -> Result<Presence, Failure> {
        let mut state = self.lock();
        state.check(guest, limits)?;
        state.links.insert(link.client_id().clone(), Arc::clone(link));
        let counted = state.count(guest, limits);
        Ok(Presence { links: Arc::clone(self), client_id: link.client_id().clone(), counted })
    }

    /// Enters an event stream, which counts as a connection.
    ///
    /// # Errors
    /// As [`Links::enter`].
    pub fn enter_stream(
        self: &Arc<Self>,
        stream: &Arc<dyn Client>,
        guest: &Guest<'_>,
        limits: &Limits,
    ) -> Result<Presence, Failure> {
        let mut state = self.lock();
        state.check(guest, limits)?;
        state.streams.insert(stream.client_id().clone(), Arc::clone(stream));
        let counted = state.count(guest, limits);
        Ok(Presence { links: Arc::clone(self), client_id: stream.client_id().clone(), counted })
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.lock().len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// All sockets now.
    #[must_use]
    pub fn all(&self) -> Vec<Arc<Link>> {
        self.lock().links.values().cloned().collect()
    }

    /// All event streams now.
    #[must_use]
    pub fn streams(&self) -> Vec<Arc<dyn Client>> {
        self.lock().streams.values().cloned().collect()
    }

    /// Waits until there is none.
    pub async fn emptied(&self) {
        loop {
            let woken = self.emptied.notified();
            if self.is_empty() {
                return;
            }
            woken.await;
        }
    }
}

impl Presence {
    /// The address it counts for, where addresses are limited.
    #[must_use]
    pub fn address(&self) -> Option<IpAddr> {
        self.counted.as_ref()?.address
    }

    /// Counts it for a user who is known only now.
    ///
    /// # Errors
    /// `TOO_MANY_CONNECTIONS`.
    pub fn name(&mut self, user: &UserId, superseding: bool, limits: &Limits) -> Result<(), Failure> {
        let counted = self.counted.as_ref().and_then(|counted| counted.user.as_ref());
        if limits.max_connections_per_user == 0 || counted == Some(user) {
            return Ok(());
        }
        let mut state = self.links.lock();
        state.check_user(user, limits, usize::from(superseding))?;
        *state.users.entry(user.clone()).or_default() += 1;
        let counted = self.counted.get_or_insert_default();
        if let Some(before) = counted.user.replace(user.clone()) {
            give_back(&mut state.users, &before);
        }
        Ok(())
    }
}

impl Drop for Presence {
    fn drop(&mut self) {
        let mut state = self.links.lock();
        state.links.remove(&self.client_id);
        state.streams.remove(&self.client_id);
        if let Some(counted) = self.counted.take() {
            if let Some(address) = &counted.address {
                give_back(&mut state.addresses, address);
            }
            if let Some(user) = &counted.user {
                give_back(&mut state.users, user);
            }
        }
        if state.len() == 0 {
            self.links.emptied.notify_one();
        }
    }
}
