//! Announcing changes of schema and tables.

use serde::Serialize;
use serde_json::{Value, json};
use tokio::sync::broadcast;

/// Announcements kept for a connection that is behind; a connection further behind is told that it missed some.
const KEPT: usize = 64;

/// What changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum SchemaChange {
    /// Tables or columns of a database.
    Schema {
        /// Database.
        database: String,
        /// Its new version.
        schema_version: String,
    },
    /// Rows of a table.
    Table {
        /// Database.
        database: String,
        /// Table.
        table: String,
    },
}

impl SchemaChange {
    /// Name of the event.
    pub fn event_name(&self) -> &'static str {
        match self {
            Self::Schema { .. } => "schema_changed",
            Self::Table { .. } => "table_changed",
        }
    }

    /// Its payload.
    pub(super) fn payload(&self) -> Value {
        json!(self)
    }
}

/// Events a client may subscribe to.
pub(super) const EVENTS: [&str; 2] = ["schema_changed", "table_changed"];

/// Announces changes to every connection that subscribed. Clones announce to the same.
#[derive(Debug, Clone)]
pub struct SchemaFeed {
    sender: broadcast::Sender<SchemaChange>,
}

impl SchemaFeed {
    pub(super) fn new() -> Self {
        Self { sender: broadcast::Sender::new(KEPT) }
    }

    /// Announces; nobody need listen.
    pub fn announce(&self, change: SchemaChange) {
        // An error only says that no connection is open.
        let _ = self.sender.send(change);
    }

    pub(in crate::mcp) fn listen(&self) -> broadcast::Receiver<SchemaChange> {
        self.sender.subscribe()
    }
}
