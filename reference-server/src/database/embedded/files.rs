//! Database files: made once, in a temporary file beside the place they go, and checked at every start (all of it, unless
//! nobody touched it since).
//!
//! The name of a file carries what it was made from, so another seed, scale or format is another file. Two
//! processes that start at once each make their own temporary file; the first to finish gives it the name, the
//! other one takes that file and drops its own. A made file is never written again.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use rusqlite::{Connection, ErrorCode, OpenFlags};
use tempfile::{Builder, NamedTempFile, TempPath};

use super::record;
use crate::config;
use crate::database::DatabaseError;
use crate::database::seed::{financial, tpch};

/// Version of tables, indexes and made rows. Raise it whenever any of them changes.
const FORMAT: i32 = 2;
/// Names of files that are being made.
const MAKING: &str = ".making-";
const SUFFIX: &str = ".sqlite";
/// A file younger than this may be about to be locked, or finished and about to get its name.
const UNDER_WAY: Duration = Duration::from_secs(60);
/// `application_id` of our files: "Tide".
const APPLICATION: i32 = 0x5469_6465;

/// How to make one database.
#[derive(Debug, Clone, Copy)]
pub(in crate::database) enum Recipe {
    /// `financial_db` from a seed.
    Financial { seed: u64 },
    /// `tpch` at a scale factor.
    Tpch { scale: f64 },
}

impl Recipe {
    /// The recipes of a configuration, with their database's name.
    pub(in crate::database) fn all(config: &config::Database) -> [(&'static str, Self); 2] {
        [
            ("financial_db", Self::Financial { seed: config.seed }),
            ("tpch", Self::Tpch { scale: config.tpch_scale }),
        ]
    }

    pub(in crate::database) fn file_name(self) -> String {
        match self {
            Self::Financial { seed } => format!("financial_db-v{FORMAT}-seed{seed}.sqlite"),
            Self::Tpch { scale } => format!("tpch-v{FORMAT}-scale{scale}.sqlite"),
        }
    }

    fn fill(self, into: &Connection) -> rusqlite::Result<()> {
        match self {
            Self::Financial { seed } => financial::make(into, seed),
            Self::Tpch { scale } => tpch::make(into, scale),
        }
    }
}

/// The file of a recipe in `directory`: checked if it is there, made if not.
pub(in crate::database) fn provide(recipe: Recipe, directory: &Path) -> Result<PathBuf, DatabaseError> {
    let path = directory.join(recipe.file_name());
    sweep(directory);
    if !path.exists() {
        make(recipe, directory, &path)?;
    }
    let started = Instant::now();
    check(&path)?;
    tracing::debug!(path = %path.display(), elapsed = ?started.elapsed(), "database file checked");
    Ok(path)
}

/// Removes half-made files of processes that were killed: old ones that nobody has locked.
fn sweep(directory: &Path) {
    let Ok(entries) = std::fs::read_dir(directory) else { return };
    for entry in entries.flatten() {
        let name = entry.file_name();
        let half_made = name.to_str().is_some_and(|name| name.starts_with(MAKING) && name.ends_with(SUFFIX));
        if half_made && is_stale(&entry.path()) && std::fs::remove_file(entry.path()).is_ok() {
            tracing::info!(path = %entry.path().display(), "removed a half-made database");
        }
    }
}

fn is_stale(path: &Path) -> bool {
    let Ok(found) = std::fs::metadata(path) else { return false };
    let age = found.modified().ok().and_then(|at| at.elapsed().ok()).unwrap_or_default();
    if age < UNDER_WAY {
        return false;
    }
    let locked = || {
        let connection = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
        connection.busy_timeout(Duration::ZERO)?;
        connection.execute_batch("BEGIN EXCLUSIVE; ROLLBACK")
    };
    match locked() {
        Ok(()) => true,
        Err(error) => !matches!(
            error.sqlite_error_code(),
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked | ErrorCode::CannotOpen)
        ),
    }
}

