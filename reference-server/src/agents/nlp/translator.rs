//! The translator's interface.

use serde::Serialize;

use super::{Dialect, QueryTree};

/// A question understood.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Translation {
    /// The statement, for SQLite.
    pub sql: String,
    /// Title for a person.
    pub title: String,
    /// Phrases of the question and what each was taken for.
    pub understood: Vec<String>,
    /// The query tree.
    pub query: QueryTree,
}

/// A question not understood: what was, what was not, what could be asked instead.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, thiserror::Error)]
#[error("can't read the question: unknown {unknown:?}")]
pub struct Rejection {
    /// Phrases that were placed, and what each was taken for.
    pub understood: Vec<String>,
    /// Words that could not be placed.
    pub unknown: Vec<String>,
    /// Questions that would work.
    pub suggestions: Vec<String>,
}

/// Translates questions. Build one and share it.
#[derive(Debug, Clone, Default)]
pub struct Translator {}

impl Translator {
    /// Reads the embedded dictionary.
    pub fn new() -> Self {
        Self::default()
    }

    /// Translates a question about one database. The statement returns at most `max_rows` rows.
    pub fn translate(
        &self,
        question: &str,
        database: &str,
        _max_rows: u64,
    ) -> Result<Translation, Rejection> {
        let _ = (database, Dialect::Sqlite);
        Err(Rejection { understood: Vec::new(), unknown: vec![question.to_owned()], suggestions: Vec::new() })
    }
}
