//! The SQLite file: opened, checked, read once, then only written.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, Row, params};

use super::error::StateError;
use super::record::{Saved, SavedContext, SavedSession, SavedUser};
use crate::wire::identity::{SessionId, UserId};

/// Marks a SQLite file as ours ("TgSt").
const APPLICATION: i64 = 0x5467_5374;
/// Version of the tables.
const VERSION: i64 = 1;
/// A server that has just been told to end may still hold the file for a moment.
const PATIENCE: Duration = Duration::from_millis(500);

const TABLES: &str = "
    CREATE TABLE sessions (
        id TEXT PRIMARY KEY NOT NULL, user TEXT, touched INTEGER NOT NULL, ended INTEGER,
        database TEXT, tables TEXT, until INTEGER
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE users (
        user TEXT PRIMARY KEY NOT NULL, database TEXT NOT NULL, tables TEXT, until INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
";

/// What is to be written; `None` takes the row away.
#[derive(Debug, Default)]
pub(super) struct Batch {
    pub(super) sessions: HashMap<SessionId, Option<SavedSession>>,
    pub(super) users: HashMap<UserId, Option<SavedContext>>,
}

impl Batch {
    pub(super) fn is_empty(&self) -> bool {
        self.sessions.is_empty() && self.users.is_empty()
    }

    /// Takes back what could not be written; what came meanwhile is newer.
    pub(super) fn put_back(&mut self, older: Self) {
        for (id, row) in older.sessions {
            self.sessions.entry(id).or_insert(row);
        }
        for (user, row) in older.users {
            self.users.entry(user).or_insert(row);
        }
    }
}

/// An open, locked state file.
#[derive(Debug)]
pub(super) struct StateFile {
    connection: Connection,
    path: PathBuf,
}

impl StateFile {
    /// Opens or makes `path`.
    pub(super) fn open(path: &Path) -> Result<Self, StateError> {
        if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
            std::fs::create_dir_all(folder)
                .map_err(|source| StateError::Folder { path: path.to_owned(), source })?;
        }
        let of = |source| StateError::of(path, source);
        let connection = Connection::open(path).map_err(of)?;
        let file = Self { connection, path: path.to_owned() };
        file.prepare()?;
        Ok(file)
    }

    /// Locks it, checks it, and makes the tables of a new one.
    fn prepare(&self) -> Result<(), StateError> {
        let of = |source| StateError::of(&self.path, source);
        let number = |name: &str| {
            self.connection.pragma_query_value(None, name, |row| row.get::<_, i64>(0)).map_err(of)
        };
        self.connection.busy_timeout(PATIENCE).map_err(of)?;
        self.connection.pragma_update(None, "locking_mode", "EXCLUSIVE").map_err(of)?;
        let (application, version) = (number("application_id")?, number("user_version")?);
        let tables: i64 = self
            .connection
            .query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))
            .map_err(of)?;
        let is_new = application == 0 && version == 0 && tables == 0;
        if !is_new && application != APPLICATION {
            return Err(StateError::Foreign { path: self.path.clone() });
        }
        if version > VERSION {
            return Err(StateError::Newer { path: self.path.clone(), version, known: VERSION });
        }
        // The exclusive lock of this mode is taken by the first access and kept until the file is closed.
        self.connection
            .query_row("PRAGMA journal_mode = WAL", [], |row| row.get::<_, String>(0))
            .map_err(of)?;
        self.connection.execute_batch("PRAGMA synchronous = NORMAL; BEGIN EXCLUSIVE; COMMIT").map_err(of)?;
        if is_new {
            let marks = format!("PRAGMA application_id = {APPLICATION}; PRAGMA user_version = {VERSION};");
            return self.connection.execute_batch(&format!("BEGIN; {TABLES} {marks} COMMIT")).map_err(of);
        }
        let found: String =
            self.connection.query_row("PRAGMA quick_check(1)", [], |row| row.get(0)).map_err(of)?;
        if found == "ok" {
            Ok(())
        } else {
            Err(StateError::Damaged { path: self.path.clone(), reason: found })
        }
    }

    /// Reads all of it.
    pub(super) fn read(&self) -> Result<Saved, StateError> {
        let rows = || -> rusqlite::Result<Saved> {
            let mut statement = self
                .connection
                .prepare("SELECT id, user, touched, ended, database, tables, until FROM sessions")?;
            let sessions = statement.query_map([], session)?.filter_map(Result::transpose);
            let sessions = sessions.collect::<rusqlite::Result<_>>()?;
            let mut statement = self.connection.prepare("SELECT user, database, tables, until FROM users")?;
            let users = statement.query_map([], user)?.collect::<rusqlite::Result<_>>()?;
            Ok(Saved { sessions, users })
        };
        rows().map_err(|source| match source.sqlite_error_code() {
            // Not SQLite itself: a value is not what the table says.
            None => StateError::Damaged { path: self.path.clone(), reason: source.to_string() },
            Some(_) => StateError::of(&self.path, source),
        })
    }

    /// Writes a batch, all of it or nothing; gives the number of statements.
    pub(super) fn write(&mut self, batch: &Batch) -> rusqlite::Result<u64> {
        let transaction = self.connection.transaction()?;
        let mut statements = 0;
        for (id, row) in &batch.sessions {
            match row {
                Some(row) => write_session(&transaction, row)?,
                None => transaction
                    .prepare_cached("DELETE FROM sessions WHERE id = ?1")?
                    .execute([id.as_str()])?,
            };
            statements += 1;
        }
        for (user, row) in &batch.users {
            match row {
                Some(context) => write_user(&transaction, user, context)?,
                None => transaction
                    .prepare_cached("DELETE FROM users WHERE user = ?1")?
                    .execute([user.as_str()])?,
            };
            statements += 1;
        }
        transaction.commit()?;
        Ok(statements)
    }

    /// Allows the file no more than `pages` pages: a disk that is full.
    #[cfg(test)]
    pub(super) fn limit(&self, pages: u32) {
        self.connection
            .query_row(&format!("PRAGMA max_page_count = {pages}"), [], |row| row.get::<_, i64>(0))
            .unwrap();
    }
}