fn make(recipe: Recipe, directory: &Path, path: &Path) -> Result<(), DatabaseError> {
    let unwritable = |path: &Path, source| DatabaseError::Unwritable { path: path.to_owned(), source };
    std::fs::create_dir_all(directory).map_err(|source| unwritable(directory, source))?;
    let file = Builder::new()
        .prefix(MAKING)
        .suffix(SUFFIX)
        .tempfile_in(directory)
        .map_err(|source| unwritable(directory, source))?;
    fill(recipe, &file).map_err(|source| DatabaseError::Make { path: path.to_owned(), source })?;
    file.as_file().sync_all().map_err(|source| unwritable(path, source))?;
    publish(file.into_temp_path(), path)
}

/// Readable by others as any made file is; a temporary file starts out private.
fn publish(made: TempPath, path: &Path) -> Result<(), DatabaseError> {
    match made.persist_noclobber(path) {
        Ok(()) => Ok(()),
        Err(error) if error.error.kind() == std::io::ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(DatabaseError::Unwritable { path: path.to_owned(), source: error.error }),
    }
}

/// No journal and no waiting for the disk: until the file has its name, it counts for nothing.
fn fill(recipe: Recipe, file: &NamedTempFile) -> rusqlite::Result<()> {
    let into = Connection::open(file.path())?;
    into.execute_batch(
        "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA locking_mode = EXCLUSIVE;",
    )?;
    into.execute_batch("PRAGMA cache_size = -65536; PRAGMA foreign_keys = OFF; BEGIN")?;
    recipe.fill(&into)?;
    into.execute_batch("COMMIT; ANALYZE;")?;
    into.pragma_update(None, "user_version", FORMAT)?;
    // Written last: a file without it was never finished.
    into.pragma_update(None, "application_id", APPLICATION)?;
    into.close().map_err(|(_, error)| error)
}

/// Refuses a file that is not ours, not whole, or damaged.
fn check(path: &Path) -> Result<(), DatabaseError> {
    let damaged = |reason: String| DatabaseError::Damaged { path: path.to_owned(), reason };
    let connection = open_read_only(path).map_err(|error| damaged(error.to_string()))?;
    let pragma = |name: &str| connection.pragma_query_value(None, name, |row| row.get::<_, i64>(0));
    let application = pragma("application_id").map_err(|error| damaged(error.to_string()))?;
    if application != i64::from(APPLICATION) {
        return Err(damaged("it was not made by this program, or not to its end".to_owned()));
    }
    let version = pragma("user_version").map_err(|error| damaged(error.to_string()))?;
    if version != i64::from(FORMAT) {
        return Err(damaged(format!("it has format {version}, this program reads {FORMAT}")));
    }
    let (pages, size) = (pragma("page_count"), pragma("page_size"));
    let length = std::fs::metadata(path).map_err(|error| damaged(error.to_string()))?.len();
    let expected = pages.and_then(|pages| Ok(pages * size?)).map_err(|error| damaged(error.to_string()))?;
    if i64::try_from(length) != Ok(expected) {
        return Err(damaged(format!("it has {length} bytes instead of {expected}")));
    }
    if record::knows(path) {
        return Ok(());
    }
    let verdict = connection
        .query_row("PRAGMA quick_check(1)", [], |row| row.get::<_, String>(0))
        .map_err(|error| damaged(error.to_string()))?;
    if verdict != "ok" {
        return Err(damaged(verdict.replace('\n', "; ")));
    }
    record::remember(path);
    Ok(())
}

/// Opens a finished file: read-only. Nobody of this program writes it any more; others may.
pub(in crate::database) fn open_read_only(path: &Path) -> rusqlite::Result<Connection> {
    let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let mut uri = String::from("file:");
    for byte in path.as_os_str().as_encoded_bytes() {
        match byte {
            b'/' | b'-' | b'.' | b'_' | b'~' => uri.push(char::from(*byte)),
            byte if byte.is_ascii_alphanumeric() => uri.push(char::from(*byte)),
            byte => uri.push_str(&format!("%{byte:02X}")),
        }
    }
    uri.push_str("?mode=ro");
    let flags =
        OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    Connection::open_with_flags(uri, flags)
}
