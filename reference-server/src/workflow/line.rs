//! What agents answer: lines of JSON while they work, the last one their result.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use serde_json::value::RawValue;

use crate::wire::error::{Code, Failure};
use crate::wire::server::{Column, ProgressEvent};

/// One line of an agent.
#[derive(Debug)]
pub enum AgentLine {
    /// It did something.
    Event(ProgressEvent),
    /// This share of the stage is done.
    Fraction(f64),
    /// Rows.
    Partial {
        /// Columns, with the first rows.
        columns: Option<Vec<Column>>,
        /// Rows.
        rows: Vec<Box<RawValue>>,
    },
    /// What it is after and what it takes for true has changed.
    Belief(BeliefState),
    /// It is done; nothing follows.
    Completed(Box<RawValue>),
    /// It has failed; nothing follows.
    Failed(Failure),
}

/// A line that can't be read.
#[derive(Debug, thiserror::Error)]
pub enum LineError {
    /// Not the JSON expected.
    #[error("unreadable line of an agent")]
    Json(#[from] serde_json::Error),
    /// None of the forms a line can have.
    #[error("line of an agent without event, fraction, partial, belief or status")]
    Empty,
    /// The work is done but there is no result.
    #[error("agent completed without output")]
    NoOutput,
}

#[derive(Deserialize)]
struct Line {
    event: Option<ProgressEvent>,
    fraction: Option<f64>,
    partial: Option<Partial>,
    belief: Option<BeliefState>,
    status: Option<Status>,
    output: Option<Box<RawValue>>,
    error: Option<AgentError>,
}

#[derive(Deserialize)]
struct Partial {
    columns: Option<Vec<Column>>,
    #[serde(default)]
    rows: Vec<Box<RawValue>>,
}

#[derive(Deserialize, PartialEq)]
#[serde(rename_all = "lowercase")]
enum Status {
    Completed,
    Failed,
}

#[derive(Deserialize, Default)]
struct AgentError {
    #[serde(default)]
    code: String,
    #[serde(default)]
    message: String,
    details: Option<Value>,
}

impl AgentLine {
    /// Reads one line.
    ///
    /// # Errors
    /// [`LineError`] for what is no line of an agent.
    pub fn read(text: &[u8]) -> Result<Self, LineError> {
        let line: Line = serde_json::from_slice(text)?;
        match line.status {
            Some(Status::Completed) => return line.output.map(Self::Completed).ok_or(LineError::NoOutput),
            Some(Status::Failed) => return Ok(Self::Failed(line.error.unwrap_or_default().into())),
            None => {}
        }
        if let Some(event) = line.event {
            return Ok(Self::Event(event));
        }
        if let Some(fraction) = line.fraction {
            return Ok(Self::Fraction(fraction.clamp(0.0, 1.0)));
        }
        if let Some(belief) = line.belief {
            return Ok(Self::Belief(belief));
        }
        let Some(partial) = line.partial else { return Err(LineError::Empty) };
        Ok(Self::Partial { columns: partial.columns, rows: partial.rows })
    }
}

impl From<AgentError> for Failure {
    /// Codes that a client may see pass. An internal error keeps the number that the agent's log has it under; its
    /// cause is not passed on.
    fn from(error: AgentError) -> Self {
        let incident = error.details.as_ref().and_then(|details| details["incident_id"].as_str());
        if error.code == "INTERNAL" {
            return incident.map_or_else(|| Self::internal(&error.message), Self::incident);
        }
        let code = match error.code.as_str() {
            "QUERY_REJECTED" => Code::QueryRejected,
            "QUERY_TIMEOUT" => Code::QueryTimeout,
            "AGENT_UNAVAILABLE" => Code::AgentUnavailable,
            "CIRCUIT_OPEN" => Code::CircuitOpen,
            "DATABASE_CONTEXT_INVALID" => Code::DatabaseContextInvalid,
            "DATABASE_CONTEXT_FORBIDDEN" => Code::DatabaseContextForbidden,
            "DATABASE_CONTEXT_UNAVAILABLE" => Code::DatabaseContextUnavailable,
            _ => Code::QueryFailed,
        };
        Self { code, message: error.message, details: error.details }
    }
}

/// What an agent is after, and what it takes for true.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize)]
pub struct BeliefState {
    /// The agent.
    pub agent: String,
    /// What it is after.
    #[serde(default)]
    pub goals: Vec<String>,
    /// What it takes for true.
    #[serde(default)]
    pub beliefs: Vec<Belief>,
}

/// One thing that an agent takes for true.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize)]
pub struct Belief {
    /// In words.
    pub statement: String,
    /// How sure it is, 0 to 1.
    pub confidence: f64,
}

/// What the nlp agent gives that the answer needs.
#[derive(Debug, Clone, Deserialize)]
pub struct NlpOutput {
    /// The statement.
    pub sql: String,
    /// Who translated the question: `built-in`, or `llm:` and the model.
    #[serde(default)]
    pub translator: Option<String>,
}

/// What the data agent gives.
#[derive(Debug, Deserialize, Serialize)]
pub struct DataOutput {
    /// The statement that was run.
    pub sql: Option<String>,
    /// Columns.
    pub columns: Vec<Column>,
    /// Rows; none when they were streamed.
    #[serde(default)]
    pub rows: Vec<Box<RawValue>>,
    /// Number of rows, streamed or not.
    pub row_count: u64,
    /// Whether there were more.
    #[serde(default)]
    pub truncated: bool,
    /// What the rows are about, for the picture.
    #[serde(default)]
    pub title: String,
    /// Time of the statement itself, milliseconds; 0 where a kept result answered.
    #[serde(default)]
    pub sql_ms: Option<f64>,
}

/// What the viz agent gives.
#[derive(Debug, Deserialize)]
pub struct VizOutput {
    /// The picture, as the client gets it.
    pub visualization: Box<RawValue>,
}

/// What the reporting agent gives.
#[derive(Debug, Deserialize)]
pub struct ReportOutput {
    /// The picture, as the client gets it.
    pub visualization: Box<RawValue>,
    /// Title, text and findings, as the client gets them.
    pub report: Box<RawValue>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_each_kind_of_line() {
        let event = br#"{"event":{"event_id":"e1","agent":"nlp","event_type":"task_started","message":"m","timestamp":"2025-01-01T00:00:00.000Z"}}"#;
        assert!(matches!(AgentLine::read(event), Ok(AgentLine::Event(event)) if event.agent == "nlp"));
        assert!(matches!(AgentLine::read(br#"{"fraction":1.5}"#), Ok(AgentLine::Fraction(1.0))));
        let partial = br#"{"partial":{"columns":[{"name":"a","type":"integer"}],"rows":[[1],[2]]}}"#;
        assert!(
            matches!(AgentLine::read(partial), Ok(AgentLine::Partial { columns: Some(_), rows }) if rows.len() == 2)
        );
        let belief =
            br#"{"belief":{"agent":"nlp","goals":["g"],"beliefs":[{"statement":"s","confidence":0.5}]}}"#;
        assert!(matches!(AgentLine::read(belief), Ok(AgentLine::Belief(state)) if state.beliefs.len() == 1));
        let done = br#"{"status":"completed","output":{"sql":"x"},"timings_ms":{}}"#;
        assert!(matches!(AgentLine::read(done), Ok(AgentLine::Completed(_))));
        let failed = br#"{"status":"failed","error":{"code":"QUERY_REJECTED","message":"no","details":{"reason":"not_understood"}}}"#;
        let Ok(AgentLine::Failed(failure)) = AgentLine::read(failed) else { panic!("not read as failed") };
        assert_eq!(
            (failure.code, failure.details.unwrap()["reason"].as_str()),
            (Code::QueryRejected, Some("not_understood"))
        );
    }

    #[test]
    fn an_unknown_code_is_a_failed_query_and_an_internal_one_keeps_its_cause() {
        let failed =
            |code: &str| format!(r#"{{"status":"failed","error":{{"code":"{code}","message":"/secret"}}}}"#);
        let read = |code: &str| match AgentLine::read(failed(code).as_bytes()) {
            Ok(AgentLine::Failed(failure)) => failure,
            other => panic!("{other:?}"),
        };
        assert_eq!(read("WHATEVER").code, Code::QueryFailed);
        assert_eq!(read("INTERNAL").message, "internal error");
        let failed = br#"{"status":"failed","error":{"code":"INTERNAL","message":"/secret","details":{"incident_id":"inc_1","path":"/secret"}}}"#;
        let Ok(AgentLine::Failed(failure)) = AgentLine::read(failed) else { panic!("not read as failed") };
        assert_eq!(
            (failure.message.as_str(), failure.details),
            ("internal error", Some(serde_json::json!({"incident_id": "inc_1"})))
        );
    }

    #[test]
    fn nonsense_is_refused() {
        for text in
            ["", "{}", "[]", "{\"status\":\"completed\"}", "{\"status\":\"odd\"}", "{\"fraction\":\"x\"}"]
        {
            assert!(AgentLine::read(text.as_bytes()).is_err(), "{text}");
        }
    }
}
