//! A target that can be connected to.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::Error;
use crate::checks::Side;
use crate::client::{ClientProgram, contract};
use crate::mutants::Faults;
use crate::peer::{Stream, Tls, Trust};

use super::auth::Auth;
use super::door::{Door, Doors};
use super::file::ToolCall;
use super::timers::Timers;

/// A part of a target with an address of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tier {
    /// What clients speak to.
    Backend,
    /// The agents.
    Agents,
    /// The MCP server.
    Mcp,
}

impl Tier {
    pub(crate) const ALL: [Self; 3] = [Self::Backend, Self::Agents, Self::Mcp];
}

/// A target: where it is and what is known about it.
#[derive(Debug, Clone, PartialEq)]
pub struct Target {
    /// Name for people.
    pub name: String,
    address: String,
    base_path: String,
    tls: Option<Tls>,
    /// Paths of its doors.
    pub doors: Doors,
    /// URLs of its agents by name, where they can be asked: `POST URL/execute`.
    pub agents: BTreeMap<String, String>,
    /// `host:port` of its MCP server, when that can be reached.
    pub mcp: Option<String>,
    /// Path of the Model Context Protocol on it.
    pub mcp_path: String,
    /// A tool of it that may be called at any time, and with what.
    pub mcp_call: Option<ToolCall>,
    /// The client under test, when the target is one: then there is no address.
    pub client: Option<ClientProgram>,
    /// What tokens for it are made with.
    pub auth: Auth,
    /// Timers it is configured with; what it announces counts more.
    pub timers: Timers,
    /// What it says it has (`true`) or has not (`false`).
    pub features: BTreeMap<String, bool>,
    /// Features that the suite looked for and did not meet, and what it saw instead.
    pub unmet: BTreeMap<String, String>,
    /// Checks that are reported apart, and why.
    pub quarantine: BTreeMap<String, String>,
}

impl Target {
    /// The target at `url`: `http://host:port` or `ws://host:port` (with TLS `https://` or `wss://`), with
    /// an optional path before all paths. Certificates are judged as this system does.
    pub fn from_url(url: &str) -> Result<Self, Error> {
        Self::trusting(url, Trust::System)
    }

    /// The same with an own view of whose certificates are good.
    pub fn trusting(url: &str, trust: Trust) -> Result<Self, Error> {
        let refuse =
            |cause: &str| Err(Error::Unreachable { target: format!("{url:?}"), cause: cause.to_owned() });
        let (scheme, rest) = match url.split_once("://") {
            Some((scheme, rest)) => (scheme.to_ascii_lowercase(), rest),
            None => ("http".to_owned(), url),
        };
        let secure = match scheme.as_str() {
            "http" | "ws" => false,
            "https" | "wss" => true,
            _ => return refuse("the URL must begin with http://, https://, ws:// or wss://"),
        };
        let (authority, path) = rest.split_at(end_of_authority(rest));
        if authority.is_empty() {
            return refuse("the URL has no host");
        }
        let has_port = authority.rsplit_once(':').is_some_and(|(_, port)| port.parse::<u16>().is_ok());
        let port = if secure { 443 } else { 80 };
        let address = if has_port { authority.to_owned() } else { format!("{authority}:{port}") };
        let host = address.rsplit_once(':').map_or(address.as_str(), |(host, _)| host);
        let tls = match secure.then(|| Tls::new(host, trust)).transpose() {
            Ok(tls) => tls,
            Err(fault) => return refuse(&fault.to_string()),
        };
        let base_path = path.split(['?', '#']).next().unwrap_or_default().trim_end_matches('/').to_owned();
        Ok(Self {
            name: url.to_owned(),
            address,
            base_path,
            tls,
            doors: Doors::default(),
            agents: BTreeMap::new(),
            mcp: None,
            mcp_path: "/mcp".to_owned(),
            mcp_call: None,
            client: None,
            auth: Auth::default(),
            timers: Timers::default(),
            features: BTreeMap::new(),
            unmet: BTreeMap::new(),
            quarantine: BTreeMap::new(),
        })
    }

    /// The target whose echo door is `url` itself, path and query as they are written; without a path it is the root.
    pub fn echo_door(url: &str) -> Result<Self, Error> {
        let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
        let named = rest[end_of_authority(rest)..].split('#').next().unwrap_or_default();
        let path = if named.starts_with('/') { named.to_owned() } else { format!("/{named}") };
        Ok(Self::from_url(url)?.echo_at(&path))
    }

    /// A client under test.
    pub fn of_client(program: ClientProgram) -> Result<Self, Error> {
        // The address stands for none: cases listen on ports of their own.
        let target = Self::from_url("ws://127.0.0.1:0")?;
        Ok(Self { name: program.to_text(), client: Some(program), ..target })
    }

    /// The same, its client with the faults that `make` makes between it and the suite; `None` for a server.
    pub(crate) fn faulty(&self, make: &Faults) -> Option<Self> {
        let program = self.client.clone()?.between(Arc::clone(make));
        Some(Self { client: Some(program), ..self.clone() })
    }

    /// The same, its client told to make the mistake `fault`.
    pub(crate) fn mistaken(&self, fault: &str) -> Self {
        let program = self.client.clone().map(|program| program.variable(contract::FAULT, fault));
        Self { client: program, ..self.clone() }
    }

    /// Which side of the wire it stands on.
    pub fn side(&self) -> Side {
        if self.client.is_some() { Side::Client } else { Side::Server }
    }

