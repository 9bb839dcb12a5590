//! The dictionary: 596 terms, each mapped to one meaning, with where the term comes from.

use std::borrow::Cow;
use std::collections::HashMap;

use serde::Deserialize;

use super::items::{Bound, Item, Meaning, Place, Relative};
use super::model;
use super::tree::{Aggregation, Grain, Operator};
use super::words::{self, Word};

/// The data file.
const FILE: &str = include_str!("../../../data/dictionary.toml");
/// Longest term, in words.
const LONGEST: usize = 5;

/// Words that carry no meaning of their own in a question. Everything else has to be placed.
const STOP_WORDS: [&str; 73] = [
    "a", "an", "the", "of", "in", "on", "at", "with", "for", "me", "us", "i", "we", "you", "my", "our",
    "your", "please", "show", "give", "tell", "get", "find", "display", "list", "see", "want", "like",
    "would", "could", "can", "do", "does", "did", "is", "are", "was", "were", "be", "been", "have", "has",
    "had", "that", "who", "whose", "there", "it", "its", "what", "how", "much", "need", "know", "let",
    "view", "report", "their", "them", "they", "any", "all", "made", "make", "place", "placed", "hello",
    "hi", "thank", "thanks", "where", "dollar", "usd",
];

/// One entry of the file.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Entry {
    pub(super) term: String,
    pub(super) kind: String,
    pub(super) maps_to: String,
    /// `any` for terms that are not about one database.
    pub(super) database: String,
    #[cfg_attr(not(test), expect(dead_code, reason = "for the reader of the file; a test demands it"))]
    pub(super) provenance: String,
}

#[derive(Deserialize)]
struct File {
    entries: Vec<Entry>,
}

/// Terms of one database, those of all included.
pub(super) struct Dictionary {
    terms: HashMap<String, Meaning>,
}

/// The entries as they stand in the file.
pub(super) fn entries() -> Vec<Entry> {
    let file: File = toml::from_str(FILE).expect("the embedded dictionary is read by a test");
    file.entries
}

impl Dictionary {
    /// Takes the entries of `database`; those that map to nothing are left out (a test finds them).
    pub(super) fn new(database: &str, entries: &[Entry]) -> Self {
        let mine = |entry: &&Entry| entry.database == database || entry.database == "any";
        let mut terms = HashMap::new();
        let mut synonyms = Vec::new();
        for entry in entries.iter().filter(mine) {
            if entry.kind == "synonym" {
                synonyms.push(entry);
            } else if let Some(meaning) = meaning(database, &entry.kind, &entry.maps_to) {
                terms.insert(key(&entry.term), meaning);
            }
        }
        for synonym in synonyms {
            if let Some(meaning) = terms.get(&key(&synonym.maps_to)).cloned() {
                terms.insert(key(&synonym.term), meaning);
            }
        }
        Self { terms }
    }

    /// Whether a term is known, and as what.
    #[cfg(test)]
    pub(super) fn get(&self, term: &str) -> Option<&Meaning> {
        self.terms.get(&key(term))
    }

    /// All terms.
    pub(super) fn terms(&self) -> impl Iterator<Item = &str> {
        self.terms.keys().map(String::as_str)
    }

    /// Phrases of a question, the longest first at every place; words that can't be placed are returned too.
    pub(super) fn phrases(&self, words: &[Word]) -> (Vec<Item<'_>>, Vec<String>) {
        let (mut items, mut unknown) = (Vec::new(), Vec::new());
        let mut at = 0;
        let mut phrase = String::new();
        while at < words.len() {
            let longest = LONGEST.min(words.len() - at);
            let found = (1..=longest).rev().find_map(|length| {
                phrase.clear();
                for word in &words[at..at + length] {
                    if !phrase.is_empty() {
                        phrase.push(' ');
                    }
                    phrase.push_str(&word.stem);
                }
                self.terms.get(phrase.as_str()).map(|meaning| (length, Cow::Borrowed(meaning)))
            });
            let found = found.or_else(|| literal(&words[at].stem).map(|meaning| (1, Cow::Owned(meaning))));
            if let Some((length, meaning)) = found {
                let text = words[at..at + length].iter().map(|word| word.text.as_str()).collect::<Vec<_>>();
                let plural = words[at + length - 1].plural;
                items.push(Item { meaning, text: text.join(" "), plural });
                at += length;
                continue;
            }
            if !STOP_WORDS.contains(&words[at].stem.as_str()) {
                unknown.push(words[at].text.clone());
            }
            at += 1;
        }
        (items, unknown)
    }
}

/// A term as it is looked up: stems of its words.
fn key(term: &str) -> String {
    words::words(term).into_iter().map(|word| word.stem).collect::<Vec<_>>().join(" ")
}

/// Numbers and dates.
fn literal(word: &str) -> Option<Meaning> {
    let part = |from: usize, to: usize| word.get(from..to).and_then(|digits| digits.parse::<i16>().ok());
    match word.len() {
        4 if word.bytes().all(|byte| byte.is_ascii_digit()) => {
            let year = part(0, 4)?;
            Some(if (1990..=2039).contains(&year) {
                Meaning::Year(year)
            } else {
                Meaning::Number(i64::from(year) * 1_000)
            })
        }
        7 if word.as_bytes()[4] == b'-' => {
            let month = i8::try_from(part(5, 7)?).ok().filter(|month| (1..=12).contains(month))?;
            Some(Meaning::YearMonth(part(0, 4)?, month))
        }
        10 if word.as_bytes()[4] == b'-' => word.parse().ok().map(Meaning::Day),
        _ => words::number(word).map(Meaning::Number),
    }
}

