//! Names of events that can be subscribed to, and sets of them.

use serde::{Serialize, Serializer};

use super::identity::SessionId;

macro_rules! events {
    ($($variant:ident = $text:literal),+ $(,)?) => {
        /// A name in `subscribe`.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[expect(missing_docs, reason = "the names are the protocol's own words")]
        pub enum EventName { $($variant),+ }

        impl EventName {
            /// All of them, in the protocol's order.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// As it is spelt.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text),+ }
            }
        }
    };
}

events! {
    ProgressUpdate = "progress_update",
    PartialResult = "partial_result",
    QueryResult = "query_result",
    AgentStatus = "agent_status",
    SystemMetrics = "system_metrics",
    BeliefState = "belief_state",
    SchemaChanged = "schema_changed",
    DatabaseContextChanged = "database_context_changed",
    Chat = "chat",
}

impl EventName {
    /// Reads a name; `None` for an unknown one.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|event| event.as_str() == text)
    }

    const fn bit(self) -> u16 {
        1 << self as u16
    }
}

impl schemars::JsonSchema for EventName {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "EventName".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        let names: Vec<_> = Self::ALL.iter().map(|event| event.as_str()).collect();
        schemars::json_schema!({ "type": "string", "enum": names })
    }
}

impl Serialize for EventName {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// Which event of which session a frame carries, so that one that can't be delivered is not lost without a trace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventMark {
    /// Session it belongs to.
    pub session_id: SessionId,
    /// Its place there.
    pub offset: u64,
    /// Name of the message.
    pub name: &'static str,
}

/// A set of event names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct EventSet(u16);

impl EventSet {
    /// No event.
    pub const NONE: Self = Self(0);

    /// The events of a session: what a door that serves one session subscribes to at open.
    pub const SESSION: Self = Self(
        EventName::ProgressUpdate.bit()
            | EventName::PartialResult.bit()
            | EventName::QueryResult.bit()
            | EventName::DatabaseContextChanged.bit()
            | EventName::Chat.bit(),
    );

    /// The server's own events, the same for everybody who subscribed.
    pub const PUBLIC: Self =
        Self(EventName::AgentStatus.bit() | EventName::SystemMetrics.bit() | EventName::SchemaChanged.bit());

    /// What is in both.
    #[must_use]
    pub const fn intersection(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// What is in either.
    #[must_use]
    pub const fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether `event` is in it.
    #[must_use]
    pub const fn contains(self, event: EventName) -> bool {
        self.0 & event.bit() != 0
    }

    /// Whether nothing is in it.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Adds `event`.
    pub fn insert(&mut self, event: EventName) {
        self.0 |= event.bit();
    }

    /// Takes `event` out.
    pub fn remove(&mut self, event: EventName) {
        self.0 &= !event.bit();
    }

    /// The names in it, in the protocol's order.
    #[must_use]
    pub fn names(self) -> Vec<EventName> {
        EventName::ALL.iter().copied().filter(|event| self.contains(*event)).collect()
    }
}
