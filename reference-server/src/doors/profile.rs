//! The doors at work: the path picks dialect, authentication and subscriptions.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::opening::decode;
use crate::config::{Authentication, Config, Door as Rules, DoorKind, SubscribedAtOpen};
use crate::wire::Dialect;

/// A door with its path parameters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Door {
    /// Questions.
    Query,
    /// A session's events.
    Progress {
        /// The path's session id, percent-decoded, not yet checked.
        session_id: Box<str>,
    },
    /// Questions in a conversation.
    Chat,
    /// Questions in a session of its own.
    Demo,
    /// What comes in goes out again.
    Echo,
}

/// One door: its rules, and how many have come in.
#[derive(Debug)]
pub struct Profile {
    rules: Rules,
    open: AtomicUsize,
}

/// A place behind a door, given back when dropped.
#[derive(Debug)]
pub struct Admitted(Arc<Profile>);

impl Profile {
    fn new(rules: Rules) -> Self {
        Self { rules, open: AtomicUsize::new(0) }
    }

    /// Its path as configured: fit for a log, for it holds no session.
    #[must_use]
    pub fn pattern(&self) -> &str {
        &self.rules.path
    }

    /// What it is for.
    #[must_use]
    pub fn kind(&self) -> DoorKind {
        self.rules.kind
    }

    /// Dialect.
    #[must_use]
    pub fn dialect(&self) -> Dialect {
        self.rules.dialect
    }

    /// Who may open it.
    #[must_use]
    pub fn authentication(&self) -> Authentication {
        self.rules.authentication
    }

    /// Subscriptions at open.
    #[must_use]
    pub fn subscribed(&self) -> SubscribedAtOpen {
        self.rules.subscribed
    }

    /// Most connections through it; 0 sets no limit.
    #[must_use]
    pub fn max_connections(&self) -> usize {
        self.rules.max_connections
    }

    /// Whether as many are behind it as may be.
    #[must_use]
    pub fn is_full(&self) -> bool {
        let limit = self.rules.max_connections;
        limit > 0 && self.open.load(Ordering::Acquire) >= limit
    }

    /// Lets one more in; `None` when it is full.
    #[must_use]
    pub fn admit(self: &Arc<Self>) -> Option<Admitted> {
        let limit = self.rules.max_connections;
        let more = |open: usize| (limit == 0 || open < limit).then_some(open + 1);
        self.open.fetch_update(Ordering::AcqRel, Ordering::Acquire, more).ok()?;
        Some(Admitted(Arc::clone(self)))
    }

    fn door(&self, parameter: &str) -> Door {
        match self.rules.kind {
            DoorKind::Query => Door::Query,
            DoorKind::Progress => Door::Progress { session_id: decode(parameter, false) },
            DoorKind::Chat => Door::Chat,
            DoorKind::Demo => Door::Demo,
            DoorKind::Echo => Door::Echo,
        }
    }
}

impl Drop for Admitted {
    fn drop(&mut self) {
        self.0.open.fetch_sub(1, Ordering::AcqRel);
    }
}

/// All doors of a listener.
#[derive(Debug)]
pub struct Doors(Box<[Arc<Profile>]>);

impl Doors {
    /// The doors as configured.
    #[must_use]
    pub fn new(config: &Config) -> Self {
        let test_door = config.test_doors.then(Rules::echo);
        let rules = config.doors.iter().cloned().chain(test_door);
        Self(rules.map(|rules| Arc::new(Profile::new(rules))).collect())
    }

    /// The door at a path, or `None`.
    #[must_use]
    pub fn find(&self, path: &str) -> Option<(Arc<Profile>, Door)> {
        self.0.iter().find_map(|profile| {
            let parameter = capture(profile.pattern(), path)?;
            Some((Arc::clone(profile), profile.door(parameter)))
        })
    }
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
        let doors = Doors::new(&Config::default());
        let progress = |id: &str| Some(Door::Progress { session_id: id.into() });
        for (path, expected) in [
            ("/ws/query", Some(Door::Query)),
            ("/ws/chat", Some(Door::Chat)),
            ("/ws/demo", Some(Door::Demo)),
            ("/api/v1/ws/demo", Some(Door::Demo)),
            ("/api/v1/ws/dev", Some(Door::Query)),
            ("/api/v1/ws", Some(Door::Query)),
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
            ("/api/v1/ws/", None),
            ("/", None),
            ("", None),
            ("*", None),
        ] {
            assert_eq!(doors.find(path).map(|(_, door)| door), expected, "{path}");
        }
    }

    #[test]
    fn the_echoing_door_is_only_for_tests() {
        let path = "/ws/echo";
        assert!(Doors::new(&Config::default()).find(path).is_none());
        let config = Config { test_doors: true, ..Config::default() };
        assert_eq!(Doors::new(&config).find(path).map(|(_, door)| door), Some(Door::Echo));
    }

    #[test]
    fn a_door_admits_no_more_than_it_may_and_takes_places_back() {
        let mut config = Config::default();
        config.doors.0[0].max_connections = 1;
        let (profile, _) = Doors::new(&config).find("/ws/query").unwrap();
        let place = profile.admit().unwrap();
        assert!(profile.is_full() && profile.admit().is_none());
        drop(place);
        assert!(!profile.is_full() && profile.admit().is_some());
    }
}
