//! Scripts: moves of several clients, one after the other. They are data, in transcripts too.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::Error;

/// Sockets, sessions and queries of a script have numbers from 0 up to this.
pub(super) const MOST: u8 = 16;
/// A script longer than this is not taken.
const LONGEST: usize = 2_000;

/// Where a socket is opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DoorKind {
    /// The door of queries; the session comes by handshake.
    Query,
    /// The door of progress; the session comes by its path.
    Progress,
    /// The door of chat; the session comes by handshake.
    Chat,
    /// The demo door, which speaks the typed dialect; its session is its own and ends with it.
    Typed,
}

impl DoorKind {
    /// What people call it.
    fn as_str(self) -> &'static str {
        match self {
            Self::Query => "the door of queries",
            Self::Progress => "the door of progress",
            Self::Chat => "the door of chat",
            Self::Typed => "the typed door",
        }
    }
}

/// What a client asks of a query.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Action {
    /// End it.
    Cancel,
    /// Hold it before its next stage.
    Pause,
    /// Go on.
    Resume,
    /// Do it again.
    Retry,
}

impl Action {
    /// As the protocol writes it.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Cancel => "cancel",
            Self::Pause => "pause",
            Self::Resume => "resume",
            Self::Retry => "retry",
        }
    }
}

/// What a client may have itself told, or not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Topic {
    /// `progress_update`.
    Progress,
    /// `query_result`, which stands for acceptances and ends.
    Results,
}

impl Topic {
    /// As the protocol writes it.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Progress => "progress_update",
            Self::Results => "query_result",
        }
    }
}

/// One move. A move that makes no sense where it stands (a cut of a socket that is not open) is passed
/// over, so that a script stays one when moves are taken out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Move {
    /// Opens a socket in a session.
    Connect {
        /// The socket.
        socket: u8,
        /// Its session.
        session: u8,
        /// Its door.
        door: DoorKind,
    },
    /// Cuts its TCP connection.
    Cut {
        /// The socket.
        socket: u8,
    },
    /// Its TCP connection is reset.
    Reset {
        /// The socket.
        socket: u8,
    },
    /// Nothing goes over its line any more, either way, and nobody is told.
    Silence {
        /// The socket.
        socket: u8,
    },
    /// Closes it with 1000.
    Close {
        /// The socket.
        socket: u8,
    },
    /// Comes back to where it was cut or closed.
    Resume {
        /// The socket.
        socket: u8,
    },
    /// Comes back while it is still open: the old connection is superseded.
    Supersede {
        /// The socket.
        socket: u8,
    },
    /// Asks a query, which is known by its number from then on.
    Ask {
        /// The socket.
        socket: u8,
        /// Number of the query.
        query: u8,
    },
    /// Asks a query whose result comes in parts.
    Stream {
        /// The socket.
        socket: u8,
        /// Number of the query.
        query: u8,
    },
    /// Asks a query as a message of a chat.
    Say {
        /// The socket.
        socket: u8,
        /// Number of the query.
        query: u8,
    },
    /// Asks a query and does not wait for its acceptance.
    BeginAsk {
        /// The socket.
        socket: u8,
        /// Number of the query.
        query: u8,
    },
    /// Commands a query of its own session and does not wait for the answer.
    BeginCommand {
        /// The socket.
        socket: u8,
        /// Number of the query.
        query: u8,
        /// What is asked of it.
        action: Action,
    },
    /// Sends a `ping` and does not wait for the answer.
    BeginPing {
        /// The socket.
        socket: u8,
    },
    /// Sends a `heartbeat` and does not wait for the answer.
    BeginHeartbeat {
        /// The socket.
        socket: u8,
    },
    /// Asks the same query again, by its `query_id`.
    Repeat {
        /// The socket.
        socket: u8,
        /// Number of the query.
        query: u8,
    },
    /// Commands a query; one of another session is not found.
    Command {
        /// The socket.
        socket: u8,
        /// Number of the query.
        query: u8,
        /// What is asked of it.
        action: Action,
    },
    /// Subscribes.
    Subscribe {
        /// The socket.
        socket: u8,
        /// What to.
        topic: Topic,
    },
    /// Unsubscribes.
    Unsubscribe {
        /// The socket.
        socket: u8,
        /// What from.
        topic: Topic,
    },
    /// Sends a `ping`.
    Ping {
        /// The socket.
        socket: u8,
    },
    /// Sends a `heartbeat`.
    Heartbeat {
        /// The socket.
        socket: u8,
    },
    /// Shakes hands a second time.
    Handshake {
        /// The socket.
        socket: u8,
    },
    /// Reads for so long.
    Wait {
        /// Milliseconds.
        ms: u16,
    },
    /// Waits until every query that runs has ended.
    Settle,
}

impl Move {
    fn is_in_bounds(self) -> bool {
        let numbers = match self {
            Self::Connect { socket, session, .. } => [socket, session],
            Self::Ask { socket, query }
            | Self::Repeat { socket, query }
            | Self::Stream { socket, query }
            | Self::Say { socket, query }
            | Self::BeginAsk { socket, query }
            | Self::BeginCommand { socket, query, .. }
            | Self::Command { socket, query, .. } => [socket, query],
            Self::Cut { socket }
            | Self::Reset { socket }
            | Self::Silence { socket }
            | Self::BeginPing { socket }
            | Self::BeginHeartbeat { socket }
            | Self::Close { socket }
            | Self::Resume { socket }
            | Self::Supersede { socket }
            | Self::Subscribe { socket, .. }
            | Self::Unsubscribe { socket, .. }
            | Self::Ping { socket }
            | Self::Heartbeat { socket }
            | Self::Handshake { socket } => [socket, 0],
            Self::Wait { .. } | Self::Settle => [0, 0],
        };
        numbers.iter().all(|number| *number < MOST)
    }
}