    /// `host:port` to connect to.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// A connection to it, with TLS where its URL says so.
    pub async fn connect(&self) -> std::io::Result<Stream> {
        Stream::connect(&self.address, self.tls.as_ref()).await
    }

    /// How TLS is spoken with it, if it is.
    pub fn tls(&self) -> Option<&Tls> {
        self.tls.as_ref()
    }

    /// The same target, spoken to by TLS.
    pub fn secured(&self, tls: Tls) -> Self {
        Self { tls: Some(tls), ..self.clone() }
    }

    /// The same target, its echo door at `path`.
    fn echo_at(mut self, path: &str) -> Self {
        self.base_path.clear();
        path.clone_into(&mut self.doors.echo);
        self.features.insert("echo".to_owned(), true);
        self
    }

    /// Path before all paths; empty when there is none.
    pub fn base_path(&self) -> &str {
        &self.base_path
    }

    /// The same target behind another address, such as a proxy's.
    pub fn at(&self, address: String) -> Self {
        Self { address, ..self.clone() }
    }

    /// The same target, its MCP server behind another address.
    pub fn mcp_at(&self, address: String) -> Self {
        Self { mcp: Some(address), ..self.clone() }
    }

    /// `host:port` of what serves this tier, if it can be reached; of several agents that of the first.
    pub(crate) fn address_of(&self, tier: Tier) -> Option<String> {
        match tier {
            Tier::Backend => Some(self.address.clone()),
            Tier::Mcp => self.mcp.clone(),
            Tier::Agents => {
                let name = self.agents.keys().next()?;
                Some(self.agent(name)?.address)
            }
        }
    }

    /// The same target, this tier of it behind another address.
    pub(crate) fn moved(&self, tier: Tier, address: String) -> Self {
        match tier {
            Tier::Backend => self.at(address),
            Tier::Mcp => self.mcp_at(address),
            Tier::Agents => {
                let path = |name: &str| self.agent(name).map(|agent| agent.base_path).unwrap_or_default();
                let moved =
                    self.agents.keys().map(|name| (name.clone(), format!("http://{address}{}", path(name))));
                Self { agents: moved.collect(), ..self.clone() }
            }
        }
    }

    /// The agent called `name` as a target of its own, if it can be asked.
    pub fn agent(&self, name: &str) -> Option<Self> {
        let place = Self::from_url(self.agents.get(name)?).ok()?;
        let Self { address, base_path, tls, .. } = place;
        Some(Self { address, base_path, tls, ..self.clone() })
    }

    /// The MCP server as a target of its own, if there is one to reach.
    pub fn mcp_server(&self) -> Option<Self> {
        let address = self.mcp.clone()?;
        Some(Self { address, base_path: String::new(), ..self.clone() })
    }

    /// Value of the `Host` header.
    pub fn host(&self) -> String {
        self.address.clone()
    }

    /// Request target of `door`.
    pub fn path(&self, door: &Door) -> String {
        format!("{}{}", self.base_path, self.doors.path(door))
    }

    /// Request target of a REST path, such as `/health`.
    pub fn rest(&self, path: &str) -> String {
        format!("{}{path}", self.base_path)
    }

    /// True unless the target says that it does not have `feature`.
    pub fn has(&self, feature: &str) -> bool {
        self.features.get(feature).copied().unwrap_or(true)
    }

    /// True when the target says that it has `feature`.
    pub fn declares(&self, feature: &str) -> bool {
        self.features.get(feature).copied().unwrap_or(false)
    }

    /// That the target says it has no `feature`, in words.
    pub(crate) fn absence(&self, feature: &str) -> String {
        format!("the target says it has no {feature}")
    }

    /// That nothing of `feature` was met and the target does not say that it has none, in words.
    pub(crate) fn unmet(&self, feature: &str) -> Option<String> {
        let seen = self.unmet.get(feature)?;
        Some(format!("{seen}; if that is meant so, say features.{feature} = false"))
    }
}

/// Where host and port end in a URL without its scheme.
fn end_of_authority(rest: &str) -> usize {
    rest.find(['/', '?', '#']).unwrap_or(rest.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_is_the_door_it_names() {
        for (url, address, door) in [
            ("ws://127.0.0.1:9000", "127.0.0.1:9000", "/"),
            ("ws://127.0.0.1:9000/", "127.0.0.1:9000", "/"),
            ("ws://127.0.0.1:9000/chat", "127.0.0.1:9000", "/chat"),
            ("ws://127.0.0.1:9000/chat/", "127.0.0.1:9000", "/chat/"),
            ("ws://127.0.0.1:9000?room=7", "127.0.0.1:9000", "/?room=7"),
            ("http://example.org/a/b?x=/y#top", "example.org:80", "/a/b?x=/y"),
            ("127.0.0.1:9000#top", "127.0.0.1:9000", "/"),
        ] {
            let target = Target::echo_door(url).unwrap();
            assert_eq!((target.address(), target.path(&Door::Echo).as_str()), (address, door), "{url}");
            assert!(target.has("echo"), "{url}");
        }
        assert!(Target::echo_door("ws:///chat").is_err());
    }

    #[test]
    fn a_base_url_may_have_a_path_before_all_others() {
        for (url, query) in [
            ("http://127.0.0.1:1", "/ws/query"),
            ("http://127.0.0.1:1/", "/ws/query"),
            ("http://127.0.0.1:1/base/?x=1", "/base/ws/query"),
            ("http://127.0.0.1:1?x=1", "/ws/query"),
        ] {
            assert_eq!(Target::from_url(url).unwrap().path(&Door::Query), query, "{url}");
        }
    }
}
