//! Noticing that another process changed a database file.
//!
//! SQLite counts commits of other connections (`data_version`) and changes of the schema (`schema_version`). Only
//! when the first one moves is there anything to read.

use std::collections::BTreeMap;
use std::path::PathBuf;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use rusqlite::Connection;

use super::files::open_read_only;
use super::schema::{describe, quoted};
use crate::database::observation::{Observation, Observer};
use crate::database::{DatabaseError, DatabaseInfo};

/// The files of all databases.
pub(super) struct FileObserver {
    /// Away while a look is under way.
    files: Option<Vec<File>>,
}

/// One file.
struct File {
    path: PathBuf,
    /// The catalogue's word on it, for what SQLite has no word for.
    base: &'static DatabaseInfo,
    known: DatabaseInfo,
    connection: Option<Connection>,
    data_version: Option<i64>,
    rows: BTreeMap<String, Rows>,
}

/// What tells the rows of a table from those it had: not all changes, but most.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Rows {
    count: i64,
    last: Option<i64>,
}

impl FileObserver {
    /// An observer of these files.
    pub(super) fn new(files: impl Iterator<Item = (PathBuf, &'static DatabaseInfo)>) -> Self {
        let file = |(path, base): (PathBuf, &'static DatabaseInfo)| File {
            path,
            base,
            known: base.clone(),
            connection: None,
            data_version: None,
            rows: BTreeMap::new(),
        };
        Self { files: Some(files.map(file).collect()) }
    }
}

impl Observer for FileObserver {
    fn look(&mut self) -> BoxFuture<'_, Result<Vec<Observation>, DatabaseError>> {
        async move {
            let broken = |cause: String| DatabaseError::Broken { cause };
            let mut files = self.files.take().ok_or_else(|| broken("the look before panicked".to_owned()))?;
            let looking = tokio::task::spawn_blocking(move || {
                let found: Result<Vec<_>, _> = files.iter_mut().map(File::look).collect();
                (files, found)
            });
            let (files, found) = looking.await.map_err(|panicked| broken(panicked.to_string()))?;
            self.files = Some(files);
            Ok(found?.into_iter().flatten().collect())
        }
        .boxed()
    }
}

impl File {
    fn look(&mut self) -> Result<Option<Observation>, DatabaseError> {
        self.changes().map_err(|error| {
            // A connection that failed is opened anew at the next look.
            self.connection = None;
            DatabaseError::Damaged { path: self.path.clone(), reason: error.to_string() }
        })
    }

    fn changes(&mut self) -> rusqlite::Result<Option<Observation>> {
        let connection = match self.connection.take() {
            Some(connection) => connection,
            None => {
                // Versions of another connection can't be compared with this one's.
                self.data_version = None;
                open_read_only(&self.path)?
            }
        };
        let version = connection.pragma_query_value(None, "data_version", |row| row.get(0))?;
        let first = self.rows.is_empty();
        if self.data_version.replace(version) == Some(version) {
            self.connection = Some(connection);
            return Ok(None);
        }
        let schema = describe(&connection, self.base)?;
        let rows = all_rows(&connection, &schema);
        self.connection = Some(connection);
        let before = std::mem::replace(&mut self.rows, rows);
        let changed = (schema != self.known).then(|| schema.clone());
        self.known = schema;
        let tables = if first { Vec::new() } else { self.differing(&before, changed.is_some()) };
        if changed.is_none() && tables.is_empty() {
            return Ok(None);
        }
        Ok(Some(Observation { database: self.base.name.clone(), schema: changed, tables }))
    }

    /// Tables that were there before and have other rows. Where something was written and nothing can be seen
    /// to differ, rows were changed in their places, and it may have been any table.
    fn differing(&self, before: &BTreeMap<String, Rows>, schema_changed: bool) -> Vec<String> {
        let differing: Vec<String> = self
            .rows
            .iter()
            .filter(|(table, rows)| before.get(*table).is_some_and(|old| old != *rows))
            .map(|(table, _)| table.clone())
            .collect();
        if differing.is_empty() && !schema_changed { self.rows.keys().cloned().collect() } else { differing }
    }
}

fn all_rows(connection: &Connection, schema: &DatabaseInfo) -> BTreeMap<String, Rows> {
    let rows = |name: &str| {
        let name = quoted(name);
        let both = format!("SELECT count(*), max(rowid) FROM {name}");
        let both = connection.query_row(&both, [], |row| Ok(Rows { count: row.get(0)?, last: row.get(1)? }));
        // A table without row numbers has only its count.
        both.or_else(|_| {
            let count = format!("SELECT count(*) FROM {name}");
            connection.query_row(&count, [], |row| Ok(Rows { count: row.get(0)?, last: None }))
        })
    };
    schema.tables.iter().filter_map(|table| Some((table.name.clone(), rows(&table.name).ok()?))).collect()
}
