//! The translator's interface.

use std::fmt;

use serde::Serialize;

use super::dictionary::{self, Dictionary};
use super::follow_up::{Conversation, Understood};
use super::items::Item;
use super::{Dialect, QueryTree, Study, planner, reading, study, suggestion, title, words};
use crate::database::catalog;

/// A question understood.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Translation {
    /// The statement, for SQLite.
    pub sql: String,
    /// Title for a person.
    pub title: String,
    /// The phrases of the question that were placed.
    pub understood: Vec<String>,
    /// The query tree.
    pub query: QueryTree,
}

/// A question not understood: what was, what was not, what could be asked instead.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, thiserror::Error)]
#[error("can't read the question: unknown {unknown:?}")]
pub struct Rejection {
    /// Phrases that were placed.
    pub understood: Vec<String>,
    /// Words that could not be placed, or not together.
    pub unknown: Vec<String>,
    /// Questions that would work.
    pub suggestions: Vec<String>,
}

/// Translates questions. Build one and share it.
pub struct Translator {
    dictionaries: Vec<(&'static str, Dictionary)>,
}

impl fmt::Debug for Translator {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = self.dictionaries.iter().map(|(name, _)| *name).collect();
        formatter.debug_tuple("Translator").field(&names).finish()
    }
}

impl Default for Translator {
    fn default() -> Self {
        Self::new()
    }
}

impl Translator {
    /// Reads the embedded dictionary.
    pub fn new() -> Self {
        let entries = dictionary::entries();
        let dictionaries = catalog()
            .iter()
            .map(|info| (info.name.as_str(), Dictionary::new(&info.name, &entries)))
            .collect();
        Self { dictionaries }
    }

    /// Translates a question about one database. A top-N is clamped to `max_rows`; how many rows of any other
    /// answer are fetched is up to who runs it (and can say that it was cut).
    pub fn translate(&self, question: &str, database: &str, max_rows: u64) -> Result<Translation, Rejection> {
        let Some((_, dictionary)) = self.dictionaries.iter().find(|(name, _)| *name == database) else {
            let (understood, unknown) = (Vec::new(), vec![database.to_owned()]);
            return Err(Rejection { understood, unknown, suggestions: Vec::new() });
        };
        let words = words::words(question);
        let (items, mut unknown) = dictionary.phrases(&words);
        let understood = understood(&items);
        if unknown.is_empty() {
            let reading = reading::read(database, &items);
            unknown.clone_from(&reading.unplaced);
            if unknown.is_empty() {
                match planner::plan(database, &reading, max_rows) {
                    Ok(query) => {
                        let (sql, title) = (query.render(Dialect::Sqlite), title::title(&query));
                        return Ok(Translation { sql, title, understood, query });
                    }
                    Err(text) => unknown.push(text),
                }
            }
        }
        let suggestions = self.suggestions(question, database, dictionary, &unknown);
        Err(Rejection { understood, unknown, suggestions })
    }

    /// The phrases of a question that are business terms, and what each means in the database.
    pub fn terms(&self, question: &str, database: &str) -> Vec<(String, String)> {
        let Some((_, dictionary)) = self.dictionaries.iter().find(|(name, _)| *name == database) else {
            return Vec::new();
        };
        let (items, _) = dictionary.phrases(&words::words(question));
        items.iter().filter_map(|item| Some((item.text.clone(), item.meaning.described()?))).collect()
    }

    /// The statements of a study of what the question is about.
    ///
    /// # Errors
    /// Nothing in the question can be measured over time.
    pub fn study(&self, question: &str, database: &str, max_rows: u64) -> Result<Study, Rejection> {
        let Some((_, dictionary)) = self.dictionaries.iter().find(|(name, _)| *name == database) else {
            let (understood, unknown) = (Vec::new(), vec![database.to_owned()]);
            return Err(Rejection { understood, unknown, suggestions: Vec::new() });
        };
        study::study(question, database, dictionary, max_rows).map_err(|(understood, mut unknown)| {
            if unknown.is_empty() {
                unknown.push("what to study".to_owned());
            }
            let suggestions = self.suggestions(question, database, dictionary, &unknown);
            Rejection { understood, unknown, suggestions }
        })
    }

    /// Translates a question asked after others, the oldest first: what it leaves out is taken from them.
    ///
    /// # Errors
    /// As [`Translator::translate`], of the question alone.
    pub fn translate_after(
        &self,
        question: &str,
        before: &[&str],
        database: &str,
        max_rows: u64,
    ) -> Result<Translation, Rejection> {
        let known = self.dictionaries.iter().find(|(name, _)| *name == database);
        let understood = known.filter(|_| !before.is_empty()).and_then(|(_, dictionary)| {
            Conversation { dictionary, database, max_rows }.understand(question, before)
        });
        let Some(Understood { query, phrases }) = understood else {
            return self.translate(question, database, max_rows);
        };
        let (sql, title) = (query.render(Dialect::Sqlite), title::title(&query));
        Ok(Translation { sql, title, understood: phrases, query })
    }

    fn suggestions(
        &self,
        question: &str,
        database: &str,
        dictionary: &Dictionary,
        unknown: &[String],
    ) -> Vec<String> {
        // One misspelt word is put right, if that gives a question; a second try is not made.
        let corrected = match unknown {
            [one] => suggestion::corrected(question, one, dictionary),
            _ => None,
        };
        let works = |text: &String| {
            let (items, unknown) = dictionary.phrases(&words::words(text)).clone();
            unknown.is_empty() && {
                let reading = reading::read(database, &items);
                reading.unplaced.is_empty() && planner::plan(database, &reading, 1).is_ok()
            }
        };
        let examples = suggestion::examples(database).iter().map(|example| (*example).to_owned());
        corrected.filter(works).into_iter().chain(examples).take(4).collect()
    }
}

fn understood(items: &[Item<'_>]) -> Vec<String> {
    items.iter().map(|item| item.text.clone()).collect()
}
