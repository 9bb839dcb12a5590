//! A recorded trace: who asked what, and when. CSV with the columns `t,session,question`.
//!
//! ```text
//! t,session,question
//! 0.000,alice,show-revenue
//! 0.250,bob,How many customers are there?
//! 1.500,alice,aov-2024
//! ```
//!
//! `t` is in seconds since the begin of the trace. `session` is any name: lines of one name are one session.
//! `question` is the id of a question, or the text that was typed, which is then asked without comparing its
//! answer.

use std::collections::HashMap;
use std::path::Path;
use std::time::Duration;

use crate::csv::Sheet;
use crate::error::ScenarioError;
use crate::questions::QuestionSet;

/// One question of a trace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TraceEntry {
    /// Time since the begin of the trace.
    pub at: Duration,
    /// Number of the session, from 0, in the order of their first questions.
    pub session: usize,
    /// Index of the question in the set it was resolved with.
    pub question: usize,
}

/// A recorded trace, sorted by time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trace {
    /// The questions in the order they were asked.
    pub entries: Vec<TraceEntry>,
    /// Sessions that ask.
    pub sessions: usize,
}

impl Trace {
    /// Reads the file `path`. Questions that `set` does not know are added to it as text.
    pub fn from_file(path: &Path, set: &mut QuestionSet) -> Result<Self, ScenarioError> {
        let text = std::fs::read_to_string(path)
            .map_err(|source| ScenarioError::Read { path: path.to_owned(), source })?;
        Self::parse(&text, &path.display().to_string(), set)
    }

    /// Parses `text`, which came from `origin`.
    pub fn parse(text: &str, origin: &str, set: &mut QuestionSet) -> Result<Self, ScenarioError> {
        const COLUMNS: [&str; 3] = ["t", "session", "question"];
        let sheet = Sheet::parse(text, origin, &COLUMNS, &COLUMNS)?;
        let mut names: HashMap<&str, usize> = HashMap::new();
        let mut lines = Vec::new();
        for record in sheet.records() {
            let t = record.need("t")?;
            let at = t.text.parse::<f64>().ok().and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
            let Some(at) = at else {
                return Err(record.refuse(t, format!("{:?} is no time in seconds from 0", t.text)));
            };
            lines.push((at, record.need("session")?, set.index_of(&record.need("question")?.text)));
        }
        // Equal times stay in the order of the file.
        lines.sort_by_key(|(at, _, _)| *at);
        let entries: Vec<TraceEntry> = lines
            .into_iter()
            .map(|(at, session, question)| {
                let next = names.len();
                TraceEntry { at, session: *names.entry(session.text.as_str()).or_insert(next), question }
            })
            .collect();
        if entries.is_empty() {
            return Err(ScenarioError::Invalid {
                origin: origin.to_owned(),
                key: "trace".to_owned(),
                message: "nothing was asked".to_owned(),
            });
        }
        Ok(Self { entries, sessions: names.len() })
    }

    /// Time from the first to the last question.
    pub fn length(&self) -> Duration {
        self.entries.last().map_or(Duration::ZERO, |entry| entry.at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trace_is_sorted_and_its_sessions_and_questions_are_numbered() {
        let mut set = QuestionSet::builtin().unwrap();
        let known = set.questions.len();
        let text = "t,session,question\n1.5,bob,customers\n0,alice,customers\n2,bob,\"What, now?\"\n";
        let trace = Trace::parse(text, "t.csv", &mut set).unwrap();
        let places: Vec<(usize, u128)> =
            trace.entries.iter().map(|entry| (entry.session, entry.at.as_millis())).collect();
        assert_eq!((trace.sessions, places), (2, vec![(0, 0), (1, 1_500), (1, 2_000)]));
        assert_eq!(trace.entries[0].question, trace.entries[1].question);
        assert_eq!((trace.entries[2].question, set.questions.len()), (known, known + 1));
        assert_eq!(set.questions[known].question, "What, now?");
        assert!(set.questions[known].expected.is_none());
        assert_eq!(trace.length(), Duration::from_secs(2));
    }

    #[test]
    fn mistakes_have_their_place() {
        let told = |text: &str| {
            let mut set = QuestionSet::builtin().unwrap();
            Trace::parse(text, "t.csv", &mut set).unwrap_err().to_string()
        };
        assert_eq!(
            told("t,session,question\n-1,a,customers\n"),
            "t.csv:2:1: \"-1\" is no time in seconds from 0"
        );
        assert_eq!(
            told("t,session,question\nNaN,a,customers\n"),
            "t.csv:2:1: \"NaN\" is no time in seconds from 0"
        );
        assert_eq!(told("t,session,question\n1,,customers\n"), "t.csv:2:1: `session` is empty");
        assert!(
            told("t,user,question\n").starts_with("t.csv:1:3: unknown column `user`"),
            "{}",
            told("t,user,question\n")
        );
        assert_eq!(told("t,session,question\n"), "t.csv: trace: nothing was asked");
    }
}
