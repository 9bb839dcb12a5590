//! Where tokens are looked for: `?token=`, `Authorization: Bearer`, subprotocol `bearer.…`.

use http::HeaderMap;
use http::header::{AUTHORIZATION, SEC_WEBSOCKET_PROTOCOL};

use crate::doors::QueryParams;

/// Prefix of a subprotocol that carries a token, for browsers, which can't set headers on a socket.
const PROTOCOL: &str = "bearer.";

/// All tokens that were sent, wherever; the same one twice counts once, an empty one not at all.
#[must_use]
pub fn sent(headers: &HeaderMap, query: &QueryParams) -> Box<[Box<str>]> {
    let values = |name| headers.get_all(name).iter().filter_map(|value| value.to_str().ok());
    let header = values(AUTHORIZATION).filter_map(|value| {
        let (scheme, token) = value.trim().split_once(' ')?;
        scheme.eq_ignore_ascii_case("bearer").then_some(token.trim())
    });
    let offered = values(SEC_WEBSOCKET_PROTOCOL).flat_map(|value| value.split(','));
    let protocol = offered.filter_map(|name| name.trim().strip_prefix(PROTOCOL));
    let mut found: Vec<Box<str>> = Vec::new();
    for token in query.all("token").chain(header).chain(protocol).filter(|token| !token.is_empty()) {
        if !found.iter().any(|known| &**known == token) {
            found.push(token.into());
        }
    }
    found.into_boxed_slice()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(headers: &[(&str, &str)], query: &str) -> Vec<String> {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            let name: http::HeaderName = name.parse().unwrap();
            map.append(name, value.parse().unwrap());
        }
        sent(&map, &QueryParams::parse(query)).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn three_places_are_looked_at() {
        for (name, headers, query, expected) in [
            ("none", &[][..], "x=1", &[][..]),
            ("query", &[], "x=1&token=a.b.c", &["a.b.c"]),
            ("escaped", &[], "token=a%2Eb", &["a.b"]),
            ("empty", &[], "token=", &[]),
            ("two in the query", &[], "token=a&token=b", &["a", "b"]),
            ("header", &[("authorization", "Bearer a")], "", &["a"]),
            ("header, other case", &[("authorization", "bEARER  a ")], "", &["a"]),
            ("another scheme", &[("authorization", "Basic a")], "", &[]),
            ("two headers", &[("authorization", "Bearer a"), ("authorization", "Bearer b")], "", &["a", "b"]),
            ("subprotocol", &[("sec-websocket-protocol", "tidegate.v1, bearer.a.b.c")], "", &["a.b.c"]),
            (
                "the same everywhere",
                &[("authorization", "Bearer a"), ("sec-websocket-protocol", "bearer.a")],
                "token=a",
                &["a"],
            ),
            ("two that differ", &[("authorization", "Bearer a")], "token=b", &["b", "a"]),
        ] {
            assert_eq!(found(headers, query), expected, "{name}");
        }
    }
}
