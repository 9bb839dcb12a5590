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

/// A request's target fit for a log: session ids as tags, the query's names without values.
pub fn redact_target(path: &str, query: Option<&str>) -> String {
    let mut shown = String::with_capacity(path.len());
    let mut previous = "";
    for (index, segment) in path.split('/').enumerate() {
        if index > 0 {
            shown.push('/');
        }
        if matches!(previous, "progress" | "sessions") && !segment.is_empty() {
            shown.push_str(&SessionTag(segment).to_string());
        } else {
            shown.push_str(segment);
        }
        previous = segment;
    }
    let names = query.into_iter().flat_map(|query| query.split('&')).filter(|pair| !pair.is_empty());
    for (index, pair) in names.enumerate() {
        shown.push(if index == 0 { '?' } else { '&' });
        shown.push_str(pair.split('=').next().unwrap_or_default());
        shown.push_str("=…");
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn targets_show_neither_session_nor_token() {
        for (path, query, expected) in [
            ("/ws/query", None, "/ws/query"),
            ("/ws/query", Some("token=abc.def&x"), "/ws/query?token=…&x=…"),
            ("/ws/progress/session_1", None, "/ws/progress/session#e0a0a1a6"),
            ("/api/sessions", None, "/api/sessions"),
        ] {
            let shown = redact_target(path, query);
            assert_eq!(shown.len(), expected.len(), "{shown}");
            assert!(!shown.contains("session_1") && !shown.contains("abc"), "{shown}");
        }
    }
}
