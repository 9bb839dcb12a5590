//! Each address against the listeners.

use std::net::SocketAddr;

use serde::Serialize;
use url::{Host, Url};

use super::{Published, Said, Setting};

/// Where the server listens.
pub(crate) struct Listeners {
    pub(crate) backend: SocketAddr,
    pub(crate) agents: SocketAddr,
    pub(crate) mcp: SocketAddr,
    pub(crate) tls: bool,
    /// Paths of the doors.
    pub(crate) doors: Vec<String>,
}

/// What became of one address.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Finding {
    /// File and line.
    pub(crate) place: String,
    /// The variable, or `ports`.
    pub(crate) name: String,
    /// What it says.
    pub(crate) value: String,
    #[serde(flatten)]
    pub(crate) verdict: Verdict,
}

/// Whether an address leads to the server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "verdict", rename_all = "snake_case")]
pub(crate) enum Verdict {
    /// It does.
    Agrees,
    /// It does not.
    Disagrees {
        /// Why.
        text: String,
        /// What to write.
        instead: Option<String>,
    },
    /// It can't be told from here.
    NotJudged {
        /// Why.
        text: String,
    },
}

/// Judges everything that was said.
pub(crate) fn judge(said: &Said, listeners: &Listeners) -> Vec<Finding> {
    let settings = said.settings.iter().map(|setting| Finding {
        place: setting.place.to_string(),
        name: setting.variable.to_owned(),
        value: setting.value.clone(),
        verdict: address(setting, &said.published, listeners),
    });
    let published = said.published.iter().filter_map(|port| {
        Some(Finding {
            place: port.place.to_string(),
            name: "ports".to_owned(),
            value: format!("{}:{}", port.host, port.container),
            verdict: exposure(port, listeners)?,
        })
    });
    settings.chain(published).collect()
}

fn address(setting: &Setting, published: &[Published], listeners: &Listeners) -> Verdict {
    let is_socket = setting.variable == "NEXT_PUBLIC_WS_URL";
    if setting.value.trim().is_empty() {
        let text = "empty: the next variable, or the default, is taken".to_owned();
        return Verdict::NotJudged { text };
    }
    let Ok(url) = Url::parse(setting.value.trim()) else {
        return Verdict::Disagrees {
            text: "not an address".to_owned(),
            instead: right(is_socket, published, listeners),
        };
    };
    let instead = || right(is_socket, published, listeners);
    let scheme = scheme(is_socket, listeners.tls);
    if url.scheme() != scheme {
        let text = format!("begins with {}://, where the server speaks {scheme}://", url.scheme());
        return Verdict::Disagrees { text, instead: instead() };
    }
    if !is_this_machine(url.host(), listeners.backend) {
        let text = format!("{} is not this machine", url.host_str().unwrap_or_default());
        return Verdict::NotJudged { text };
    }
    let port = url.port_or_known_default().unwrap_or_default();
    if port != reachable(published, listeners) {
        let owner = [("agents", listeners.agents), ("MCP server", listeners.mcp)]
            .into_iter()
            .find(|(_, address)| address.port() == port)
            .map_or_else(|| "nothing of this server".to_owned(), |(tier, _)| format!("the {tier}"));
        let backend = reachable(published, listeners);
        let text = format!("port {port} is that of {owner}; the backend is reached at {backend}");
        return Verdict::Disagrees { text, instead: instead() };
    }
    let path = url.path();
    if is_socket && path != "/" && !listeners.doors.iter().any(|door| door == path) {
        let text = format!("there is no door at {path}; doors are {}", listeners.doors.join(", "));
        return Verdict::Disagrees { text, instead: None };
    }
    Verdict::Agrees
}

/// A published port of an inner tier under the backend's number misleads every front end.
fn exposure(port: &Published, listeners: &Listeners) -> Option<Verdict> {
    if port.container == listeners.backend.port() {
        return Some(Verdict::Agrees);
    }
    let inner = [("agents", listeners.agents), ("MCP server", listeners.mcp)];
    let (tier, _) = inner.into_iter().find(|(_, address)| address.port() == port.container)?;
    (port.host == listeners.backend.port()).then(|| Verdict::Disagrees {
        text: format!("the backend's port {} leads to the {tier} at {}", port.host, port.container),
        instead: Some(format!("{0}:{0}", listeners.backend.port())),
    })
}

