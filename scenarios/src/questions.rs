//! Questions with their expected answers, from JSON or CSV.
//!
//! JSON is the format of the built-in ones. CSV has a column `question`, and any of `id`, `database`, `weight`,
//! `ordered`, `expected`, `follows`:
//!
//! ```text
//! id,question,database,weight,ordered,expected
//! customers,How many customers are there?,financial_db,5,true,"{""columns"":[""n""],""rows"":[[4000]]}"
//! free,Show me something new,,1,,
//! ```
//!
//! A question without an expected answer is asked, and its answer is not compared. One that `follows` another is
//! asked right after that one in the same session, and at no other time.

use std::path::Path;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::builtin::{self, QUESTIONS};
use crate::csv::{Record, Sheet};
use crate::error::ScenarioError;
use crate::load::did_you_mean;
use crate::model::Questions;

/// Columns of a CSV file of questions.
const COLUMNS: [&str; 7] = ["id", "question", "database", "weight", "ordered", "expected", "follows"];

/// Database of questions that name none.
const DATABASE: &str = "financial_db";

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
    /// How often it is asked beside the others.
    #[serde(default = "one", skip_serializing_if = "is_one")]
    pub weight: f64,
    /// True when the order of the rows is part of the answer.
    #[serde(default)]
    pub ordered: bool,
    /// The right answer; without one the answer is not compared.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected: Option<Expected>,
    /// Id of the question that must have been answered right before, in the same session.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub follows: Option<String>,
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

