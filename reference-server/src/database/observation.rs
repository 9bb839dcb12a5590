//! Noticing what others change in a database while it is open.

use futures_util::future::BoxFuture;

use super::{DatabaseError, DatabaseInfo};

/// What a look at the databases found changed since the look before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Observation {
    /// Name of the database.
    pub database: String,
    /// Its tables and columns as they are now, if these changed.
    pub schema: Option<DatabaseInfo>,
    /// Tables whose rows changed, or may have.
    pub tables: Vec<String>,
}

/// Looks at all databases of one source. A look that finds nothing costs next to nothing, so it can be taken every
/// second.
pub trait Observer: Send {
    /// What changed since the last look; the first one finds what differs from the schema as it is known.
    ///
    /// # Errors
    /// A database that can't be read now; the next look may work.
    fn look(&mut self) -> BoxFuture<'_, Result<Vec<Observation>, DatabaseError>>;
}