fn write_session(connection: &Connection, row: &SavedSession) -> rusqlite::Result<usize> {
    let context = row.context.as_ref();
    connection
        .prepare_cached(
            "INSERT INTO sessions (id, user, touched, ended, database, tables, until) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT (id) DO UPDATE SET user = ?2, touched = ?3, \
             ended = ?4, database = ?5, tables = ?6, until = ?7",
        )?
        .execute(params![
            row.id.as_str(),
            row.user.as_ref().map(UserId::as_str),
            row.touched,
            row.ended,
            context.map(|context| context.database.as_str()),
            context.and_then(names),
            context.map(|context| context.until),
        ])
}

fn write_user(connection: &Connection, user: &UserId, context: &SavedContext) -> rusqlite::Result<usize> {
    connection
        .prepare_cached(
            "INSERT INTO users (user, database, tables, until) VALUES (?1, ?2, ?3, ?4) \
             ON CONFLICT (user) DO UPDATE SET database = ?2, tables = ?3, until = ?4",
        )?
        .execute(params![user.as_str(), context.database, names(context), context.until])
}

/// Names of tables as JSON text.
fn names(context: &SavedContext) -> Option<String> {
    let tables = context.tables.as_ref()?;
    Some(serde_json::to_string(tables).expect("a list of texts is JSON"))
}

fn tables(text: Option<String>) -> rusqlite::Result<Option<Vec<String>>> {
    let read = |text: String| {
        serde_json::from_str(&text).map_err(|error| {
            rusqlite::Error::FromSqlConversionFailure(0, rusqlite::types::Type::Text, Box::new(error))
        })
    };
    text.map(read).transpose()
}

/// A session; `None` for an id that no client could have.
fn session(row: &Row<'_>) -> rusqlite::Result<Option<SavedSession>> {
    let Some(id) = SessionId::parse(&row.get::<_, String>(0)?) else { return Ok(None) };
    let context = match (row.get::<_, Option<String>>(4)?, row.get::<_, Option<i64>>(6)?) {
        (Some(database), Some(until)) => Some(SavedContext { database, tables: tables(row.get(5)?)?, until }),
        _ => None,
    };
    let user = row.get::<_, Option<String>>(1)?.map(|user| UserId::new(&user));
    Ok(Some(SavedSession { id, user, touched: row.get(2)?, ended: row.get(3)?, context }))
}

fn user(row: &Row<'_>) -> rusqlite::Result<SavedUser> {
    let context = SavedContext { database: row.get(1)?, tables: tables(row.get(2)?)?, until: row.get(3)? };
    Ok(SavedUser { user: UserId::new(&row.get::<_, String>(0)?), context })
}
