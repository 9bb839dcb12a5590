//! The doors as data: the path picks dialect, authentication and subscriptions.

use super::opening::decode;
use crate::wire::Dialect;

/// A door with its path parameters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Door {
    /// `/ws/query`
    Query,
    /// `/ws/progress/{session_id}`
    Progress {
        /// The path's session id, percent-decoded, not yet checked.
        session_id: Box<str>,
    },
    /// `/ws/demo` and its alias.
    Demo,
    /// `/ws` of the MCP server.
    Mcp,
}

/// Who may open a door.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Authentication {
    /// As configured.
    Configured,
    /// The session of the path must exist and not be expired.
    KnownSession,
    /// Anybody, always.
    Never,
}

/// What a connection is subscribed to when it opens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SubscribedAtOpen {
    /// All session events.
    SessionEvents,
    /// Nothing.
    Nothing,
}

/// The rules of one door.
#[derive(Debug)]
pub struct Profile {
    /// Path; one segment may be `{session_id}`.
    pub pattern: &'static str,
    /// Dialect.
    pub dialect: Dialect,
    /// Who may open it.
    pub authentication: Authentication,
    /// Subscriptions at open.
    pub subscribed: SubscribedAtOpen,
    /// Makes the door from the path parameter (empty where the pattern has none).
    door: fn(Box<str>) -> Door,
}

/// All doors of the backend. Another door is another row.
pub static DOORS: [Profile; 4] = [
    Profile {
        pattern: "/ws/query",
        dialect: Dialect::Named,
        authentication: Authentication::Configured,
        subscribed: SubscribedAtOpen::SessionEvents,
        door: |_| Door::Query,
    },
    Profile {
        pattern: "/ws/progress/{session_id}",
        dialect: Dialect::Named,
        authentication: Authentication::KnownSession,
        subscribed: SubscribedAtOpen::SessionEvents,
        door: |session_id| Door::Progress { session_id },
    },
    demo("/ws/demo"),
    demo("/api/v1/ws/demo"),
];

/// The door of the MCP server, on a listener of its own.
pub static MCP_DOORS: [Profile; 1] = [Profile {
    pattern: "/ws",
    dialect: Dialect::Typed,
    authentication: Authentication::Never,
    subscribed: SubscribedAtOpen::Nothing,
    door: |_| Door::Mcp,
}];

const fn demo(pattern: &'static str) -> Profile {
    Profile {
        pattern,
        dialect: Dialect::Typed,
        authentication: Authentication::Never,
        subscribed: SubscribedAtOpen::Nothing,
        door: |_| Door::Demo,
    }
}

/// The door at a path, or `None`.
pub fn find(doors: &'static [Profile], path: &str) -> Option<(&'static Profile, Door)> {
    doors.iter().find_map(|profile| {
        let parameter = capture(profile.pattern, path)?;
        Some((profile, (profile.door)(decode(parameter, false))))
    })
}

/// Matches segment by segment; gives the text at the pattern's parameter, empty where it has none.
fn capture<'a>(pattern: &str, path: &'a str) -> Option<&'a str> {
    let mut parameter = "";
    let mut segments = path.split('/');
    for expected in pattern.split('/') {
        let segment = segments.next()?;
        if expected.starts_with('{') {
            if segment.is_empty() {
                return None;
            }
            parameter = segment;
        } else if expected != segment {
            return None;
        }
    }
    segments.next().is_none().then_some(parameter)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_table() {
        let progress = |id: &str| Some(Door::Progress { session_id: id.into() });
        for (path, expected) in [
            ("/ws/query", Some(Door::Query)),
            ("/ws/demo", Some(Door::Demo)),
            ("/api/v1/ws/demo", Some(Door::Demo)),
            ("/ws/progress/session_1", progress("session_1")),
            ("/ws/progress/a%2Fb", progress("a/b")),
            ("/ws/progress/100%", progress("100%")),
            ("/ws/progress/%F0%9F", progress("\u{fffd}")),
            ("/ws/progress/", None),
            ("/ws/progress", None),
            ("/ws/progress/a/b", None),
            ("/ws/query/", None),
            ("/ws/Query", None),
            ("//ws/query", None),
            ("/", None),
            ("", None),
            ("*", None),
        ] {
            assert_eq!(find(&DOORS, path).map(|(_, door)| door), expected, "{path}");
        }
    }
}
