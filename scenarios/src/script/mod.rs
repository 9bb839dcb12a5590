//! The script of a generic scenario, checked and ready to be played.
//!
//! [`Script::of`] turns the tables of a scenario into steps: templates and JSONPaths are parsed, names of
//! connections, variables and operations are numbers. What can't be played is refused with its place when the
//! scenario is read, by the same code. Nothing here knows a socket.

mod compile;
mod condition;
mod keys;
mod message;
mod names;
mod rows;
mod template;

use std::time::Duration;

use serde_json_path::JsonPath;

use crate::error::ScenarioError;
use crate::model::{Others, Pick, Scenario, ThinkTime, Unusable};

pub use condition::Condition;
pub use message::{Message, Pattern, Seen};
pub(crate) use names::operations;
pub use rows::Rows;
pub use template::{Json, Scope, Text, Variable};

/// What a session of a generic scenario does.
#[derive(Debug, Clone)]
pub struct Script {
    /// Once, when it comes.
    pub begin: Vec<Step>,
    /// One iteration.
    pub steps: Vec<Step>,
    /// Once, when it goes.
    pub end: Vec<Step>,
    /// Connections and event streams, by number.
    pub channels: Vec<Channel>,
    /// Names of the operations, by number.
    pub operations: Vec<String>,
    /// Names of the variables, by number.
    pub variables: Vec<String>,
    /// Sources of data, by number.
    pub data: Vec<Source>,
}

/// Something that messages come from.
#[derive(Debug, Clone)]
pub struct Channel {
    /// Its name.
    pub name: String,
    /// How it is opened, where it is a WebSocket.
    pub socket: Option<Socket>,
}

/// How a WebSocket is opened.
#[derive(Debug, Clone)]
pub struct Socket {
    /// Path and parameters.
    pub path: Path,
    /// Headers.
    pub headers: Vec<(String, Text)>,
    /// Subprotocols on offer.
    pub subprotocols: Vec<String>,
}

/// A path with its parameters.
#[derive(Debug, Clone)]
pub struct Path {
    /// Before the `?`.
    pub path: Text,
    /// Names and values, the values not escaped yet.
    pub query: Vec<(String, Text)>,
}

/// A source of rows.
#[derive(Debug, Clone)]
pub struct Source {
    /// Its name.
    pub name: String,
    /// Which row an iteration gets.
    pub pick: Pick,
    /// Columns that the script uses.
    pub columns: Vec<String>,
}

/// One step.
#[derive(Debug, Clone)]
pub struct Step {
    /// Where it stands, such as `step.2`.
    pub place: String,
    /// The operation it is, by number.
    pub operation: Option<usize>,
    /// What it does.
    pub act: Act,
}

/// What a step does.
#[derive(Debug, Clone)]
pub enum Act {
    /// Opens a WebSocket.
    Connect {
        /// Which channel.
        on: usize,
        /// Longest time.
        within: Duration,
    },
    /// Sends a message.
    Send {
        /// Which channel.
        on: usize,
        /// What.
        message: Message,
    },
    /// Waits for messages.
    Expect(Box<Expect>),
    /// Waits for the other side to close.
    ExpectClose {
        /// Which channel.
        on: usize,
        /// With which code; any when none.
        code: Option<u16>,
        /// The operation whose begin is the begin.
        since: Option<usize>,
        /// Longest time.
        within: Duration,
    },
    /// Looks at the last message.
    Look(Look),
    /// Gives values to variables.
    Set(Vec<(usize, Json)>),
    /// Waits.
    Wait(ThinkTime),
    /// A request.
    Http(Box<Request>),
    /// A request that opens an event stream.
    Stream {
        /// Which channel.
        on: usize,
        /// The request.
        request: Box<Request>,
    },
    /// Closes a channel.
    Close {
        /// Which.
        on: usize,
        /// With which code.
        code: u16,
        /// Longest time.
        within: Duration,
    },
    /// Plays steps several times.
    Repeat {
        /// How often.
        times: u64,
        /// Time between two begins.
        every: Option<Duration>,
        /// The steps.
        steps: Vec<Step>,
    },
}

/// What is waited for.
#[derive(Debug, Clone)]
pub struct Expect {
    /// Which channel.
    pub on: usize,
    /// The messages that fit.
    pub pattern: Pattern,
    /// How many of them.
    pub times: u64,
    /// What is done with the others.
    pub others: Others,
    /// The operation of the others, where they are timed.
    pub other: Option<usize>,
    /// The operation whose begin is the begin.
    pub since: Option<usize>,
    /// Longest time, for all of them.
    pub within: Duration,
    /// What is done with the last one that fits.
    pub look: Look,
}

/// What is taken out of a message and asked of it.
#[derive(Debug, Clone, Default)]
pub struct Look {
    /// Variables, by number, with their paths.
    pub capture: Vec<(usize, String, JsonPath)>,
    /// What makes it right.
    pub check: Vec<Condition>,
}

/// A request.
#[derive(Debug, Clone)]
pub struct Request {
    /// Method.
    pub method: String,
    /// Path and parameters.
    pub path: Path,
    /// Headers.
    pub headers: Vec<(String, Text)>,
    /// Body.
    pub body: Option<Message>,
    /// Right status; any of 200 to 299 when empty.
    pub status: Vec<u16>,
    /// Longest time.
    pub within: Duration,
    /// What is done with the answer.
    pub look: Look,
}

impl Script {
    /// The script of `scenario`.
    ///
    /// # Errors
    /// It can't be played; a scenario that was loaded has been checked already.
    pub fn of(scenario: &Scenario) -> Result<Self, ScenarioError> {
        compile::compile(scenario).map_err(|unusable| ScenarioError::Invalid {
            origin: scenario.name.clone(),
            key: unusable.key,
            message: unusable.message,
        })
    }

    /// Refuses a scenario whose script can't be played.
    pub(crate) fn check(scenario: &Scenario) -> Result<(), Unusable> {
        compile::compile(scenario).map(drop)
    }

    /// The rows of its sources, in their order.
    ///
    /// # Errors
    /// A file can't be read, is empty, or lacks a column.
    pub fn rows(&self, scenario: &Scenario) -> Result<Vec<Rows>, ScenarioError> {
        self.data.iter().map(|source| Rows::of(source, scenario)).collect()
    }

    /// The longest that a single step may wait, `wait` and `repeat` left out.
    pub fn longest_wait(&self) -> Duration {
        fn longest(steps: &[Step]) -> Duration {
            let waits = steps.iter().map(|step| match &step.act {
                Act::Connect { within, .. } | Act::ExpectClose { within, .. } | Act::Close { within, .. } => {
                    *within
                }
                Act::Expect(expect) => expect.within,
                Act::Http(request) | Act::Stream { request, .. } => request.within,
                Act::Repeat { steps, .. } => longest(steps),
                Act::Send { .. } | Act::Look(_) | Act::Set(_) | Act::Wait(_) => Duration::ZERO,
            });
            waits.max().unwrap_or_default()
        }
        longest(&self.begin).max(longest(&self.steps)).max(longest(&self.end))
    }

    /// All steps, those of `repeat` included.
    pub fn all_steps(&self) -> Vec<&Step> {
        fn collect<'s>(steps: &'s [Step], into: &mut Vec<&'s Step>) {
            for step in steps {
                into.push(step);
                if let Act::Repeat { steps, .. } = &step.act {
                    collect(steps, into);
                }
            }
        }
        let mut all = Vec::new();
        for part in [&self.begin, &self.steps, &self.end] {
            collect(part, &mut all);
        }
        all
    }
}
