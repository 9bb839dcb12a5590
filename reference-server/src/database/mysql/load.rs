//! The same rows as in the embedded databases, copied from their files table by table, once.
//!
//! A table `tidegate_data` in each database says what its rows were made from, and whether they are all there:
//! a load that was interrupted is found and made again. A database of that name that is not ours is left alone.

use std::path::PathBuf;
use std::time::Instant;

use mysql_async::prelude::Queryable;
use mysql_async::{Conn, Error, Value};
use rusqlite::types::ValueRef;
use tokio::sync::mpsc;

use super::account::may_not;
use super::connection::{Connector, one_line, unavailable};
use crate::config;
use crate::database::embedded::files::{self, Recipe};
use crate::database::{ColumnKind, DatabaseError, DatabaseInfo, TableInfo, catalog};

/// Version of the tables as they are made here. Raise it whenever they change.
const FORMAT: u32 = 1;
/// Rows of one insert.
const ROWS: usize = 1_000;
/// Inserts that are ready before they are wanted.
const AHEAD: usize = 2;
/// Seconds that one start waits for another one that loads.
const PATIENCE: u32 = 600;

/// Makes databases that are missing.
pub(super) async fn provide(
    conn: &mut Conn,
    setup: &Connector,
    config: &config::Database,
) -> Result<(), DatabaseError> {
    for (name, recipe) in Recipe::all(config) {
        let Some(info) = catalog().iter().find(|info| info.name == name) else { continue };
        let load =
            Load { setup, config, info, recipe, made_from: format!("{} tables{FORMAT}", recipe.file_name()) };
        load.provide(conn).await?;
    }
    Ok(())
}

struct Load<'a> {
    setup: &'a Connector,
    config: &'a config::Database,
    info: &'static DatabaseInfo,
    recipe: Recipe,
    /// What the rows are made from, for the marker.
    made_from: String,
}

/// What stands in the marker.
enum Marker {
    /// There is none.
    None,
    /// All rows are there, and they are these.
    Complete,
    /// Other rows, or not all.
    Other,
}

