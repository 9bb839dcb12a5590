//! Where the server is: the variables of a web client in their order, and what they say.

use url::Url;

use crate::error::ClientError;

/// Where a client looks, in this order: a WebSocket URL, then URLs whose scheme is changed.
pub const VARIABLES: [&str; 3] = ["NEXT_PUBLIC_WS_URL", "NEXT_PUBLIC_BACKEND_URL", "NEXT_PUBLIC_API_URL"];

/// What a client without any variable uses.
pub const FALLBACK: &str = "ws://localhost:8080";

/// What it says then.
pub const FALLBACK_WARNING: &str = "No WebSocket environment variables found, using development fallback";

/// An address, found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resolved {
    /// A `ws://` or `wss://` URL.
    pub url: String,
    /// What the user should know.
    pub warning: Option<&'static str>,
}

/// Finds the address by `variable`, which gives the value of a variable. An empty one is as none.
pub fn resolve(variable: impl Fn(&str) -> Option<String>) -> Resolved {
    let [socket, others @ ..] = VARIABLES;
    let given = |name: &str| variable(name).filter(|value| !value.trim().is_empty());
    let found =
        given(socket).or_else(|| others.iter().find_map(|name| given(name)).map(|url| to_socket(&url)));
    match found {
        Some(url) => Resolved { url, warning: None },
        None => Resolved { url: FALLBACK.to_owned(), warning: Some(FALLBACK_WARNING) },
    }
}

/// `http://` → `ws://`, `https://` → `wss://`.
pub fn to_socket(url: &str) -> String {
    match url.split_once("://") {
        Some((scheme, rest)) if scheme.eq_ignore_ascii_case("http") => format!("ws://{rest}"),
        Some((scheme, rest)) if scheme.eq_ignore_ascii_case("https") => format!("wss://{rest}"),
        _ => url.to_owned(),
    }
}

/// A socket's address, read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    /// Host to connect to.
    pub host: String,
    /// Port to connect to.
    pub port: u16,
    /// Path and query of the door.
    pub target: String,
}

impl Address {
    /// Reads a `ws://` URL; without a path the door is `door`.
    ///
    /// # Errors
    /// It is no such URL. TLS belongs in front of this client.
    pub fn read(url: &str, door: &str) -> Result<Self, ClientError> {
        let refuse = |cause: &str| ClientError::Url { url: url.to_owned(), cause: cause.to_owned() };
        let parsed = Url::parse(&to_socket(url)).map_err(|error| refuse(&error.to_string()))?;
        match parsed.scheme() {
            "ws" => {}
            "wss" => return Err(refuse("this client has no TLS")),
            _ => return Err(refuse("it must begin with ws://")),
        }
        let host = parsed.host_str().ok_or_else(|| refuse("it has no host"))?.to_owned();
        let path = if parsed.path() == "/" { door } else { parsed.path() };
        let target = match parsed.query() {
            Some(query) => format!("{path}?{query}"),
            None => path.to_owned(),
        };
        Ok(Self { host, port: parsed.port().unwrap_or(80), target })
    }

    /// `path` of the HTTP API: below what stands before `door` in the address, where it is that door's.
    pub fn api(&self, door: &str, path: &str) -> String {
        let before = self.target.split('?').next().and_then(|target| target.strip_suffix(door));
        format!("{}{path}", before.unwrap_or_default())
    }

    /// `host:port`.
    pub fn authority(&self) -> String {
        format!("{}:{}", self.host, self.port)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resolved(set: &[(&str, &str)]) -> Resolved {
        resolve(|name| set.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned()))
    }

    #[test]
    fn the_first_variable_that_says_something_counts() {
        for (set, url) in [
            (
                &[("NEXT_PUBLIC_WS_URL", "wss://a/x"), ("NEXT_PUBLIC_BACKEND_URL", "http://b")][..],
                "wss://a/x",
            ),
            (&[("NEXT_PUBLIC_WS_URL", ""), ("NEXT_PUBLIC_BACKEND_URL", "http://b:1")], "ws://b:1"),
            (&[("NEXT_PUBLIC_BACKEND_URL", "https://b/p"), ("NEXT_PUBLIC_API_URL", "http://c")], "wss://b/p"),
            (&[("NEXT_PUBLIC_API_URL", "HTTP://c")], "ws://c"),
        ] {
            assert_eq!(resolved(set), Resolved { url: url.to_owned(), warning: None });
        }
        assert_eq!(resolved(&[]).warning, Some(FALLBACK_WARNING));
    }

    #[test]
    fn addresses_name_their_door() {
        let read = Address::read("ws://127.0.0.1:9/ws/echo?a=1", "/ws/query").unwrap();
        assert_eq!((read.authority().as_str(), read.target.as_str()), ("127.0.0.1:9", "/ws/echo?a=1"));
        assert_eq!(Address::read("ws://h", "/ws/query").unwrap().target, "/ws/query");
        let behind = Address::read("ws://h/base/ws/query?a=1", "/ws/query").unwrap();
        assert_eq!(behind.api("/ws/query", "/api/query"), "/base/api/query");
        let other = Address::read("ws://h/api/v1/ws", "/ws/query").unwrap();
        assert_eq!(other.api("/ws/query", "/api/query"), "/api/query");
        for bad in ["", "ws://", "ftp://h", "wss://h", "no url"] {
            assert!(Address::read(bad, "/").is_err(), "{bad}");
        }
    }

    proptest::proptest! {
        #[test]
        fn random_addresses_never_panic(text in "\\PC{0,80}") {
            let _ = Address::read(&text, "/ws/query");
            let _ = to_socket(&text);
        }
    }
}
