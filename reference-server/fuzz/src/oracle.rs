//! The judge of the guard: the database itself.
//!
//! A scratch database with a few rows in every table, opened so that anything can be done to it: no authorizer, not
//! read-only. Only the guard stands before it. What the guard lets through is run; afterwards nothing may have
//! changed: no row, no table, no file attached, no setting.

use reference_server::database::{ColumnKind, DatabaseInfo, Dialect, catalog};
use reference_server::mcp::guard;
use rusqlite::Connection;
use rusqlite::fallible_iterator::FallibleIterator as _;

/// Steps of SQLite's machine after which a statement is stopped: a cross join is slow, not dangerous.
const STEPS: i32 = 100_000;

/// A database that anybody may write to.
pub(super) struct Scratch {
    connection: Connection,
    database: &'static DatabaseInfo,
    before: String,
}

/// What came of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// The guard refused it.
    Refused,
    /// It was let through, run as far as it went, and changed nothing.
    Harmless,
}

impl Scratch {
    /// A fresh one.
    pub(super) fn new() -> Self {
        let mut connection = Connection::open_in_memory().expect("memory");
        let database = &catalog()[0];
        for table in &database.tables {
            let columns: Vec<&str> = table.columns.iter().map(|column| column.name.as_str()).collect();
            let create = format!("CREATE TABLE {} ({})", table.name, columns.join(", "));
            connection.execute_batch(&create).expect("a table");
            for row in 1..=3 {
                let values: Vec<String> =
                    table.columns.iter().map(|column| value(column.kind, row)).collect();
                let insert = format!("INSERT INTO {} VALUES ({})", table.name, values.join(", "));
                connection.execute_batch(&insert).expect("a row");
            }
        }
        connection.progress_handler(STEPS, Some(|| true)).expect("a handler");
        let mut scratch = Self { connection, database, before: String::new() };
        scratch.before = scratch.state();
        scratch
    }

    /// Runs what the guard lets through.
    ///
    /// # Errors
    /// The statement that changed something, as it was sent.
    pub(super) fn judge(&self, text: &str) -> Result<Verdict, String> {
        let Ok(admitted) = guard::admit(text, self.database, Dialect::Sqlite, 16 * 1_024) else {
            return Ok(Verdict::Refused);
        };
        self.run(admitted.sql());
        let after = self.state();
        if after == self.before {
            Ok(Verdict::Harmless)
        } else {
            Err(format!("{text}\nwas sent as\n{}\nand changed\n{}\nto\n{after}", admitted.sql(), self.before))
        }
    }

    /// Runs anything, errors and all; several statements too.
    pub(super) fn run(&self, sql: &str) {
        let mut rest = rusqlite::Batch::new(&self.connection, sql);
        while let Ok(Some(mut statement)) = rest.next() {
            let Ok(mut rows) = statement.query([]) else { return };
            for _ in 0..50 {
                if !matches!(rows.next(), Ok(Some(_))) {
                    break;
                }
            }
        }
    }

    /// Everything that a statement could change.
    pub(super) fn state(&self) -> String {
        let one = |sql: &str| {
            self.connection
                .query_row(sql, [], |row| row.get::<_, rusqlite::types::Value>(0))
                .map_or_else(|error| format!("{error}"), |value| format!("{value:?}"))
        };
        let mut state = one("SELECT group_concat(type || name || coalesce(sql, ''), ';') FROM sqlite_schema");
        for setting in ["user_version", "schema_version", "foreign_keys", "writable_schema", "query_only"] {
            state.push_str(&one(&format!("PRAGMA {setting}")));
        }
        state.push_str(&one("SELECT group_concat(name || file, ';') FROM pragma_database_list"));
        for table in &self.database.tables {
            let columns: Vec<String> =
                table.columns.iter().map(|column| format!("quote({})", column.name)).collect();
            state.push_str(&one(&format!(
                "SELECT count(*) || ':' || group_concat({}, ';') FROM {}",
                columns.join(" || ',' || "),
                table.name
            )));
        }
        state
    }
}

impl Default for Scratch {
    fn default() -> Self {
        Self::new()
    }
}

/// Some value of a kind.
fn value(kind: ColumnKind, row: u32) -> String {
    match kind {
        ColumnKind::Integer | ColumnKind::MoneyCents => (row * 7).to_string(),
        ColumnKind::Real => format!("{row}.5"),
        ColumnKind::Text => format!("'text {row}'"),
        ColumnKind::Date => format!("'2024-0{row}-15'"),
    }
}
