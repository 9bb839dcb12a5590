//! What is written. Instants are milliseconds since the Unix epoch.

use crate::wire::identity::{SessionId, UserId};

/// A database that was selected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SavedContext {
    /// Name of the database.
    pub database: String,
    /// Tables, where they were named.
    pub tables: Option<Vec<String>>,
    /// When it ends.
    pub until: i64,
}

/// A session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SavedSession {
    /// Its id.
    pub id: SessionId,
    /// Its user, if somebody was named.
    pub user: Option<UserId>,
    /// When it was last used, or a little before.
    pub touched: i64,
    /// When it expired or was ended, if it was.
    pub ended: Option<i64>,
    /// What was selected in it.
    pub context: Option<SavedContext>,
}

/// What a user selected last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SavedUser {
    /// The user.
    pub user: UserId,
    /// The selection.
    pub context: SavedContext,
}

/// All that a file holds.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Saved {
    /// Sessions.
    pub sessions: Vec<SavedSession>,
    /// Users.
    pub users: Vec<SavedUser>,
}
