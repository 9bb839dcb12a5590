//! Which pages may open a door: a browser sends `Origin`, and a socket is not covered by its same-origin rule.

use http::HeaderMap;
use http::header::{HOST, ORIGIN};

use crate::config;

/// Whether the request's origin is none, the same, or on the list. `null`, several, or what is no origin at all
/// are refused.
pub(crate) fn is_allowed(headers: &HeaderMap, rules: &config::Origin) -> bool {
    let mut sent = headers.get_all(ORIGIN).iter();
    let Some(origin) = sent.next() else { return true };
    let (Ok(origin), None) = (origin.to_str(), sent.next()) else { return false };
    let Some(origin) = Authority::of_origin(origin) else { return false };
    let same = headers
        .get(HOST)
        .and_then(|host| host.to_str().ok())
        .and_then(|host| Authority::parse(origin.scheme, host))
        .is_some_and(|host| host == origin);
    same || rules.allow.iter().any(|allowed| Authority::of_origin(allowed).as_ref() == Some(&origin))
}

/// Scheme, host and port; equal when browsers call them the same origin.
#[derive(Debug, PartialEq, Eq)]
struct Authority {
    scheme: Scheme,
    host: String,
    port: u16,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Scheme {
    Http,
    Https,
}

impl Authority {
    fn of_origin(origin: &str) -> Option<Self> {
        let (scheme, rest) = origin.split_once("://")?;
        let scheme = match scheme.to_ascii_lowercase().as_str() {
            "http" => Scheme::Http,
            "https" => Scheme::Https,
            _ => return None,
        };
        Self::parse(scheme, rest)
    }

    /// Reads `host` or `host:port`. The scheme of a `Host` header is unknown behind a proxy that ends TLS, so
    /// it is taken from the origin.
    fn parse(scheme: Scheme, text: &str) -> Option<Self> {
        if text.is_empty() || text.contains(['/', '@', '?', '#', ' ']) {
            return None;
        }
        let authority: http::uri::Authority = text.parse().ok()?;
        let default = match scheme {
            Scheme::Http => 80,
            Scheme::Https => 443,
        };
        let port = match authority.port() {
            Some(port) => port.as_u16(),
            None => default,
        };
        Some(Self { scheme, host: authority.host().to_ascii_lowercase(), port })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allowed(host: &str, origins: &[&str], allow: &[&str]) -> bool {
        let mut headers = HeaderMap::new();
        headers.insert(HOST, host.parse().unwrap());
        for origin in origins {
            headers.append(ORIGIN, origin.parse().unwrap());
        }
        let allow = allow.iter().map(ToString::to_string).collect();
        is_allowed(&headers, &config::Origin { allow })
    }

    #[test]
    fn origins_table() {
        let list = ["https://app.example.com"];
        for (name, host, origins, expected) in [
            ("none sent", "127.0.0.1:8080", &[][..], true),
            ("same", "127.0.0.1:8080", &["http://127.0.0.1:8080"], true),
            ("same, other case", "LocalHost:8080", &["http://localhost:8080"], true),
            ("same, default port", "site.example", &["https://site.example"], true),
            ("same, default port written", "site.example:443", &["https://site.example"], true),
            ("same, IPv6", "[::1]:8080", &["http://[::1]:8080"], true),
            ("listed", "127.0.0.1:8080", &["https://app.example.com"], true),
            ("listed, other scheme", "127.0.0.1:8080", &["http://app.example.com"], false),
            ("listed, other port", "127.0.0.1:8080", &["https://app.example.com:444"], false),
            ("null", "127.0.0.1:8080", &["null"], false),
            ("evil", "127.0.0.1:8080", &["https://evil.example"], false),
            ("suffix alike", "127.0.0.1:8080", &["https://app.example.com.evil.example"], false),
            ("prefix alike", "127.0.0.1:8080", &["https://evilapp.example.com"], false),
            ("other port", "127.0.0.1:8080", &["http://127.0.0.1:8081"], false),
            ("user information", "127.0.0.1:8080", &["http://127.0.0.1:8080@evil.example"], false),
            ("path", "127.0.0.1:8080", &["http://127.0.0.1:8080/x"], false),
            ("two", "127.0.0.1:8080", &["http://127.0.0.1:8080", "https://evil.example"], false),
            ("empty", "127.0.0.1:8080", &[""], false),
            ("file", "127.0.0.1:8080", &["file://"], false),
        ] {
            assert_eq!(allowed(host, origins, &list), expected, "{name}");
        }
    }
}
