//! One question from a terminal: progress while it runs, then the answer.

use std::time::Duration;

use http::Method;
use serde_json::Value;
use tokio::time::Instant;

use super::error::LinkError;
use super::message::{self, Handshake};
use super::open::{Door, open};
use crate::target::Target;

/// One question.
#[derive(Debug, Clone)]
pub struct Ask {
    /// The text a user types.
    pub question: String,
    /// Database, the server's default when missing.
    pub database: Option<String>,
    /// User.
    pub user_id: Option<String>,
    /// Most rows.
    pub max_rows: Option<u64>,
    /// Longest silence between two messages before it counts as failed.
    pub patience: Duration,
}

impl Ask {
    /// `question` with nothing else said.
    pub fn new(question: &str) -> Self {
        Self {
            question: question.to_owned(),
            database: None,
            user_id: None,
            max_rows: None,
            patience: Duration::from_secs(60),
        }
    }
}

/// What happens on the way to the answer. The values are the messages as they came.
#[derive(Debug, Clone)]
pub enum QueryEvent {
    /// It was accepted.
    Accepted(Value),
    /// It goes on.
    Progress(Value),
    /// Rows that came before the end.
    Partial(Value),
}

/// The answer.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The `query_result` as it came, its rows completed with those that came before.
    pub result: Value,
    /// From sending to the answer.
    pub elapsed: Duration,
    /// From sending to the first progress; `None` when there was none.
    pub first_progress: Option<Duration>,
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum AskError {
    /// The connection failed.
    #[error("the question could not be asked")]
    Link(#[from] LinkError),
    /// The server has no answer; the value is its error message as it came.
    #[error("{code}: {message}")]
    Refused {
        /// Error code.
        code: String,
        /// Message for a person.
        message: String,
        /// The whole message, details and suggestions included.
        body: Box<Value>,
    },
}

/// Asks one question and tells `on_event` what happens on the way.
///
/// # Errors
/// The connection failed, or the server refused or failed the question.
pub async fn ask(
    target: &Target,
    ask: &Ask,
    mut on_event: impl FnMut(QueryEvent),
) -> Result<Answer, AskError> {
    let handshake =
        Handshake { session_id: None, user_id: ask.user_id.clone(), agent_id: None, resume: None };
    let mut opened = open(target, &Door::Query(handshake), ask.patience).await?;
    let text = message::query("ask-1", &ask.question, ask.database.as_deref(), false, ask.max_rows);
    let begun = Instant::now();
    opened.link.send(&text)?;
    let mut first_progress = None;
    let mut streamed = Vec::new();
    let mut result = loop {
        let text = opened.link.text("answer", ask.patience).await?;
        let value: Value =
            serde_json::from_str(&text).map_err(|error| LinkError::Unreadable(error.to_string()))?;
        match value.get("type").and_then(Value::as_str).unwrap_or_default() {
            "query_accepted" => on_event(QueryEvent::Accepted(value)),
            "progress_update" => {
                first_progress.get_or_insert_with(|| begun.elapsed());
                on_event(QueryEvent::Progress(value));
            }
            "partial_result" => {
                if let Some(rows) = value.get("rows").and_then(Value::as_array) {
                    streamed.extend(rows.iter().cloned());
                }
                on_event(QueryEvent::Partial(value));
            }
            "query_result" => break value,
            "error" | "query_cancelled" => return Err(refused(value)),
            _ => {}
        }
    };
    let elapsed = begun.elapsed();
    if let (false, Some(rows)) = (streamed.is_empty(), result.get_mut("rows")) {
        *rows = Value::Array(streamed);
    }
    leave(target, opened, ask.patience).await;
    Ok(Answer { result, elapsed, first_progress })
}

/// Leaves no session behind. The answer is there already, so that a failure here is of no interest.
async fn leave(target: &Target, opened: super::open::Opened, patience: Duration) {
    let brief = patience.min(Duration::from_secs(2));
    let _ = opened.link.close(brief).await;
    let path = format!("/api/sessions/{}", opened.session_id);
    let _ = super::http::request(target, Method::DELETE, &path, None, brief).await;
}

fn refused(body: Value) -> AskError {
    let text = |key: &str| body.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
    let code = match text("code") {
        code if code.is_empty() => text("type"),
        code => code,
    };
    AskError::Refused { code, message: text("message"), body: Box::new(body) }
}