/// The port under which a browser on this machine reaches the backend.
fn reachable(published: &[Published], listeners: &Listeners) -> u16 {
    let backend = listeners.backend.port();
    published.iter().find(|port| port.container == backend).map_or(backend, |port| port.host)
}

fn right(is_socket: bool, published: &[Published], listeners: &Listeners) -> Option<String> {
    let port = reachable(published, listeners);
    Some(format!("{}://localhost:{port}", scheme(is_socket, listeners.tls)))
}

const fn scheme(is_socket: bool, tls: bool) -> &'static str {
    match (is_socket, tls) {
        (true, false) => "ws",
        (true, true) => "wss",
        (false, false) => "http",
        (false, true) => "https",
    }
}

fn is_this_machine(host: Option<Host<&str>>, backend: SocketAddr) -> bool {
    match host {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(address)) => address.is_loopback() || backend.ip() == address,
        Some(Host::Ipv6(address)) => address.is_loopback() || backend.ip() == address,
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;
    use crate::addresses::Place;

    fn place() -> Place {
        Place { file: PathBuf::from(".env.local"), line: 1 }
    }

    fn verdict_of(variable: &'static str, value: &str, published: &[(u16, u16)], tls: bool) -> Verdict {
        let on = |port| SocketAddr::from(([127, 0, 0, 1], port));
        let listeners = Listeners {
            backend: on(8080),
            agents: on(8081),
            mcp: on(8000),
            tls,
            doors: vec!["/ws/query".to_owned(), "/api/v1/ws".to_owned()],
        };
        let said = Said {
            settings: vec![Setting { place: place(), variable, value: value.to_owned() }],
            published: published
                .iter()
                .map(|&(host, container)| Published { place: place(), host, container })
                .collect(),
        };
        judge(&said, &listeners).remove(0).verdict
    }

    #[test]
    fn addresses_table() {
        const WS: &str = "NEXT_PUBLIC_WS_URL";
        const API: &str = "NEXT_PUBLIC_API_URL";
        for (variable, value, published, tls, expected) in [
            (API, "http://localhost:8080", &[][..], false, "agrees"),
            (API, "http://127.0.0.1:8080/", &[], false, "agrees"),
            (API, "http://[::1]:8080/", &[], false, "agrees"),
            (API, "http://localhost:8000", &[], false, "port 8000 is that of the MCP server"),
            (API, "http://localhost:8081", &[], false, "port 8081 is that of the agents"),
            (API, "http://localhost", &[], false, "port 80 is that of nothing"),
            (API, "http://localhost:9000", &[(9000, 8080)], false, "agrees"),
            (API, "http://localhost:8080", &[(9000, 8080)], false, "reached at 9000"),
            (API, "https://localhost:8080", &[], false, "begins with https://"),
            (API, "https://localhost:8080", &[], true, "agrees"),
            (API, "https://api.example.com", &[], true, "not this machine"),
            (API, "localhost", &[], false, "not an address"),
            (WS, "ws://localhost:8080", &[], false, "agrees"),
            (WS, "ws://localhost:8080/api/v1/ws", &[], false, "agrees"),
            (WS, "ws://localhost:8080/ws", &[], false, "no door at /ws"),
            (WS, "http://localhost:8080", &[], false, "begins with http://"),
            (WS, "", &[], false, "empty"),
        ] {
            let said = match verdict_of(variable, value, published, tls) {
                Verdict::Agrees => "agrees".to_owned(),
                Verdict::Disagrees { text, .. } | Verdict::NotJudged { text } => text,
            };
            assert!(said.contains(expected), "{variable}={value}: {said}");
        }
    }

    #[test]
    fn a_disagreement_says_what_to_write() {
        let Verdict::Disagrees { instead, .. } =
            verdict_of("NEXT_PUBLIC_WS_URL", "ws://localhost:8000", &[], false)
        else {
            panic!("it disagrees");
        };
        assert_eq!(instead.as_deref(), Some("ws://localhost:8080"));
    }
}