/// A list of moves.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Script {
    /// The moves, in their order.
    pub moves: Vec<Move>,
}

impl Script {
    /// The script as JSON, as it stands in a transcript.
    pub fn to_json(&self) -> String {
        // Numbers and names only: there is nothing in it that could not be written.
        serde_json::to_string(self).unwrap_or_default()
    }

    /// Reads a script.
    pub fn parse(text: &str) -> Result<Self, Error> {
        let script: Self = serde_json::from_str(text).map_err(|error| Error::Script(error.to_string()))?;
        if script.moves.len() > LONGEST {
            return Err(Error::Script(format!("{} moves, at most {LONGEST}", script.moves.len())));
        }
        match script.moves.iter().find(|step| !step.is_in_bounds()) {
            Some(step) => Err(Error::Script(format!("a number of {MOST} or more in: {step}"))),
            None => Ok(script),
        }
    }

    /// The sockets whose connections are to go over lines of their own, to be spoilt.
    pub(super) fn on_lines(&self) -> BTreeSet<u8> {
        let spoilt = |step: &Move| match step {
            Move::Reset { socket } | Move::Silence { socket } => Some(*socket),
            _ => None,
        };
        self.moves.iter().filter_map(spoilt).collect()
    }

    /// The same without the moves in `range`.
    pub(super) fn without(&self, range: std::ops::Range<usize>) -> Self {
        let kept = |(at, step): (usize, &Move)| (!range.contains(&at)).then_some(*step);
        Self { moves: self.moves.iter().enumerate().filter_map(kept).collect() }
    }
}

impl std::fmt::Display for Move {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Connect { socket, session, door } => {
                write!(f, "socket {socket} opens {} in session {session}", door.as_str())
            }
            Self::Cut { socket } => write!(f, "socket {socket} is cut"),
            Self::Reset { socket } => write!(f, "socket {socket} is reset"),
            Self::Silence { socket } => write!(f, "the line of socket {socket} goes dead"),
            Self::Close { socket } => write!(f, "socket {socket} closes"),
            Self::Resume { socket } => write!(f, "socket {socket} resumes"),
            Self::Supersede { socket } => write!(f, "socket {socket} supersedes itself"),
            Self::Ask { socket, query } => write!(f, "socket {socket} asks query {query}"),
            Self::Stream { socket, query } => write!(f, "socket {socket} asks query {query} in parts"),
            Self::Say { socket, query } => write!(f, "socket {socket} asks query {query} by chat"),
            Self::BeginAsk { socket, query } => {
                write!(f, "socket {socket} asks query {query} without waiting")
            }
            Self::BeginCommand { socket, query, action } => {
                write!(f, "socket {socket} sends {} for query {query} without waiting", action.as_str())
            }
            Self::BeginPing { socket } => write!(f, "socket {socket} pings without waiting"),
            Self::BeginHeartbeat { socket } => {
                write!(f, "socket {socket} sends a heartbeat without waiting")
            }
            Self::Repeat { socket, query } => write!(f, "socket {socket} repeats query {query}"),
            Self::Command { socket, query, action } => {
                write!(f, "socket {socket} sends {} for query {query}", action.as_str())
            }
            Self::Subscribe { socket, topic } => {
                write!(f, "socket {socket} subscribes to {}", topic.as_str())
            }
            Self::Unsubscribe { socket, topic } => {
                write!(f, "socket {socket} unsubscribes from {}", topic.as_str())
            }
            Self::Ping { socket } => write!(f, "socket {socket} pings"),
            Self::Heartbeat { socket } => write!(f, "socket {socket} sends a heartbeat"),
            Self::Handshake { socket } => write!(f, "socket {socket} shakes hands again"),
            Self::Wait { ms } => write!(f, "all wait {ms} ms"),
            Self::Settle => f.write_str("all queries end"),
        }
    }
}

impl std::fmt::Display for Script {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (at, step) in self.moves.iter().enumerate() {
            if at > 0 {
                f.write_str("; ")?;
            }
            step.fmt(f)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_script_is_read_as_it_was_written() {
        let text = r#"{"moves":[{"do":"connect","socket":0,"session":1,"door":"query"},{"do":"ask","socket":0,"query":2},{"do":"command","socket":0,"query":2,"action":"cancel"},{"do":"settle"}]}"#;
        let script = Script::parse(text).unwrap();
        assert_eq!(script.to_json(), text);
        assert_eq!(
            script.to_string(),
            "socket 0 opens the door of queries in session 1; socket 0 asks query 2; socket 0 sends cancel for query 2; all queries end"
        );
    }

    #[test]
    fn what_is_no_script_is_refused() {
        for text in [
            "",
            "[]",
            r#"{"moves":[{"do":"fly"}]}"#,
            r#"{"moves":[{"do":"cut","socket":16}]}"#,
            r#"{"moves":[],"more":1}"#,
        ] {
            assert!(Script::parse(text).is_err(), "{text}");
        }
    }

    proptest::proptest! {
        #[test]
        fn random_text_never_panics(text in "\\PC{0,200}") {
            let _ = Script::parse(&text);
        }
    }
}
