//! What a read connection may do: select from the catalogue's tables, with harmless functions. Nothing else.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use rusqlite::Connection;
use rusqlite::hooks::{AuthAction, AuthContext, Authorization};

use crate::database::{DatabaseInfo, functions};

/// What the last refusal was about.
#[derive(Debug, Clone, Default)]
pub(super) struct Refusal(Arc<Mutex<Option<String>>>);

impl Refusal {
    /// Takes the text, if there is one.
    pub(super) fn take(&self) -> Option<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    fn set(&self, reason: String) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(reason);
    }
}

/// Tables that may be read. Clones are of the same set, which follows the schema.
#[derive(Debug, Clone, Default)]
pub(super) struct Tables(Arc<RwLock<HashSet<String>>>);

impl Tables {
    /// Those of `database`.
    pub(super) fn new(database: &DatabaseInfo) -> Self {
        let tables = Self::default();
        tables.replace(database);
        tables
    }

    /// Those of `database` from now on.
    pub(super) fn replace(&self, database: &DatabaseInfo) {
        let names = database.tables.iter().map(|table| table.name.clone()).collect();
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = names;
    }

    fn contains(&self, name: &str) -> bool {
        self.0.read().unwrap_or_else(PoisonError::into_inner).contains(name)
    }
}

/// Installs the authorizer.
pub(super) fn install(connection: &mut Connection, tables: Tables) -> rusqlite::Result<Refusal> {
    let refusal = Refusal::default();
    let told = refusal.clone();
    connection.authorizer(Some(move |context: AuthContext<'_>| {
        match forbidden(&context.action, &tables) {
            None => Authorization::Allow,
            Some(reason) => {
                told.set(reason);
                Authorization::Deny
            }
        }
    }))?;
    Ok(refusal)
}

fn forbidden(action: &AuthAction<'_>, tables: &Tables) -> Option<String> {
    match action {
        AuthAction::Select | AuthAction::Recursive => None,
        AuthAction::Read { table_name, .. } if tables.contains(table_name) => None,
        // Counting the rows of a subquery or a common table expression reads "no column" of its name.
        AuthAction::Read { table_name, column_name: "" } if !reserved(table_name) => None,
        AuthAction::Read { table_name, .. } => Some(format!("table `{table_name}` can't be read")),
        AuthAction::Function { function_name } => (!functions::sqlite_may_run(function_name))
            .then(|| format!("function `{function_name}` can't be called")),
        AuthAction::Attach { .. } | AuthAction::Detach { .. } => Some("files can't be attached".to_owned()),
        AuthAction::Pragma { .. } => Some("pragmas can't be used".to_owned()),
        _ => Some("only SELECT can be run".to_owned()),
    }
}

fn reserved(table: &str) -> bool {
    let table = table.to_ascii_lowercase();
    table.starts_with("sqlite_") || table.starts_with("pragma_") || table == "dbstat"
}
