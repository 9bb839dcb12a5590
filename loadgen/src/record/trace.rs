//! The trace of a recording: questions with their times where Tidegate's protocol was seen, else every step.

use std::fmt::Write as _;

use super::seen::{Payload, Seen, What};

/// A trace, as CSV.
#[derive(Debug, Default)]
pub(super) struct Trace {
    pub(super) text: String,
    /// Its lines are questions, which `arrivals = "trace"` replays.
    pub(super) is_questions: bool,
    /// Connections in it.
    pub(super) sessions: usize,
}

/// The trace of what was seen.
pub(super) fn make(seen: &[Seen]) -> Trace {
    let questions: Vec<(&Seen, String)> =
        seen.iter().filter_map(|seen| Some((seen, question(&seen.what)?))).collect();
    let is_questions = !questions.is_empty();
    let lines: Vec<(&Seen, String)> = match is_questions {
        true => questions,
        false => seen.iter().filter_map(|seen| Some((seen, step(&seen.what)?))).collect(),
    };
    let mut text = format!("t,session,{}\n", if is_questions { "question" } else { "step" });
    let first = lines.first().map(|(seen, _)| seen.at).unwrap_or_default();
    let mut sessions: Vec<usize> = Vec::new();
    for (seen, what) in &lines {
        let number = sessions.iter().position(|line| *line == seen.line).unwrap_or_else(|| {
            sessions.push(seen.line);
            sessions.len() - 1
        });
        let t = seen.at.saturating_sub(first).as_secs_f64();
        // Writing to a string can't fail.
        let _ = writeln!(text, "{t:.3},s{number},{}", quoted(what));
    }
    Trace { text, is_questions, sessions: sessions.len() }
}

/// The question that a message of Tidegate's protocol asks.
fn question(what: &What) -> Option<String> {
    let What::Sent(payload) = what else { return None };
    let json = payload.json()?;
    let is_query = json.get("type").and_then(serde_json::Value::as_str) == Some("query");
    is_query.then(|| json.get("query")?.as_str().map(str::to_owned))?
}

/// A step without anything that could be a secret.
fn step(what: &What) -> Option<String> {
    let payload = |payload: &Payload| match payload {
        Payload::Text(text) => format!("text of {} bytes", text.len()),
        Payload::Binary(bytes) => format!("binary of {} bytes", bytes.len()),
    };
    Some(match what {
        What::Request { method, path, .. } => {
            format!("{method} {}", path.split('?').next().unwrap_or_default())
        }
        What::Response { status, is_stream: true, .. } => format!("{status}, a stream of events"),
        What::Response { status, .. } => status.to_string(),
        What::Upgraded => "upgraded".to_owned(),
        What::Sent(sent) => format!("send {}", payload(sent)),
        What::Heard { event: Some(event), payload: heard } => format!("event {event}, {}", payload(heard)),
        What::Heard { event: None, payload: heard } => format!("hear {}", payload(heard)),
        What::Closed { by_client: true, code } => format!("close {code}"),
        What::Closed { by_client: false, code } => format!("closed {code}"),
    })
}

/// As RFC 4180 has it.
fn quoted(text: &str) -> String {
    match text.contains([',', '"', '\n', '\r']) {
        true => format!("\"{}\"", text.replace('"', "\"\"")),
        false => text.to_owned(),
    }
}
