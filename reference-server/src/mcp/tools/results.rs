//! Results kept for the next one who asks the same.
//!
//! As long as nobody is seen to change a database, the same statement under the same caps has the same rows. Many
//! sessions ask the same questions; without this each of them would scan the same tables.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde_json::Value;

use crate::database::{ResultColumn, Row, RunSummary};

/// No result takes more than this part of the room.
const LARGEST_PART: usize = 16;

/// What makes two runs the same.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Key {
    pub(super) database: String,
    /// How often the database had been seen to change when the statement began.
    pub(super) generation: u64,
    pub(super) sql: String,
    pub(super) max_rows: u64,
    pub(super) max_bytes: u64,
}

/// A whole result, in the pieces it came in.
#[derive(Debug)]
pub(super) struct Kept {
    pub(super) columns: Vec<ResultColumn>,
    pub(super) pieces: Vec<Vec<Row>>,
    pub(super) summary: RunSummary,
}

#[derive(Debug)]
struct Entry {
    kept: Arc<Kept>,
    weight: usize,
    used: u64,
}

#[derive(Debug, Default)]
struct Shelf {
    entries: HashMap<Key, Entry>,
    weight: usize,
    uses: u64,
    /// How often each database was seen to change.
    generations: HashMap<String, u64>,
}

/// Results, as many as there is room for; the one unused for longest makes room.
#[derive(Debug)]
pub(super) struct Results {
    room: usize,
    shelf: Mutex<Shelf>,
}

impl Results {
    /// Room in bytes; none keeps nothing.
    pub(super) fn new(room: usize) -> Self {
        Self { room, shelf: Mutex::default() }
    }

    /// Most bytes of one result that is worth collecting.
    pub(super) fn largest(&self) -> usize {
        self.room / LARGEST_PART
    }

    /// How often `database` was seen to change. A result is kept under the number at its statement's beginning,
    /// so that rows from before a change are never found after it.
    pub(super) fn generation(&self, database: &str) -> u64 {
        self.lock().generations.get(database).copied().unwrap_or(0)
    }

    /// Lets go of all results of a database.
    pub(super) fn forget(&self, database: &str) {
        let mut shelf = self.lock();
        *shelf.generations.entry(database.to_owned()).or_default() += 1;
        shelf.entries.retain(|key, _| key.database != database);
        shelf.weight = shelf.entries.values().map(|entry| entry.weight).sum();
    }

    pub(super) fn find(&self, key: &Key) -> Option<Arc<Kept>> {
        let mut shelf = self.lock();
        shelf.uses += 1;
        let now = shelf.uses;
        let entry = shelf.entries.get_mut(key)?;
        entry.used = now;
        Some(Arc::clone(&entry.kept))
    }

    pub(super) fn keep(&self, key: Key, kept: Arc<Kept>) {
        let rows: usize = kept.pieces.iter().flatten().map(weight).sum();
        let weight = rows + key.sql.len() + 256;
        if weight > self.largest() {
            return;
        }
        let mut shelf = self.lock();
        shelf.uses += 1;
        let used = shelf.uses;
        shelf.weight += weight;
        if let Some(old) = shelf.entries.insert(key, Entry { kept, weight, used }) {
            shelf.weight -= old.weight;
        }
        while shelf.weight > self.room {
            let Some(oldest) = shelf.entries.iter().min_by_key(|(_, entry)| entry.used) else { return };
            let key = oldest.0.clone();
            if let Some(gone) = shelf.entries.remove(&key) {
                shelf.weight -= gone.weight;
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, Shelf> {
        self.shelf.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// About how many bytes a row takes.
pub(super) fn weight(row: &Row) -> usize {
    let texts: usize = row.iter().filter_map(Value::as_str).map(str::len).sum();
    texts + size_of::<Value>() * row.len() + size_of::<Row>()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use serde_json::json;

    use super::*;

    fn key(sql: &str) -> Key {
        Key {
            database: "financial_db".to_owned(),
            generation: 0,
            sql: sql.to_owned(),
            max_rows: 10,
            max_bytes: 10,
        }
    }

    fn kept(text: usize) -> Arc<Kept> {
        let pieces = vec![vec![vec![json!("x".repeat(text))]]];
        let summary = RunSummary { row_count: 1, truncated: false, elapsed: Duration::ZERO };
        Arc::new(Kept { columns: Vec::new(), pieces, summary })
    }

    #[test]
    fn the_one_unused_for_longest_makes_room() {
        let results = Results::new(16 * 1_000);
        for name in 0..16 {
            results.keep(key(&name.to_string()), kept(600));
        }
        assert!(results.find(&key("0")).is_some());
        for name in 16..26 {
            results.keep(key(&name.to_string()), kept(600));
        }
        assert!(results.find(&key("0")).is_some());
        assert!(results.find(&key("1")).is_none());
        assert!(results.lock().weight <= 16_000);
    }

    #[test]
    fn what_is_too_large_is_not_kept_and_the_caps_are_part_of_the_key() {
        let results = Results::new(16 * 1_000);
        results.keep(key("large"), kept(2_000));
        assert!(results.find(&key("large")).is_none());
        results.keep(key("small"), kept(10));
        assert!(results.find(&key("small")).is_some());
        assert!(results.find(&Key { max_rows: 11, ..key("small") }).is_none());
        let none = Results::new(0);
        none.keep(key("small"), kept(10));
        assert!(none.find(&key("small")).is_none());
    }

    #[test]
    fn results_from_before_a_change_are_not_found_after_it() {
        let results = Results::new(16 * 1_000);
        let before = key("a");
        results.keep(before.clone(), kept(10));
        results.forget("tpch");
        assert!(results.find(&before).is_some());
        results.forget("financial_db");
        assert!(results.find(&before).is_none());
        assert_eq!(results.lock().weight, 0);
        // A statement that began before the change and ended after it.
        results.keep(before, kept(10));
        let after = Key { generation: results.generation("financial_db"), ..key("a") };
        assert!(results.find(&after).is_none());
    }
}