/// What an entry maps to, if it exists.
fn meaning(database: &str, kind: &str, maps_to: &str) -> Option<Meaning> {
    match kind {
        "entity" => model::entity(database, maps_to).map(Meaning::Entity),
        "measure" => {
            let (name, aggregation) = maps_to
                .split_once(':')
                .map_or((maps_to, None), |(name, aggregation)| (name, Some(aggregation)));
            let aggregation = match aggregation {
                None => None,
                Some(name) => Some(self::aggregation(name)?),
            };
            Some(Meaning::Metric(model::metric(database, name)?, aggregation))
        }
        "dimension" => {
            let (columns, alias) = maps_to.split_once(" as ")?;
            Some(Meaning::Dimension { places: places(database, columns, '|')?, alias: alias.to_owned() })
        }
        "filter" => {
            let (columns, value) = maps_to.split_once(" = ")?;
            let bound = columns.contains('/');
            let places = places(database, columns, if bound { '/' } else { '|' })?;
            Some(Meaning::Value { places, value: value.to_owned(), bound })
        }
        "aggregation" => match maps_to {
            "count" => Some(Meaning::Count),
            "distinct" => Some(Meaning::Distinct),
            "share" => Some(Meaning::Share),
            name => aggregation(name).map(Meaning::Aggregate),
        },
        "time" => time(maps_to),
        "comparison" => comparison(maps_to),
        "order" => order(database, maps_to),
        "grouping" => match maps_to {
            "by" => Some(Meaning::By),
            "which" => Some(Meaning::Which),
            "trend" => Some(Meaning::Trend),
            "contrast" => Some(Meaning::Contrast),
            "and" => Some(Meaning::And),
            _ => None,
        },
        "number" => maps_to.parse::<i64>().ok().map(|number| Meaning::Number(number * 1_000)),
        _ => None,
    }
}

fn aggregation(name: &str) -> Option<Aggregation> {
    match name {
        "sum" => Some(Aggregation::Sum),
        "avg" => Some(Aggregation::Avg),
        "min" => Some(Aggregation::Min),
        "max" => Some(Aggregation::Max),
        _ => None,
    }
}

fn grain(name: &str) -> Option<Grain> {
    [Grain::Day, Grain::Week, Grain::Month, Grain::Quarter, Grain::Year]
        .into_iter()
        .find(|grain| grain.name() == name)
}

fn time(maps_to: &str) -> Option<Meaning> {
    let (what, which) = maps_to.split_once(' ').unwrap_or((maps_to, ""));
    let number = || which.parse::<i8>().ok();
    match what {
        "grain" => grain(which).map(Meaning::Grain),
        "unit" => grain(which).map(Meaning::Unit),
        "this" => grain(which).map(|grain| Meaning::Relative(Relative::This(grain))),
        "last" => grain(which).map(|grain| Meaning::Relative(Relative::Last(grain))),
        "past" => Some(Meaning::Past),
        "month" => number().filter(|month| (1..=12).contains(month)).map(Meaning::Month),
        "quarter" => number().filter(|quarter| (1..=4).contains(quarter)).map(Meaning::Quarter),
        "half" => number().filter(|half| (1..=2).contains(half)).map(Meaning::Half),
        "since" => Some(Meaning::Bound(Bound::Since)),
        "after" => Some(Meaning::Bound(Bound::After)),
        "before" => Some(Meaning::Bound(Bound::Before)),
        "until" => Some(Meaning::Bound(Bound::Until)),
        "from" => Some(Meaning::Bound(Bound::From)),
        "to" => Some(Meaning::Bound(Bound::To)),
        _ => None,
    }
}

fn comparison(maps_to: &str) -> Option<Meaning> {
    Some(Meaning::Compare(match maps_to {
        "=" => Operator::Equal,
        "<>" => Operator::Unequal,
        ">" => Operator::Greater,
        ">=" => Operator::AtLeast,
        "<" => Operator::Less,
        "<=" => Operator::AtMost,
        "between" => Operator::Between,
        "not" => return Some(Meaning::Not),
        _ => return None,
    }))
}

fn order(database: &str, maps_to: &str) -> Option<Meaning> {
    match maps_to.split_once(' ') {
        None if maps_to == "top" => Some(Meaning::Rank(true)),
        None if maps_to == "bottom" => Some(Meaning::Rank(false)),
        None if maps_to == "highest" => Some(Meaning::Superlative(true)),
        None if maps_to == "lowest" => Some(Meaning::Superlative(false)),
        Some(("highest", metric)) => Some(Meaning::Extreme(true, model::metric(database, metric)?)),
        Some(("lowest", metric)) => Some(Meaning::Extreme(false, model::metric(database, metric)?)),
        _ => None,
    }
}

/// `table.column` or `table.column@via`, several of them.
fn places(database: &str, columns: &str, separator: char) -> Option<Vec<Place>> {
    let info = crate::database::catalog().iter().find(|info| info.name == database)?;
    let place = |text: &str| {
        let (text, via) =
            text.split_once('@').map_or((text, None), |(text, via)| (text, Some(via.to_owned())));
        let (table, column) = text.split_once('.')?;
        info.table(table)?.column(column)?;
        Some(Place { table: table.to_owned(), column: column.to_owned(), via })
    };
    columns.split(separator).map(place).collect()
}
