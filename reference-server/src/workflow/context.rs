//! Which database a query asks.

use serde_json::json;

use crate::config::{Context, ContextPolicy};
use crate::database::{DatabaseInfo, catalog};
use crate::wire::client::DatabaseContext;
use crate::wire::error::{Code, Failure};
use crate::wire::server::{ContextSource, UsedContext};

/// Picks the database: the message's, else the configured default, as the policy allows.
///
/// # Errors
/// `DATABASE_CONTEXT_INVALID` for an unknown name, `DATABASE_CONTEXT_MISSING` where one is required.
pub(super) fn choose(rules: &Context, asked: Option<DatabaseContext>) -> Result<UsedContext, Failure> {
    let by_default = || UsedContext {
        database: rules.default_database.clone(),
        tables: None,
        source: ContextSource::Default,
    };
    let used = match (rules.policy, asked) {
        (ContextPolicy::Off, _) | (ContextPolicy::Warn, None) => by_default(),
        (ContextPolicy::Required, None) => return Err(missing()),
        (_, Some(asked)) => {
            UsedContext { database: asked.database, tables: asked.tables, source: ContextSource::Message }
        }
    };
    let known = catalog().iter().find(|database| database.name == used.database);
    let known = known.ok_or_else(|| unknown("database", &used.database))?;
    for table in used.tables.iter().flatten() {
        if known.table(table).is_none() {
            return Err(unknown("table", table));
        }
    }
    if used.source == ContextSource::Default && rules.policy == ContextPolicy::Warn {
        tracing::debug!("no database context given");
    }
    tracing::info!("Using database context: {}", used.database);
    Ok(used)
}

fn available() -> Vec<&'static str> {
    catalog().iter().map(|DatabaseInfo { name, .. }| name.as_str()).collect()
}

fn missing() -> Failure {
    Failure::new(Code::DatabaseContextMissing, "this query names no database").with(json!({
        "user_message": "Please choose a database first.",
        "available_databases": available(),
        "hint": "send database_context with the query",
    }))
}

fn unknown(what: &str, name: &str) -> Failure {
    let shown: String = name.chars().take(64).collect();
    Failure::new(Code::DatabaseContextInvalid, format!("unknown {what} {shown:?}")).with(json!({
        "user_message": format!("There is no {what} named {shown:?}."),
        "available_databases": available(),
        "hint": "names are exact",
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules(policy: ContextPolicy) -> Context {
        Context { policy, ..Context::default() }
    }

    fn asked(database: &str, tables: Option<&[&str]>) -> Option<DatabaseContext> {
        let tables = tables.map(|tables| tables.iter().map(ToString::to_string).collect());
        Some(DatabaseContext { database: database.to_owned(), tables })
    }

    #[test]
    fn policies_decide() {
        let (off, warn, required) = (ContextPolicy::Off, ContextPolicy::Warn, ContextPolicy::Required);
        for (policy, asked, expected) in [
            (warn, None, Ok(("financial_db", ContextSource::Default))),
            (warn, asked("tpch", None), Ok(("tpch", ContextSource::Message))),
            (warn, asked("nowhere", None), Err(Code::DatabaseContextInvalid)),
            (warn, asked("financial_db", Some(&["nowhere"])), Err(Code::DatabaseContextInvalid)),
            (off, asked("nowhere", None), Ok(("financial_db", ContextSource::Default))),
            (required, None, Err(Code::DatabaseContextMissing)),
            (required, asked("tpch", None), Ok(("tpch", ContextSource::Message))),
        ] {
            let chosen = choose(&rules(policy), asked);
            let chosen = chosen.as_ref().map(|used| (used.database.as_str(), used.source));
            assert_eq!(chosen.map_err(|failure| failure.code), expected);
        }
    }
}