impl Load<'_> {
    async fn provide(&self, conn: &mut Conn) -> Result<(), DatabaseError> {
        if matches!(self.marker(conn).await?, Marker::Complete) {
            return Ok(());
        }
        let lock = format!("SELECT GET_LOCK('tidegate_{}', {PATIENCE})", self.info.name);
        let locked: Option<i64> = conn.query_first(lock).await.map_err(|error| self.failed(&error))?;
        if locked != Some(1) {
            return Err(
                self.refused(format!("another start has been loading {} for {PATIENCE} s", self.info.name))
            );
        }
        let loaded = self.load(conn).await;
        let unlocked = conn.query_drop(format!("SELECT RELEASE_LOCK('tidegate_{}')", self.info.name)).await;
        loaded.and(unlocked.map_err(|error| self.failed(&error)))
    }

    async fn load(&self, conn: &mut Conn) -> Result<(), DatabaseError> {
        let name = &self.info.name;
        match self.marker(conn).await? {
            // Loaded by who held the lock before.
            Marker::Complete => return Ok(()),
            Marker::None => self.claim(conn).await?,
            Marker::Other => {}
        }
        let started = Instant::now();
        let mark = |state: &str| {
            format!("REPLACE INTO `{name}`.tidegate_data VALUES (1, {}, '{state}')", text(&self.made_from))
        };
        self.run(conn, &mark("loading")).await?;
        let path = self.file().await?;
        for table in &self.info.tables {
            self.run(conn, &format!("DROP TABLE IF EXISTS `{name}`.`{}`", table.name)).await?;
            self.run(conn, &self.create(table, &keys(&path, table)?)).await?;
            self.copy(conn, table, path.clone()).await?;
        }
        self.run(conn, &mark("complete")).await?;
        tracing::info!(database = %name, elapsed = ?started.elapsed(), "data loaded");
        Ok(())
    }

    async fn marker(&self, conn: &mut Conn) -> Result<Marker, DatabaseError> {
        let sql = format!("SELECT made_from, state FROM `{}`.tidegate_data", self.info.name);
        match conn.query_first::<(String, String), _>(sql).await {
            Ok(Some((made_from, state))) if made_from == self.made_from && state == "complete" => {
                Ok(Marker::Complete)
            }
            Ok(_) => Ok(Marker::Other),
            // No such database or table, or none that this account may see.
            Err(Error::Server(error)) if matches!(error.code, 1049 | 1146) || may_not(error.code) => {
                Ok(Marker::None)
            }
            Err(error) => Err(self.failed(&error)),
        }
    }

    /// Makes the database and its marker, unless somebody else's tables are there.
    async fn claim(&self, conn: &mut Conn) -> Result<(), DatabaseError> {
        let name = &self.info.name;
        self.run(
            conn,
            &format!(
                "CREATE DATABASE IF NOT EXISTS `{name}` DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin"
            ),
        )
        .await?;
        let sql =
            format!("SELECT COUNT(*) FROM information_schema.tables WHERE table_schema = {}", text(name));
        let foreign: Option<i64> = conn.query_first(sql).await.map_err(|error| self.failed(&error))?;
        if foreign != Some(0) {
            return Err(self.refused(format!(
                "database {name} is there with tables that this program did not make; rename it, or use another server"
            )));
        }
        let marker = format!(
            "CREATE TABLE `{name}`.tidegate_data (id INT PRIMARY KEY, made_from VARCHAR(255) NOT NULL, state VARCHAR(16) NOT NULL)"
        );
        self.run(conn, &marker).await
    }

    /// The embedded file with the rows; made if it is not there.
    async fn file(&self) -> Result<PathBuf, DatabaseError> {
        let (recipe, directory) = (self.recipe, self.config.directory.clone());
        let provided = tokio::task::spawn_blocking(move || files::provide(recipe, &directory)).await;
        provided.map_err(|panicked| DatabaseError::Broken { cause: panicked.to_string() })?
    }

    fn create(&self, table: &TableInfo, primary: &[String]) -> String {
        let mut parts: Vec<String> = table
            .columns
            .iter()
            .map(|column| {
                let kind = match column.kind {
                    ColumnKind::Integer | ColumnKind::MoneyCents => "BIGINT",
                    ColumnKind::Real => "DOUBLE",
                    ColumnKind::Text => "VARCHAR(255)",
                    ColumnKind::Date => "DATE",
                };
                format!("`{}` {kind}{}", column.name, if column.nullable { "" } else { " NOT NULL" })
            })
            .collect();
        if !primary.is_empty() {
            parts.push(format!("PRIMARY KEY (`{}`)", primary.join("`, `")));
        }
        let indexed = table
            .columns
            .iter()
            .filter(|column| column.references.is_some() || column.kind == ColumnKind::Date)
            .filter(|column| primary.first() != Some(&column.name));
        parts.extend(indexed.map(|column| format!("KEY (`{}`)", column.name)));
        format!(
            "CREATE TABLE `{}`.`{}` ({}) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin",
            self.info.name,
            table.name,
            parts.join(", ")
        )
    }

    async fn copy(
        &self,
        conn: &mut Conn,
        table: &'static TableInfo,
        path: PathBuf,
    ) -> Result<(), DatabaseError> {
        let into = format!("`{}`.`{}`", self.info.name, table.name);
        let (inserts, mut ready) = mpsc::channel(AHEAD);
        let target = into.clone();
        let reading = tokio::task::spawn_blocking(move || read(&path, table, &target, &inserts));
        while let Some(insert) = ready.recv().await {
            self.run(conn, &insert).await?;
        }
        let read =
            reading.await.map_err(|panicked| DatabaseError::Broken { cause: panicked.to_string() })??;
        let counted: Option<u64> = conn
            .query_first(format!("SELECT COUNT(*) FROM {into}"))
            .await
            .map_err(|error| self.failed(&error))?;
        if counted != Some(read) {
            return Err(self.refused(format!("{into} has {counted:?} rows after {read} were loaded")));
        }
        self.run(conn, &format!("ANALYZE TABLE {into}")).await
    }

    async fn run(&self, conn: &mut Conn, sql: &str) -> Result<(), DatabaseError> {
        conn.query_drop(sql).await.map_err(|error| self.failed(&error))
    }

    fn failed(&self, error: &Error) -> DatabaseError {
        match error {
            Error::Server(denied) if may_not(denied.code) => self.refused(format!(
                "the data of {} is not there ({}), and account {} may not make it: {}; let an account that may do it once",
                self.info.name,
                self.made_from,
                self.setup.user(),
                one_line(&denied.message)
            )),
            Error::Server(other) => self.refused(format!("{} ({})", one_line(&other.message), other.code)),
            other => unavailable(self.setup.address(), other),
        }
    }

    fn refused(&self, cause: String) -> DatabaseError {
        DatabaseError::Setup { address: self.setup.address().to_owned(), cause }
    }
}

