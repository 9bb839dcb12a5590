//! Questions with their expected answers.

use std::path::Path;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::builtin::QUESTIONS;
use crate::error::ScenarioError;
use crate::load::did_you_mean;

/// Questions with expected answers, made for one seed of the data.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct QuestionSet {
    /// Seed of the data the answers hold for.
    pub seed: u64,
    /// The questions.
    pub questions: Vec<Question>,
}

/// One question.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Question {
    /// Stable name.
    pub id: String,
    /// The text a user types.
    pub question: String,
    /// The database it is about.
    pub database: String,
    /// True when the order of the rows is part of the answer.
    pub ordered: bool,
    /// The right answer.
    pub expected: Expected,
}

/// A right answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Expected {
    /// Names of the columns.
    pub columns: Vec<String>,
    /// Rows of JSON scalars.
    pub rows: Vec<Vec<Value>>,
}

impl QuestionSet {
    /// The questions that are part of the program.
    pub fn builtin() -> Result<Self, ScenarioError> {
        Self::parse(QUESTIONS, "questions.json")
    }

    /// The questions of the file `path`.
    pub fn from_file(path: &Path) -> Result<Self, ScenarioError> {
        let text = std::fs::read_to_string(path)
            .map_err(|source| ScenarioError::Read { path: path.to_owned(), source })?;
        Self::parse(&text, &path.display().to_string())
    }

    /// Parses `text`, which came from `origin`.
    pub fn parse(text: &str, origin: &str) -> Result<Self, ScenarioError> {
        let set: Self = serde_json::from_str(text).map_err(|error| ScenarioError::Parse {
            origin: origin.to_owned(),
            line: error.line(),
            column: error.column(),
            message: without_place(&error.to_string()),
        })?;
        for question in &set.questions {
            let width = question.expected.columns.len();
            if let Some(row) = question.expected.rows.iter().find(|row| row.len() != width) {
                return Err(ScenarioError::Invalid {
                    origin: origin.to_owned(),
                    key: question.id.clone(),
                    message: format!("a row has {} values for {width} columns", row.len()),
                });
            }
        }
        Ok(set)
    }

    /// Keeps the questions named in `ids`; all when it is empty. A name nobody has is refused.
    pub fn select(mut self, ids: &[String]) -> Result<Self, ScenarioError> {
        for id in ids {
            if !self.questions.iter().any(|question| question.id == *id) {
                let hint = did_you_mean(id, self.questions.iter().map(|question| question.id.as_str()));
                return Err(ScenarioError::Invalid {
                    origin: "scenario".to_owned(),
                    key: "questions.select".to_owned(),
                    message: format!("no question has the id {id:?}{hint}"),
                });
            }
        }
        if !ids.is_empty() {
            self.questions.retain(|question| ids.contains(&question.id));
        }
        Ok(self)
    }
}

/// serde_json ends its messages with ` at line L column C`: the place already stands before them.
fn without_place(message: &str) -> String {
    message.rfind(" at line ").map_or(message, |at| &message[..at]).to_owned()
}
