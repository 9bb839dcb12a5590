//! One question by the reference client: it queues, shakes hands, comes back after a loss, resumes, and goes by
//! HTTP where the socket can't be had. What happens on the way is told.

use std::time::{Duration, Instant};

use serde_json::Value;
use tidegate_client::{Client, Do, Event, Settings};
use tokio::time::timeout;

/// Longest silence before a question counts as failed.
const PATIENCE: Duration = Duration::from_secs(60);
/// Time to leave in order; the answer is there already.
const FAREWELL: Duration = Duration::from_secs(4);

/// One question.
#[derive(Debug, Clone)]
pub(super) struct Question {
    /// The text a user types.
    pub(super) text: String,
    /// Database, the server's default when missing.
    pub(super) database: Option<String>,
    /// Most rows.
    pub(super) max_rows: Option<u64>,
}

/// The answer.
#[derive(Debug, Clone)]
pub(super) struct Answer {
    /// The `query_result` as it came, its rows completed with those that came before.
    pub(super) result: Value,
    /// From the open connection to the answer.
    pub(super) elapsed: Duration,
}

/// What happens on the way.
#[derive(Debug, Clone)]
pub(super) enum News {
    /// A `progress_update`.
    Progress(Value),
    /// The connection is lost; the client comes back after the wait.
    Lost(Duration),
    /// There is no socket: the question goes by HTTP.
    Fallback,
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub(super) enum AskError {
    /// There was never a connection.
    #[error("the question could not be asked: {0}")]
    Unasked(String),
    /// The connection is gone for good.
    #[error("the connection ended: {0}")]
    Ended(String),
    /// Nothing came for too long.
    #[error("no answer: nothing came for {PATIENCE:?}")]
    Silence,
    /// The server said no; the value is its message as it came.
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

/// Asks `question` at the door `url` and follows it to its end.
pub(super) async fn ask(
    url: &str,
    question: &Question,
    mut tell: impl FnMut(News),
) -> Result<Answer, AskError> {
    let mut settings = Settings::new(url);
    settings.patience = PATIENCE;
    // Nobody comes back to the session of one question.
    settings.fleeting = true;
    let mut client = Client::start(settings);
    let Question { text, database, max_rows } = question.clone();
    client.act(Do::Ask { query: text, query_id: None, database, max_rows });
    let followed = follow(&mut client, &mut tell).await;
    client.act(Do::Close);
    // Whoever does not let go in time is left all the same.
    let _ = timeout(FAREWELL, async { while client.next().await.is_some() {} }).await;
    followed
}

/// Where a question stands.
struct Way {
    /// Since the connection was open for the first time.
    open: Option<Instant>,
    /// It goes by HTTP.
    gave_up: bool,
    last_end: String,
}

async fn follow(client: &mut Client, tell: &mut impl FnMut(News)) -> Result<Answer, AskError> {
    let mut way = Way { open: None, gave_up: false, last_end: String::new() };
    loop {
        let event = timeout(PATIENCE, client.next()).await.map_err(|_| AskError::Silence)?;
        let Some(event) = event else { return Err(AskError::Ended("the client left".to_owned())) };
        if let Some(done) = way.take(event, tell) {
            return done;
        }
    }
}

impl Way {
    /// Takes note of an event; gives the end when it is one.
    fn take(&mut self, event: Event, tell: &mut impl FnMut(News)) -> Option<Result<Answer, AskError>> {
        match event {
            Event::Open { .. } => {
                self.open.get_or_insert_with(Instant::now);
            }
            Event::Message(message) => match message.get("type").and_then(Value::as_str) {
                Some("progress_update") => tell(News::Progress(message)),
                Some("query_cancelled") => return Some(Err(refused(message))),
                _ => {}
            },
            Event::Result { result, .. } => {
                let elapsed = self.open.map(|open| open.elapsed()).unwrap_or_default();
                return Some(Ok(Answer { result, elapsed }));
            }
            Event::Error { code, message, body } => return Some(Err(self.error(&code, message, body))),
            Event::Closed { code, reason, retry } => {
                self.last_end = ending(code, &reason);
                if self.open.is_none() {
                    return Some(Err(AskError::Unasked(self.last_end.clone())));
                }
                if !retry {
                    return Some(Err(AskError::Ended(self.last_end.clone())));
                }
            }
            Event::Retrying { delay, .. } => tell(News::Lost(delay)),
            Event::GaveUp => {
                self.gave_up = true;
                tell(News::Fallback);
            }
            Event::State(_) | Event::Databases(_) | Event::Selected(_) => {}
        }
        None
    }

    /// The server's error, or the client's own.
    fn error(&self, code: &str, message: String, body: Value) -> AskError {
        match (body.is_object(), self.open) {
            (true, Some(_)) => refused(body),
            // What is refused before the handshake is the connection, not the question.
            (_, None) => AskError::Unasked(format!("{code}: {message}")),
            (false, Some(_)) if self.gave_up => {
                AskError::Ended(format!("{}; by HTTP: {message}", self.last_end))
            }
            (false, Some(_)) => AskError::Ended(message),
        }
    }
}

/// An end in words.
fn ending(code: u16, reason: &str) -> String {
    if code == 1006 { reason.to_owned() } else { format!("closed with {code} {reason:?}") }
}

fn refused(body: Value) -> AskError {
    let text = |key: &str| body.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
    let code = match text("code") {
        code if code.is_empty() => text("type"),
        code => code,
    };
    AskError::Refused { code, message: text("message"), body: Box::new(body) }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// What becomes of a question that has seen these events.
    fn after(events: Vec<Event>) -> (Option<Result<Value, String>>, usize) {
        let mut way = Way { open: None, gave_up: false, last_end: String::new() };
        let mut news = 0;
        for event in events {
            if let Some(done) = way.take(event, &mut |_| news += 1) {
                let shown = done.map(|answer| answer.result).map_err(|error| error.to_string());
                return (Some(shown), news);
            }
        }
        (None, news)
    }

    fn open() -> Event {
        Event::Open { session_id: "s".to_owned() }
    }

    fn closed(code: u16, reason: &str, retry: bool) -> Event {
        Event::Closed { code, reason: reason.to_owned(), retry }
    }

    fn error(body: Value) -> Event {
        Event::Error { code: "SERVER_FULL".to_owned(), message: "no place".to_owned(), body }
    }

    #[test]
    fn a_connection_that_never_was_ends_it_and_one_that_is_lost_does_not() {
        let never = after(vec![closed(1006, "no connection: refused", true)]).0;
        assert_eq!(never, Some(Err("the question could not be asked: no connection: refused".to_owned())));
        let wait = Event::Retrying { attempt: 1, delay: Duration::from_secs(1) };
        let result = Event::Result { result: json!(7), via: tidegate_client::Via::WebSocket };
        let lost = vec![open(), closed(1006, "reset", true), wait, open(), result];
        assert_eq!(after(lost), (Some(Ok(json!(7))), 1));
        let ended = after(vec![open(), closed(1008, "Session expired", false)]).0;
        assert_eq!(ended, Some(Err("the connection ended: closed with 1008 \"Session expired\"".to_owned())));
    }

    #[test]
    fn a_refusal_is_the_servers_word_about_the_question_alone() {
        let body = json!({"type": "error", "code": "SERVER_FULL", "message": "no place"});
        let early = after(vec![error(body.clone())]).0;
        assert_eq!(early, Some(Err("the question could not be asked: SERVER_FULL: no place".to_owned())));
        assert_eq!(after(vec![open(), error(body)]).0, Some(Err("SERVER_FULL: no place".to_owned())));
        let cancelled = Event::Message(json!({"type": "query_cancelled"}));
        assert_eq!(after(vec![open(), cancelled]).0, Some(Err("query_cancelled: ".to_owned())));
        let both = vec![open(), closed(1006, "reset", true), Event::GaveUp, error(Value::Null)];
        assert_eq!(after(both).0, Some(Err("the connection ended: reset; by HTTP: no place".to_owned())));
    }
}