/// The columns of the primary key, in its order.
fn keys(path: &std::path::Path, table: &TableInfo) -> Result<Vec<String>, DatabaseError> {
    let damaged =
        |error: rusqlite::Error| DatabaseError::Damaged { path: path.to_owned(), reason: error.to_string() };
    let connection = files::open_read_only(path).map_err(damaged)?;
    let mut statement = connection
        .prepare("SELECT name FROM pragma_table_info(?1) WHERE pk > 0 ORDER BY pk")
        .map_err(damaged)?;
    let names = statement.query_map([&table.name], |row| row.get(0)).map_err(damaged)?;
    names.collect::<rusqlite::Result<_>>().map_err(damaged)
}

/// Reads a table as inserts; the number of rows.
fn read(
    path: &std::path::Path,
    table: &TableInfo,
    into: &str,
    inserts: &mpsc::Sender<String>,
) -> Result<u64, DatabaseError> {
    let damaged =
        |error: rusqlite::Error| DatabaseError::Damaged { path: path.to_owned(), reason: error.to_string() };
    let connection = files::open_read_only(path).map_err(damaged)?;
    let names: Vec<&str> = table.columns.iter().map(|column| column.name.as_str()).collect();
    let mut statement =
        connection.prepare(&format!("SELECT {} FROM {}", names.join(", "), table.name)).map_err(damaged)?;
    let mut rows = statement.query([]).map_err(damaged)?;
    let (mut count, mut insert) = (0, String::new());
    while let Some(row) = rows.next().map_err(damaged)? {
        insert.push_str(if insert.is_empty() { "INSERT INTO " } else { ", (" });
        if insert.ends_with("INTO ") {
            insert.push_str(&format!("{into} VALUES ("));
        }
        for at in 0..names.len() {
            let value = match row.get_ref(at).map_err(damaged)? {
                ValueRef::Null => Value::NULL,
                ValueRef::Integer(number) => Value::from(number),
                ValueRef::Real(number) => Value::from(number),
                ValueRef::Text(bytes) | ValueRef::Blob(bytes) => Value::Bytes(bytes.to_vec()),
            };
            insert.push_str(if at == 0 { "" } else { ", " });
            insert.push_str(&value.as_sql(false));
        }
        insert.push(')');
        count += 1;
        if count % ROWS as u64 == 0 && inserts.blocking_send(std::mem::take(&mut insert)).is_err() {
            // The load failed and was given up.
            return Ok(count);
        }
    }
    if !insert.is_empty() {
        let _ = inserts.blocking_send(insert);
    }
    Ok(count)
}

/// A text literal.
fn text(value: &str) -> String {
    Value::from(value).as_sql(false)
}
