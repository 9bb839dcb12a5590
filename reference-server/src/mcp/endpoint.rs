//! Where an MCP server is.

use std::fmt;
use std::net::SocketAddr;
use std::str::FromStr;

use http::Uri;

/// Address of an MCP server: `ws://host:port/ws`. Its HTTP side is on the same port.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint {
    authority: String,
    path: String,
}

/// Why a text is no address of an MCP server.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is no MCP address, expected such as ws://127.0.0.1:8000/ws")]
pub struct EndpointError {
    text: String,
}

impl Endpoint {
    /// URL of its WebSocket; what an agent's id is made from.
    pub fn websocket(&self) -> String {
        format!("ws://{}{}", self.authority, self.path)
    }

    /// URL of a path on its HTTP side.
    pub(crate) fn http(&self, path: &str) -> String {
        format!("http://{}{path}", self.authority)
    }

    /// Host and port, to connect to.
    pub(crate) fn authority(&self) -> &str {
        &self.authority
    }
}

impl From<SocketAddr> for Endpoint {
    fn from(address: SocketAddr) -> Self {
        Self { authority: address.to_string(), path: "/ws".to_owned() }
    }
}

impl FromStr for Endpoint {
    type Err = EndpointError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let refused = || EndpointError { text: text.to_owned() };
        let uri: Uri = text.parse().map_err(|_| refused())?;
        let authority = uri.authority().ok_or_else(refused)?;
        if !matches!(uri.scheme_str(), Some("ws" | "http")) || authority.as_str().contains('@') {
            return Err(refused());
        }
        let authority = match authority.port_u16() {
            Some(_) => authority.to_string(),
            None => format!("{}:80", authority.host()),
        };
        let path = if uri.path() == "/" { "/ws" } else { uri.path() };
        Ok(Self { authority, path: path.to_owned() })
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.websocket())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_gives_both_sides() {
        let endpoint: Endpoint = "ws://db.example:8000".parse().unwrap();
        assert_eq!(endpoint.websocket(), "ws://db.example:8000/ws");
        assert_eq!(endpoint.http("/health"), "http://db.example:8000/health");
        assert_eq!("http://host/ws".parse::<Endpoint>().unwrap().authority(), "host:80");
    }

    #[test]
    fn other_text_is_refused() {
        for text in ["", "127.0.0.1:8000", "ftp://x/ws", "ws://", "ws://a@b/ws", "/ws"] {
            assert!(text.parse::<Endpoint>().is_err(), "{text}");
        }
    }

    proptest::proptest! {
        #[test]
        fn random_text_never_panics(text in "\\PC{0,60}") {
            let _ = text.parse::<Endpoint>();
        }
    }
}
