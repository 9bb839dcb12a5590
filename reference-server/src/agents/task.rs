//! What an agent is, and what it is given to do.

use futures_util::future::BoxFuture;
use serde::Deserialize;
use serde_json::Value;

use super::Progress;
use crate::mcp::TierError;

/// One stage of a workflow.
pub trait Agent: Send + Sync + std::fmt::Debug + 'static {
    /// Name, as paths and messages have it.
    fn name(&self) -> &'static str;

    /// Texts of its tasks, in order; at least one.
    fn tasks(&self) -> &'static [&'static str];

    /// Its part of a query's delay, in twentieths.
    fn delay_twentieths(&self) -> u32;

    /// Does the work. Dropping the future stops it.
    fn run<'a>(&'a self, job: &'a Job, progress: &'a Progress) -> BoxFuture<'a, Result<Value, TierError>>;
}

/// What an agent is given: the body of `POST /{agent}/execute`.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Job {
    /// The run of the workflow.
    pub transaction_id: String,
    /// The session that asked.
    #[serde(default)]
    pub session_id: String,
    /// The question and how it is to be answered.
    pub task: Task,
    /// What the stage before put out; null for the first.
    #[serde(default)]
    pub input: Value,
    /// Which database it is about.
    pub database_context: DatabaseContext,
    /// Place in the caller's trace.
    #[serde(default)]
    pub traceparent: Option<String>,
}

impl Job {
    /// Whether it has the id that a job needs.
    pub(super) fn is_named(&self) -> bool {
        !self.transaction_id.is_empty() && self.transaction_id.len() <= 128
    }

    /// The refusal of a job without one.
    pub(super) fn unnamed() -> TierError {
        TierError::new("INVALID_MESSAGE", "transaction_id has not 1 to 128 bytes")
    }
}

/// The question and how it is to be answered.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Task {
    /// The question in words.
    pub query: String,
    /// Most rows.
    #[serde(default)]
    pub max_rows: Option<u64>,
    /// Rows as they come.
    #[serde(default)]
    pub stream: bool,
    /// What was asked and answered before in the same chat, the oldest first.
    #[serde(default)]
    pub turns: Vec<Turn>,
}

/// A question of a chat and its answer.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Turn {
    /// As it was asked.
    pub question: String,
    /// The statement it came to.
    #[serde(default)]
    pub sql: String,
    /// The answer in words.
    #[serde(default)]
    pub reply: String,
}

/// Which database.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct DatabaseContext {
    /// Its name.
    pub database: String,
    /// Tables the question is about, where they were chosen.
    #[serde(default)]
    pub tables: Option<Vec<String>>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_smallest_job_can_be_read() {
        let text = r#"{"transaction_id":"t","task":{"query":"q"},"database_context":{"database":"d"}}"#;
        let job: Job = serde_json::from_str(text).unwrap();
        assert_eq!((job.input, job.task.stream, job.task.max_rows), (Value::Null, false, None));
    }

    proptest::proptest! {
        #[test]
        fn random_text_never_panics(text in "\\PC{0,80}") {
            let _ = serde_json::from_str::<Job>(&text);
            let _ = serde_json::from_str::<Job>(&format!(r#"{{"transaction_id":{text},"task":{text}}}"#));
        }
    }
}
