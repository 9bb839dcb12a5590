//! The doors of a target: paths that open a WebSocket.

use serde::{Deserialize, Serialize};

/// A door.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Door {
    /// Queries, named dialect.
    Query,
    /// Progress of one session, which must exist.
    Progress(String),
    /// Demo without authentication, typed dialect.
    Demo,
    /// The same under its other path.
    DemoApi,
    /// Chat.
    Chat,
    /// Typed dialect, token required: production.
    Api,
    /// The same for development.
    Dev,
    /// What comes in goes out again: text and binary, nothing else.
    Echo,
    /// Any path.
    Path(String),
}

impl Door {
    /// True for doors that speak the typed dialect, where every client message needs a `timestamp`.
    pub fn is_typed(&self) -> bool {
        matches!(self, Self::Demo | Self::DemoApi | Self::Api | Self::Dev)
    }
}

/// Paths of the doors, as the target file overrides them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Doors {
    /// Queries.
    pub query: String,
    /// Progress; the session id is appended.
    pub progress: String,
    /// Demo.
    pub demo: String,
    /// Demo, other path.
    pub demo_api: String,
    /// Chat.
    pub chat: String,
    /// Typed dialect with a token, production.
    pub api: String,
    /// The same, development.
    pub dev: String,
    /// Echo.
    pub echo: String,
}

impl Default for Doors {
    fn default() -> Self {
        Self {
            query: "/ws/query".to_owned(),
            progress: "/ws/progress".to_owned(),
            demo: "/ws/demo".to_owned(),
            demo_api: "/api/v1/ws/demo".to_owned(),
            chat: "/ws/chat".to_owned(),
            api: "/api/v1/ws".to_owned(),
            dev: "/api/v1/ws/dev".to_owned(),
            echo: "/ws/echo".to_owned(),
        }
    }
}

impl Doors {
    /// The path of `door`.
    pub fn path(&self, door: &Door) -> String {
        match door {
            Door::Query => self.query.clone(),
            Door::Progress(session) => format!("{}/{session}", self.progress.trim_end_matches('/')),
            Door::Demo => self.demo.clone(),
            Door::DemoApi => self.demo_api.clone(),
            Door::Chat => self.chat.clone(),
            Door::Api => self.api.clone(),
            Door::Dev => self.dev.clone(),
            Door::Echo => self.echo.clone(),
            Door::Path(path) => path.clone(),
        }
    }
}
