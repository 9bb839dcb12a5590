//! What can go wrong with the databases.

use std::path::PathBuf;
use std::time::Duration;

/// A failure of the databases. Every text is one sentence: what, where, what to do.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DatabaseError {
    /// No such database.
    #[error("unknown database `{name}`, there are {known}")]
    UnknownDatabase {
        /// The name asked for.
        name: String,
        /// Names that exist, joined by commas.
        known: String,
    },
    /// A folder or file can't be made or written.
    #[error("can't write the database {}: {source}; free some space or choose another database.directory", path.display())]
    Unwritable {
        /// Folder or file.
        path: PathBuf,
        /// Cause.
        source: std::io::Error,
    },
    /// SQLite failed while a database file was made.
    #[error("can't make the database {}: {source}; free some space or choose another database.directory", path.display())]
    Make {
        /// File.
        path: PathBuf,
        /// Cause.
        source: rusqlite::Error,
    },
    /// A file is not one of ours, cut short, or damaged.
    #[error("the database file {} is unusable ({reason}); delete it and start again to have it made anew", path.display())]
    Damaged {
        /// File.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// All read connections stayed busy.
    #[error("no free connection to database `{database}` within {waited:?}, all {size} are busy")]
    Busy {
        /// Database.
        database: String,
        /// How long was waited.
        waited: Duration,
        /// Connections of the pool.
        size: usize,
    },
    /// All connections are busy and the queue for them is full.
    #[error("all {size} connections to database `{database}` are busy and {queue} statements wait already")]
    QueueFull {
        /// Database.
        database: String,
        /// Connections of the pool.
        size: usize,
        /// Length of the queue.
        queue: usize,
    },
    /// A server is there and can't be set up.
    #[error("can't set up the databases at {address}: {cause}")]
    Setup {
        /// Host and port.
        address: String,
        /// Why, and what to do.
        cause: String,
    },
    /// A container can't be started.
    #[error("can't start {image} in a container: {cause}")]
    Container {
        /// Name and tag.
        image: String,
        /// What was said.
        cause: String,
    },
    /// The server can't be reached, or the connection to it broke.
    #[error("the database at {address} can't be used: {cause}")]
    Unavailable {
        /// Host and port.
        address: String,
        /// What the driver or the server said.
        cause: String,
    },
    /// The breaker is open.
    #[error("database `{database}` is not well, statements are held back for {retry_after:?}")]
    CircuitOpen {
        /// Database.
        database: String,
        /// Time until one is let through again.
        retry_after: Duration,
    },
    /// A task of ours panicked.
    #[error("the database layer broke: {cause}")]
    Broken {
        /// What is known of it.
        cause: String,
    },
    /// The statement took longer than its limit.
    #[error("the statement took longer than {limit:?} and was stopped")]
    Timeout {
        /// The limit.
        limit: Duration,
    },
    /// The statement was cancelled by its flag.
    #[error("the statement was cancelled")]
    Cancelled,
    /// The statement does what a read connection may not do.
    #[error("the statement is not allowed: {reason}")]
    Forbidden {
        /// What it tried.
        reason: String,
    },
    /// SQLite refused the statement: syntax, an unknown column, a failed function.
    #[error("the statement failed: {message}")]
    Statement {
        /// SQLite's message.
        message: String,
    },
}

impl DatabaseError {
    /// Whether it says that the database can't be used, and nothing about the statement.
    pub fn is_outage(&self) -> bool {
        matches!(self, Self::Unavailable { .. } | Self::Damaged { .. })
    }
}
