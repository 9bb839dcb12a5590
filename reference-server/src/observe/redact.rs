//! Secrets never reach a log: tokens not at all, session ids as a short digest by which lines can be joined.

use std::fmt;

use sha1::{Digest, Sha1};

/// Shows a session id as the first 8 hex digits of its digest.
#[derive(Clone, Copy)]
pub struct SessionTag<'a>(
    /// The session id.
    pub &'a str,
);

impl fmt::Display for SessionTag<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digest = Sha1::digest(self.0.as_bytes());
        f.write_str("session#")?;
        digest.iter().take(4).try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for SessionTag<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Shortest session id: what is shorter can't be one.
const SHORTEST_ID: usize = 8;

/// Longest name of a parameter that is shown.
const LONGEST_NAME: usize = 16;

/// Longer segments of our own paths.
const KNOWN: &[&str] = &[
    "progress",
    "sessions",
    "transactions",
    "database",
    "validate",
    "dead-letters",
    "openapi.json",
    "asyncapi.json",
];

/// A request's target fit for a log: of the path what can't be a session id or is known, the rest as tags; of
/// the query the names without values. What is asked for by mistake may hold secrets too.
pub fn redact_target(path: &str, query: Option<&str>) -> String {
    let mut shown = String::with_capacity(path.len());
    let mut previous = "";
    for (index, segment) in path.split('/').enumerate() {
        if index > 0 {
            shown.push('/');
        }
        let session = matches!(previous, "progress" | "sessions") && !segment.is_empty();
        let plain = segment.len() < SHORTEST_ID || KNOWN.contains(&segment) || previous == "transactions";
        if plain && !session {
            shown.push_str(segment);
        } else {
            shown.push_str(&SessionTag(segment).to_string());
        }
        previous = segment;
    }
    let pairs = query.into_iter().flat_map(|query| query.split('&')).filter(|pair| !pair.is_empty());
    for (index, pair) in pairs.enumerate() {
        shown.push(if index == 0 { '?' } else { '&' });
        if let Some((name, _)) = pair.split_once('=').filter(|(name, _)| name.len() <= LONGEST_NAME) {
            shown.push_str(name);
            shown.push('=');
        }
        shown.push('…');
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn targets_show_neither_session_nor_token() {
        let tag = |id: &str| SessionTag(id).to_string();
        for (path, query, expected) in [
            ("/ws/query", None, "/ws/query".to_owned()),
            ("/ws/query", Some("token=abc.def&x=1"), "/ws/query?token=…&x=…".to_owned()),
            ("/ws/query", Some("abc.def"), "/ws/query?…".to_owned()),
            ("/ws/progress/session_1", None, format!("/ws/progress/{}", tag("session_1"))),
            ("/live/session_1/events", None, format!("/live/{}/events", tag("session_1"))),
            ("/nowhere/%73ession_1", None, format!("/nowhere/{}", tag("%73ession_1"))),
            ("/api/sessions", None, "/api/sessions".to_owned()),
            ("/api/sessions/short", None, format!("/api/sessions/{}", tag("short"))),
            ("/api/transactions/tx_0123456789", None, "/api/transactions/tx_0123456789".to_owned()),
        ] {
            let shown = redact_target(path, query);
            assert_eq!(shown, expected);
            assert!(!shown.contains("session_1") && !shown.contains("abc"), "{shown}");
        }
    }
}
