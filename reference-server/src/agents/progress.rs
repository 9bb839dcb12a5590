//! What an agent tells while it works.

use std::sync::atomic::{AtomicU64, Ordering};

use serde::Serialize;
use tokio::sync::mpsc;

use crate::database::{ResultColumn, Row};
use crate::listener::now;

/// Kinds of events.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum EventType {
    /// The stage began.
    AgentStarted,
    /// A task began.
    TaskStarted,
    /// A task ended.
    TaskCompleted,
    /// The stage ended well.
    AgentCompleted,
    /// Something to know.
    Warning,
    /// The stage ended badly.
    Error,
}

/// One event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Event {
    /// Unique in its transaction.
    pub event_id: String,
    /// Who tells.
    pub agent: String,
    /// What kind.
    pub event_type: EventType,
    /// For people.
    pub message: String,
    /// RFC 3339, UTC, milliseconds.
    pub timestamp: String,
}

/// One line of a streamed answer before the last.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Line {
    /// An event.
    Event(Event),
    /// Share of the stage that is done, 0 to 1.
    Fraction(f64),
    /// Some rows; the columns with the first.
    Partial {
        /// Columns.
        #[serde(skip_serializing_if = "Option::is_none")]
        columns: Option<Vec<ResultColumn>>,
        /// Rows.
        rows: Vec<Row>,
    },
    /// What the agent is after and takes for true has changed.
    Belief(BeliefState),
}

/// What an agent is after, and what it takes for true.
#[derive(Debug, Clone, PartialEq, Serialize, schemars::JsonSchema)]
pub struct BeliefState {
    /// The agent.
    pub agent: String,
    /// What it is after.
    pub goals: Vec<String>,
    /// What it takes for true.
    pub beliefs: Vec<Belief>,
}

/// One thing that an agent takes for true.
#[derive(Debug, Clone, PartialEq, Serialize, schemars::JsonSchema)]
pub struct Belief {
    /// In words.
    pub statement: String,
    /// How sure it is, 0 to 1.
    pub confidence: f64,
}

impl Belief {
    /// Something that is so sure.
    pub fn new(statement: impl Into<String>, confidence: f64) -> Self {
        Self { statement: statement.into(), confidence }
    }
}

/// Where an agent tells what it does. Telling waits while the caller is behind.
#[derive(Debug)]
pub struct Progress {
    lines: mpsc::Sender<Line>,
    agent: &'static str,
    transaction_id: String,
    told: AtomicU64,
}

impl Progress {
    /// Progress of one stage of one transaction.
    pub(super) fn new(agent: &'static str, transaction_id: &str, lines: mpsc::Sender<Line>) -> Self {
        Self { lines, agent, transaction_id: transaction_id.to_owned(), told: AtomicU64::new(0) }
    }

    /// Tells an event.
    pub async fn event(&self, event_type: EventType, message: impl Into<String>) {
        let number = self.told.fetch_add(1, Ordering::Relaxed);
        let event = Event {
            event_id: format!("{}-{}-{number}", self.transaction_id, self.agent),
            agent: self.agent.to_owned(),
            event_type,
            message: message.into(),
            timestamp: now(),
        };
        self.tell(Line::Event(event)).await;
    }

    /// Tells the share of the stage that is done.
    pub async fn fraction(&self, fraction: f64) {
        self.tell(Line::Fraction(fraction.clamp(0.0, 1.0))).await;
    }

    /// Hands on rows; the columns with the first.
    pub async fn partial(&self, columns: Option<Vec<ResultColumn>>, rows: Vec<Row>) {
        self.tell(Line::Partial { columns, rows }).await;
    }

    /// Tells what the agent is after now, and what it takes for true.
    pub async fn beliefs(&self, goals: &[&str], beliefs: Vec<Belief>) {
        let goals = goals.iter().map(ToString::to_string).collect();
        self.tell(Line::Belief(BeliefState { agent: self.agent.to_owned(), goals, beliefs })).await;
    }

    async fn tell(&self, line: Line) {
        // An error only says that the caller left, which also stops this work.
        let _ = self.lines.send(line).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn lines_have_the_shape_that_is_agreed() {
        assert_eq!(json!(Line::Fraction(0.5)), json!({ "fraction": 0.5 }));
        let beliefs = BeliefState {
            agent: "nlp".to_owned(),
            goals: vec!["g".to_owned()],
            beliefs: vec![Belief::new("s", 0.5)],
        };
        assert_eq!(
            json!(Line::Belief(beliefs)),
            json!({ "belief": { "agent": "nlp", "goals": ["g"], "beliefs": [{ "statement": "s", "confidence": 0.5 }] } })
        );
        let rows = vec![vec![json!(1)]];
        assert_eq!(json!(Line::Partial { columns: None, rows }), json!({ "partial": { "rows": [[1]] } }));
    }
}
