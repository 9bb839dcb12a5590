//! What the bearer of a token may do: scopes decide over queries, commands, administration and databases.

use std::sync::Arc;

use serde_json::json;

use crate::wire::error::{Code, Failure};

/// What may be done, databases apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Right {
    /// Ask questions.
    Query,
    /// Cancel, pause, resume and retry them.
    Command,
    /// See and do what concerns the server as a whole.
    Admin,
}

impl Right {
    /// The scope that gives it.
    #[must_use]
    pub const fn scope(self) -> &'static str {
        match self {
            Self::Query => "query",
            Self::Command => "command",
            Self::Admin => "admin",
        }
    }

    const fn bit(self) -> u8 {
        match self {
            Self::Query => 1,
            Self::Command => 2,
            Self::Admin => 4,
        }
    }
}

/// Prefix of the scope that opens a database; `db:*` opens all.
const DATABASE_SCOPE: &str = "db:";

/// What somebody may do. The default is what a token without any scope gives, and what everybody may where no
/// token is asked for: queries and commands on every database, no administration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Permissions {
    rights: u8,
    databases: Databases,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Databases {
    All,
    Named(Arc<[Box<str>]>),
}

impl Default for Permissions {
    fn default() -> Self {
        Self::ordinary()
    }
}

impl Permissions {
    /// The default.
    #[must_use]
    pub const fn ordinary() -> Self {
        Self { rights: Right::Query.bit() | Right::Command.bit(), databases: Databases::All }
    }

    /// What these scopes give, and nothing else. Unknown scopes mean something to somebody else.
    pub fn of_scopes<'a>(scopes: impl IntoIterator<Item = &'a str>) -> Self {
        let (mut rights, mut all, mut named) = (0, false, Vec::<Box<str>>::new());
        for scope in scopes {
            match scope.strip_prefix(DATABASE_SCOPE) {
                Some("*") => all = true,
                Some(name) => named.push(name.into()),
                None => {
                    let right = [Right::Query, Right::Command, Right::Admin]
                        .into_iter()
                        .find(|right| right.scope() == scope);
                    rights |= right.map_or(0, Right::bit);
                }
            }
        }
        Self { rights, databases: if all { Databases::All } else { Databases::Named(named.into()) } }
    }

    /// Whether that may be done.
    #[must_use]
    pub const fn has(&self, right: Right) -> bool {
        self.rights & right.bit() != 0
    }

    /// Whether a database may be asked.
    #[must_use]
    pub fn opens(&self, database: &str) -> bool {
        match &self.databases {
            Databases::All => true,
            Databases::Named(names) => names.iter().any(|name| **name == *database),
        }
    }

    /// Insists on a right.
    ///
    /// # Errors
    /// `FORBIDDEN` with the missing scope.
    pub fn require(&self, right: Right) -> Result<(), Failure> {
        if self.has(right) {
            return Ok(());
        }
        let scope = right.scope();
        let text = format!("the token lacks the scope {scope:?}");
        Err(Failure::new(Code::Forbidden, text).with(json!({ "scope": scope })))
    }

    /// Insists on a database; `all` are those that exist, of which only the open ones are told.
    ///
    /// # Errors
    /// `DATABASE_CONTEXT_FORBIDDEN`.
    pub fn require_database<'a>(
        &self,
        database: &str,
        all: impl IntoIterator<Item = &'a str>,
    ) -> Result<(), Failure> {
        if self.opens(database) {
            return Ok(());
        }
        let open: Vec<&str> = all.into_iter().filter(|name| self.opens(name)).collect();
        let text = format!("the token does not open database {database:?}");
        Err(Failure::new(Code::DatabaseContextForbidden, text).with(json!({
            "user_message": format!("You may not use the database {database:?}."),
            "available_databases": open,
            "hint": format!("the token needs the scope \"{DATABASE_SCOPE}{database}\""),
        })))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scopes_decide() {
        let all = ["financial_db", "tpch"];
        for (scopes, query, command, admin, databases) in [
            (&["query"][..], true, false, false, &[][..]),
            (&["command", "db:tpch"], false, true, false, &["tpch"]),
            (&["query", "admin", "db:*", "profile"], true, false, true, &all),
            (&["Query", "QUERY ", "db:", "db"], false, false, false, &[]),
            (&[], false, false, false, &[]),
        ] {
            let found = Permissions::of_scopes(scopes.iter().copied());
            let rights = [Right::Query, Right::Command, Right::Admin].map(|right| found.has(right));
            assert_eq!(rights, [query, command, admin], "{scopes:?}");
            let open: Vec<&str> = all.into_iter().filter(|name| found.opens(name)).collect();
            assert_eq!(open, databases, "{scopes:?}");
        }
        let ordinary = Permissions::default();
        assert!(ordinary.require(Right::Query).is_ok() && ordinary.opens("anything"));
        assert_eq!(ordinary.require(Right::Admin).unwrap_err().code, Code::Forbidden);
    }

    #[test]
    fn a_forbidden_database_names_only_those_that_are_open() {
        let found = Permissions::of_scopes(["db:tpch"]);
        let refused = found.require_database("financial_db", ["financial_db", "tpch"]).unwrap_err();
        assert_eq!(refused.code, Code::DatabaseContextForbidden);
        assert_eq!(refused.details.unwrap()["available_databases"], json!(["tpch"]));
    }
}