fn one() -> f64 {
    1.0
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it with a reference")]
fn is_one(weight: &f64) -> bool {
    *weight == 1.0
}

impl QuestionSet {
    /// The questions that are part of the program.
    pub fn builtin() -> Result<Self, ScenarioError> {
        Self::parse(QUESTIONS, "questions.json")
    }

    /// The questions of the file `path`: CSV when its name ends in `.csv`, else JSON.
    pub fn from_file(path: &Path) -> Result<Self, ScenarioError> {
        let origin = path.display().to_string();
        let text = builtin::read(path)?;
        match path.extension().and_then(|extension| extension.to_str()) {
            Some(extension) if extension.eq_ignore_ascii_case("csv") => Self::parse_csv(&text, &origin),
            _ => Self::parse(&text, &origin),
        }
    }

    /// The questions that a scenario asks, with its weights: its file or the built-in ones, those it selects.
    pub fn of_scenario(plan: &Questions) -> Result<Self, ScenarioError> {
        let set = match &plan.file {
            Some(file) => Self::from_file(Path::new(file))?,
            None => Self::builtin()?,
        };
        let mut set = set.select(&plan.select)?;
        for (id, weight) in &plan.weights {
            match set.questions.iter_mut().find(|question| question.id == *id) {
                Some(question) => question.weight = *weight,
                None => return Err(set.unknown(id, "questions.weights")),
            }
        }
        set.questions.retain(|question| question.weight > 0.0);
        set.drop_orphans();
        Ok(set)
    }

    /// Parses `text` (JSON), which came from `origin`.
    pub fn parse(text: &str, origin: &str) -> Result<Self, ScenarioError> {
        let set: Self = serde_json::from_str(text).map_err(|error| ScenarioError::Parse {
            origin: origin.to_owned(),
            line: error.line(),
            column: error.column(),
            message: without_place(&error.to_string()),
        })?;
        for (number, question) in set.questions.iter().enumerate() {
            let invalid = |message: String| ScenarioError::Invalid {
                origin: origin.to_owned(),
                key: question.id.clone(),
                message,
            };
            sound(question).map_err(invalid)?;
            if set.questions[..number].iter().any(|before| before.id == question.id) {
                return Err(invalid("stands there twice".to_owned()));
            }
            set.place_of(question).map_err(invalid)?;
        }
        Ok(set)
    }

    /// Parses `text` (CSV), which came from `origin`. CSV names no seed: its answers are taken to hold
    /// for the data with the usual one.
    pub fn parse_csv(text: &str, origin: &str) -> Result<Self, ScenarioError> {
        let sheet = Sheet::parse(text, origin, &COLUMNS, &["question"])?;
        let mut set = Self { seed: Self::builtin()?.seed, questions: Vec::new() };
        for record in sheet.records() {
            let question = read(&record)?;
            if set.questions.iter().any(|before| before.id == question.id) {
                let field = record.need(if record.get("id").is_some() { "id" } else { "question" })?;
                return Err(record.refuse(field, format!("the id {:?} stands there twice", question.id)));
            }
            set.questions.push(question);
        }
        for (question, record) in set.questions.iter().zip(sheet.records()) {
            if let Err(message) = set.place_of(question) {
                return Err(record.refuse(record.need("follows")?, message));
            }
        }
        Ok(set)
    }

    /// Refuses a question that can never have its turn: what it follows is not there, or leads back to it.
    fn place_of(&self, question: &Question) -> Result<(), String> {
        let mut at = question;
        // As many steps as there are questions lead to a beginning, or round in a circle.
        for _ in 0..self.questions.len() {
            let Some(before) = &at.follows else { return Ok(()) };
            let Some(found) = self.questions.iter().find(|known| known.id == *before) else {
                let hint = did_you_mean(before, self.questions.iter().map(|known| known.id.as_str()));
                return Err(format!("it follows {before:?}, which no question is called{hint}"));
            };
            at = found;
        }
        Err("it follows questions that follow it".to_owned())
    }

    /// Leaves out what follows questions that are not there any more.
    fn drop_orphans(&mut self) {
        loop {
            let known: Vec<String> = self.questions.iter().map(|question| question.id.clone()).collect();
            self.questions.retain(|question| question.follows.as_ref().is_none_or(|id| known.contains(id)));
            if self.questions.len() == known.len() {
                return;
            }
        }
    }

    /// Keeps the questions named in `ids`; all when it is empty. A name nobody has is refused.
    pub fn select(mut self, ids: &[String]) -> Result<Self, ScenarioError> {
        for id in ids {
            if !self.questions.iter().any(|question| question.id == *id) {
                return Err(self.unknown(id, "questions.select"));
            }
        }
        if !ids.is_empty() {
            self.questions.retain(|question| ids.contains(&question.id));
        }
        for question in &self.questions {
            self.place_of(question).map_err(|message| ScenarioError::Invalid {
                origin: "scenario".to_owned(),
                key: "questions.select".to_owned(),
                message: format!("{}: {message}", question.id),
            })?;
        }
        Ok(self)
    }

    /// Index of the question with this id; of one with this text, added when there is none yet.
    pub(crate) fn index_of(&mut self, name: &str) -> usize {
        let known =
            self.questions.iter().position(|question| question.id == name || question.question == name);
        known.unwrap_or_else(|| {
            self.questions.push(Question {
                id: format!("text-{}", self.questions.len()),
                question: name.to_owned(),
                database: DATABASE.to_owned(),
                weight: 1.0,
                ordered: false,
                expected: None,
                follows: None,
            });
            self.questions.len() - 1
        })
    }

    fn unknown(&self, id: &str, key: &str) -> ScenarioError {
        let hint = did_you_mean(id, self.questions.iter().map(|question| question.id.as_str()));
        ScenarioError::Invalid {
            origin: "scenario".to_owned(),
            key: key.to_owned(),
            message: format!("no question has the id {id:?}{hint}"),
        }
    }
}

/// One line of a CSV file.
fn read(record: &Record<'_>) -> Result<Question, ScenarioError> {
    let text = |column: &str| record.get(column).map(|field| field.text.clone());
    let weight = match record.get("weight") {
        None => 1.0,
        Some(field) => match field.text.parse::<f64>() {
            Ok(weight) if weight.is_finite() && weight >= 0.0 => weight,
            _ => return Err(record.refuse(field, format!("{:?} is no weight from 0", field.text))),
        },
    };
    let ordered = match record.get("ordered").map(|field| (field, field.text.as_str())) {
        None | Some((_, "false")) => false,
        Some((_, "true")) => true,
        Some((field, other)) => {
            return Err(record.refuse(field, format!("{other:?} is neither true nor false")));
        }
    };
    let expected = record
        .get("expected")
        .map(|field| {
            serde_json::from_str::<Expected>(&field.text)
                .map_err(|error| record.refuse(field, format!("expected answer: {error}")))
        })
        .transpose()?;
    let question = Question {
        id: text("id").unwrap_or_else(|| format!("line-{}", record.line())),
        question: record.need("question")?.text.clone(),
        database: text("database").unwrap_or_else(|| DATABASE.to_owned()),
        weight,
        ordered,
        expected,
        follows: text("follows"),
    };
    match (sound(&question), record.get("expected")) {
        (Err(message), Some(field)) => Err(record.refuse(field, message)),
        _ => Ok(question),
    }
}

/// What types can't refuse.
fn sound(question: &Question) -> Result<(), String> {
    if !(question.weight.is_finite() && question.weight >= 0.0) {
        return Err(format!("{} is no weight from 0", question.weight));
    }
    let Some(expected) = &question.expected else { return Ok(()) };
    let width = expected.columns.len();
    match expected.rows.iter().find(|row| row.len() != width) {
        Some(row) => Err(format!("a row has {} values for {width} columns", row.len())),
        None => Ok(()),
    }
}

/// serde_json ends its messages with ` at line L column C`: the place already stands before them.
fn without_place(message: &str) -> String {
    message.rfind(" at line ").map_or(message, |at| &message[..at]).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_csv_file_is_read_with_its_answers() {
        let text = "id,question,weight,ordered,expected\n\
                    n,How many?,5,true,\"{\"\"columns\"\":[\"\"n\"\"],\"\"rows\"\":[[4000]]}\"\n\
                    ,\"Something, else\",,,\n";
        let set = QuestionSet::parse_csv(text, "q.csv").unwrap();
        let (first, second) = (&set.questions[0], &set.questions[1]);
        assert_eq!((first.weight, first.ordered), (5.0, true));
        assert_eq!(first.expected.as_ref().unwrap().rows, [[4000]]);
        assert_eq!((second.id.as_str(), second.question.as_str()), ("line-3", "Something, else"));
        assert_eq!((second.weight, second.expected.is_none()), (1.0, true));
    }

    #[test]
    fn mistakes_of_a_csv_file_have_their_place() {
        let told = |text: &str| QuestionSet::parse_csv(text, "q.csv").unwrap_err().to_string();
        assert_eq!(told("id\nx\n"), "q.csv:1:1: column `question` is missing");
        assert_eq!(told("id,question\nx,\n"), "q.csv:2:1: `question` is empty");
        assert_eq!(told("question,weight\nq,-1\n"), "q.csv:2:3: \"-1\" is no weight from 0");
        assert_eq!(told("question,ordered\nq,yes\n"), "q.csv:2:3: \"yes\" is neither true nor false");
        assert_eq!(told("id,question\nx,a\nx,b\n"), "q.csv:3:1: the id \"x\" stands there twice");
        assert!(told("question,expected\nq,[]\n").starts_with("q.csv:2:3: expected answer: "));
        assert_eq!(
            told("id,question,follows\na,q,\nb,r,aa\n"),
            "q.csv:3:5: it follows \"aa\", which no question is called, did you mean `a`?"
        );
        assert_eq!(
            told("id,question,follows\na,q,b\nb,r,a\n"),
            "q.csv:2:5: it follows questions that follow it"
        );
    }
}
