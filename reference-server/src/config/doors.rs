//! The doors: which paths can be upgraded, and the rules of each.

use std::ops::Deref;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::ConfigError;
use crate::wire::Dialect;

/// The one parameter that a path may have.
pub const SESSION_PARAMETER: &str = "{session_id}";

/// What a door is for, which decides where its session comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum DoorKind {
    /// Questions; the session is made for the connection until a handshake names another.
    Query,
    /// What happens in the session that the path names.
    Progress,
    /// Questions in a conversation; the session as for questions.
    Chat,
    /// Questions in a session that nobody else can ever reach, whatever a handshake says.
    Demo,
    /// What comes in goes out again. There only with `test_doors`, never in a table.
    #[serde(skip)]
    Echo,
}

/// Who may open a door.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Authentication {
    /// Whoever `auth.required` lets in.
    #[default]
    Configured,
    /// Whoever knows a session that exists. A token is not needed; one that is sent must be the owner's.
    KnownSession,
    /// Anybody, always.
    Never,
    /// Only who has a token, whatever `auth.required` says.
    Token,
}

/// What a connection is subscribed to when it opens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SubscribedAtOpen {
    /// All session events.
    SessionEvents,
    /// Nothing.
    #[default]
    Nothing,
}

/// One door.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Door {
    /// Path; one segment may be `{session_id}`.
    pub path: String,
    /// What it is for.
    pub kind: DoorKind,
    /// How messages are wrapped.
    pub dialect: Dialect,
    /// Who may open it.
    #[serde(default)]
    pub authentication: Authentication,
    /// Subscriptions at open.
    #[serde(default)]
    pub subscribed: SubscribedAtOpen,
    /// Most connections through it; 0 sets no limit.
    #[serde(default)]
    pub max_connections: usize,
}

/// All doors. A file that names any replaces the whole table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct Doors(pub Vec<Door>);

impl Deref for Doors {
    type Target = [Door];

    fn deref(&self) -> &[Door] {
        &self.0
    }
}

impl Default for Doors {
    fn default() -> Self {
        use Authentication::{Configured, KnownSession, Never, Token};
        let named = |path: &str, kind, authentication| Door {
            path: path.to_owned(),
            kind,
            dialect: Dialect::Named,
            authentication,
            subscribed: SubscribedAtOpen::SessionEvents,
            max_connections: 0,
        };
        let typed = |path: &str, kind, authentication| Door {
            path: path.to_owned(),
            kind,
            dialect: Dialect::Typed,
            authentication,
            subscribed: SubscribedAtOpen::Nothing,
            max_connections: 0,
        };
        Self(vec![
            named("/ws/query", DoorKind::Query, Configured),
            named("/ws/progress/{session_id}", DoorKind::Progress, KnownSession),
            named("/ws/chat", DoorKind::Chat, Configured),
            typed("/ws/demo", DoorKind::Demo, Never),
            typed("/api/v1/ws/demo", DoorKind::Demo, Never),
            typed("/api/v1/ws/dev", DoorKind::Query, Token),
            typed("/api/v1/ws", DoorKind::Query, Token),
        ])
    }
}

impl Doors {
    /// Refuses tables that can't work.
    pub(super) fn validate(&self) -> Result<(), ConfigError> {
        for (index, door) in self.iter().enumerate() {
            if let Err(message) = door.check() {
                return Err(ConfigError::Invalid { key: "doors", message });
            }
            if self[..index].iter().any(|other| other.path == door.path) {
                let message = format!("{:?} stands there twice", door.path);
                return Err(ConfigError::Invalid { key: "doors", message });
            }
        }
        Ok(())
    }
}

impl Door {
    /// The door for foreign protocol suites.
    #[must_use]
    pub fn echo() -> Self {
        Self {
            path: "/ws/echo".to_owned(),
            kind: DoorKind::Echo,
            dialect: Dialect::Named,
            authentication: Authentication::Never,
            subscribed: SubscribedAtOpen::Nothing,
            max_connections: 0,
        }
    }

    fn check(&self) -> Result<(), String> {
        let path = &self.path;
        let braces = path.matches(['{', '}']).count();
        let parameters = path.split('/').filter(|segment| *segment == SESSION_PARAMETER).count();
        if !path.starts_with('/') || path.contains(['?', '#', '%', ' ']) {
            return Err(format!("{path:?} is no path"));
        }
        if parameters > 1 || braces != 2 * parameters {
            return Err(format!(
                "{path:?} may have one whole segment {SESSION_PARAMETER}, and no other braces"
            ));
        }
        if (self.kind == DoorKind::Progress) != (parameters == 1) {
            return Err(format!("{path:?}: kind \"progress\" and {SESSION_PARAMETER} go together"));
        }
        if self.authentication == Authentication::KnownSession && self.kind != DoorKind::Progress {
            return Err(format!("{path:?}: only kind \"progress\" has a session to know"));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::config::Config;

    fn read(text: &str) -> Result<Config, String> {
        Config::from_toml(text, Path::new("server.toml")).map_err(|error| error.to_string())
    }

    #[test]
    fn a_file_replaces_the_table() {
        let config = read("[[doors]]\npath = \"/live\"\nkind = \"query\"\ndialect = \"typed\"\n").unwrap();
        assert_eq!(config.doors.len(), 1);
        assert_eq!(config.doors[0].authentication, Authentication::Configured);
        assert_eq!(Config::default().doors.len(), 7);
    }

    #[test]
    fn tables_that_can_not_work_are_refused() {
        let door = |path: &str, more: &str| {
            format!("[[doors]]\npath = {path:?}\ndialect = \"named\"\nkind = {more}\n")
        };
        for (text, expected) in [
            (door("ws", "\"query\""), "is no path"),
            (door("/ws?x", "\"query\""), "is no path"),
            (door("/ws/{name}", "\"progress\""), "no other braces"),
            (door("/ws/x{session_id}", "\"progress\""), "no other braces"),
            (door("/{session_id}/{session_id}", "\"progress\""), "no other braces"),
            (door("/ws/progress", "\"progress\""), "go together"),
            (door("/ws/{session_id}", "\"query\""), "go together"),
            (door("/ws", "\"query\"\nauthentication = \"known_session\""), "session to know"),
            (door("/ws", "\"query\"") + &door("/ws", "\"demo\""), "twice"),
            (door("/ws", "\"other\""), "unknown variant"),
        ] {
            let error = read(&text).unwrap_err();
            assert!(error.contains(expected), "{error}");
        }
    }
}
