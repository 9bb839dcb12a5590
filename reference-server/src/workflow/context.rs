//! Which database a query asks.

use serde_json::{Value, json};

use crate::config::{Context, ContextPolicy};
use crate::database::{DatabaseInfo, catalog};
use crate::sessions::KeptContexts;
use crate::wire::client::DatabaseContext;
use crate::wire::error::{Code, Failure};
use crate::wire::server::{ContextSource, UsedContext};

/// Picks the database: the message's, the session's, its user's last, the configured default, as the policy allows.
///
/// # Errors
/// `DATABASE_CONTEXT_INVALID` for an unknown name, wherever it came from; where one is required and none is left
/// `DATABASE_CONTEXT_EXPIRED` if there was one, else `DATABASE_CONTEXT_MISSING`.
pub(super) fn choose(
    rules: &Context,
    asked: Option<DatabaseContext>,
    kept: &KeptContexts,
) -> Result<UsedContext, Failure> {
    let default = || UsedContext {
        database: rules.default_database.clone(),
        tables: None,
        source: ContextSource::Default,
    };
    if rules.policy == ContextPolicy::Off {
        return Ok(default());
    }
    let asked = asked.map(|DatabaseContext { database, tables }| UsedContext {
        database,
        tables,
        source: ContextSource::Message,
    });
    let used = match (asked.or_else(|| kept.valid()), rules.policy) {
        (Some(used), _) => used,
        (None, ContextPolicy::Required) => return Err(kept.expired().map_or_else(missing, expired)),
        (None, ContextPolicy::Off | ContextPolicy::Warn) => default(),
    };
    known(&used.database, used.tables.as_deref())?;
    Ok(used)
}

/// Checks a selection.
///
/// # Errors
/// `DATABASE_CONTEXT_INVALID` for an unknown name; `DATABASE_CONTEXT_FORBIDDEN` where nothing would come of it.
pub fn selectable(rules: &Context, context: &DatabaseContext) -> Result<(), Failure> {
    known(&context.database, context.tables.as_deref())?;
    if rules.policy == ContextPolicy::Off && context.database != rules.default_database {
        let only = &rules.default_database;
        let text = format!("every query asks the database {only:?} here");
        return Err(Failure::new(Code::DatabaseContextForbidden, text).with(json!({
            "user_message": format!("Only the database {only:?} can be used here."),
            "available_databases": [only],
            "hint": "the server's policy of database contexts is off",
        })));
    }
    Ok(())
}

/// All that is wrong with the names of a context.
#[must_use]
pub fn faults(database: &str, tables: Option<&[String]>) -> Vec<Failure> {
    let Some(known) = catalog().iter().find(|known| known.name == database) else {
        return vec![unknown_database(database)];
    };
    let tables = tables.unwrap_or_default().iter();
    tables.filter(|table| known.table(table).is_none()).map(|table| unknown_table(known, table)).collect()
}

fn known(database: &str, tables: Option<&[String]>) -> Result<(), Failure> {
    faults(database, tables).into_iter().next().map_or(Ok(()), Err)
}

/// The refusal of a database that does not answer.
#[must_use]
pub fn unavailable(database: &str) -> Failure {
    let text = format!("the database {database:?} does not answer");
    told(
        Code::DatabaseContextUnavailable,
        text,
        "The database does not answer at the moment.",
        "try again in a few seconds",
    )
}

fn available() -> Vec<&'static str> {
    catalog().iter().map(|DatabaseInfo { name, .. }| name.as_str()).collect()
}

fn told(code: Code, text: impl Into<String>, for_user: &str, hint: &str) -> Failure {
    Failure::new(code, text).with(json!({
        "user_message": for_user,
        "available_databases": available(),
        "hint": hint,
    }))
}

fn missing() -> Failure {
    told(
        Code::DatabaseContextMissing,
        "this query names no database",
        "Please choose a database first.",
        "send database_context with the query, or select a database for the session",
    )
}

fn expired(database: &str) -> Failure {
    let shown = shown(database);
    told(
        Code::DatabaseContextExpired,
        format!("the selection of database {shown:?} has expired"),
        &format!("Your choice of the database {shown:?} has expired. Please choose again."),
        "select a database again, or send database_context with the query",
    )
}

fn unknown_database(name: &str) -> Failure {
    let shown = shown(name);
    let near = available().into_iter().find(|known| known.eq_ignore_ascii_case(name.trim()));
    let hint = near.map_or_else(|| "names are exact".to_owned(), |near| format!("did you mean {near:?}?"));
    told(
        Code::DatabaseContextInvalid,
        format!("unknown database {shown:?}"),
        &format!("There is no database named {shown:?}."),
        &hint,
    )
}

fn unknown_table(database: &DatabaseInfo, name: &str) -> Failure {
    let shown = shown(name);
    let tables: Vec<&str> = database.tables.iter().map(|table| table.name.as_str()).collect();
    let mut failure = told(
        Code::DatabaseContextInvalid,
        format!("unknown table {shown:?} in database {:?}", database.name),
        &format!("The database {:?} has no table named {shown:?}.", database.name),
        "choose from available_tables",
    );
    if let Some(Value::Object(details)) = &mut failure.details {
        details.insert("available_tables".to_owned(), tables.into());
    }
    failure
}

/// So much of a client's text as an error repeats.
fn shown(name: &str) -> String {
    name.chars().take(64).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::sessions::Kept;

    fn rules(policy: ContextPolicy) -> Context {
        Context { policy, ..Context::default() }
    }

    fn context(database: &str, tables: Option<&[&str]>) -> DatabaseContext {
        let tables = tables.map(|tables| tables.iter().map(ToString::to_string).collect());
        DatabaseContext { database: database.to_owned(), tables }
    }

    fn valid(database: &str) -> Kept {
        Kept::Valid(context(database, None))
    }

    type Chosen = Result<(&'static str, ContextSource), Code>;

    #[track_caller]
    fn chooses(policy: ContextPolicy, asked: Option<DatabaseContext>, kept: [Kept; 2], expected: Chosen) {
        let [session, user] = kept;
        let chosen = choose(&rules(policy), asked, &KeptContexts { session, user });
        let chosen = chosen.as_ref().map(|used| (used.database.as_str(), used.source));
        assert_eq!(chosen.map_err(|failure| failure.code), expected);
    }

    #[test]
    fn policies_and_sources_decide() {
        use ContextPolicy::{Off, Required, Warn};
        use ContextSource as From;
        let gone = || Kept::Expired("tpch".to_owned());
        let none = || Kept::Nothing;
        let asked = |database| Some(context(database, None));
        chooses(Warn, None, [none(), none()], Ok(("financial_db", From::Default)));
        chooses(Warn, asked("tpch"), [valid("financial_db"), none()], Ok(("tpch", From::Message)));
        chooses(Warn, None, [valid("tpch"), valid("financial_db")], Ok(("tpch", From::Session)));
        chooses(Warn, None, [none(), valid("tpch")], Ok(("tpch", From::User)));
        chooses(Warn, None, [gone(), valid("tpch")], Ok(("tpch", From::User)));
        chooses(Warn, None, [gone(), gone()], Ok(("financial_db", From::Default)));
        chooses(Warn, asked("nowhere"), [valid("tpch"), none()], Err(Code::DatabaseContextInvalid));
        chooses(Warn, None, [valid("nowhere"), valid("tpch")], Err(Code::DatabaseContextInvalid));
        chooses(Warn, None, [none(), valid("nowhere")], Err(Code::DatabaseContextInvalid));
        let tables = Some(context("financial_db", Some(&["nowhere"])));
        chooses(Warn, tables, [none(), none()], Err(Code::DatabaseContextInvalid));
        chooses(Off, asked("nowhere"), [valid("tpch"), gone()], Ok(("financial_db", From::Default)));
        chooses(Required, None, [none(), none()], Err(Code::DatabaseContextMissing));
        chooses(Required, None, [none(), gone()], Err(Code::DatabaseContextExpired));
        chooses(Required, None, [gone(), valid("tpch")], Ok(("tpch", From::User)));
        chooses(Required, None, [valid("tpch"), gone()], Ok(("tpch", From::Session)));
        chooses(Required, asked("tpch"), [gone(), gone()], Ok(("tpch", From::Message)));
    }

    #[test]
    fn every_refusal_tells_the_user_what_there_is_and_what_to_do() {
        let required = rules(ContextPolicy::Required);
        let asked = |database, tables| Some(context(database, tables));
        let gone = KeptContexts { session: Kept::Expired("tpch".to_owned()), user: Kept::Nothing };
        for failure in [
            choose(&required, None, &KeptContexts::default()).unwrap_err(),
            choose(&required, None, &gone).unwrap_err(),
            choose(&required, asked("nowhere", None), &gone).unwrap_err(),
            choose(&required, asked("tpch", Some(&["nowhere"])), &gone).unwrap_err(),
            selectable(&rules(ContextPolicy::Off), &context("tpch", None)).unwrap_err(),
            unavailable("tpch"),
        ] {
            let details = failure.details.unwrap();
            assert!(details["user_message"].as_str().is_some_and(|text| text.ends_with('.')), "{details}");
            assert!(!details["available_databases"].as_array().unwrap().is_empty(), "{details}");
            assert!(details["hint"].as_str().is_some_and(|hint| !hint.is_empty()), "{details}");
        }
    }

    #[test]
    fn a_slip_of_case_is_recognized() {
        let found = faults("Financial_DB", None);
        assert_eq!(found[0].details.as_ref().unwrap()["hint"], "did you mean \"financial_db\"?");
        let two = ["x".to_owned(), "y".to_owned()];
        assert_eq!(faults("tpch", Some(&two)).len(), 2);
    }

    proptest! {
        #[test]
        fn no_name_panics_and_none_is_repeated_in_full(name in "\\PC{0,300}") {
            for failure in faults(&name, Some(std::slice::from_ref(&name))) {
                prop_assert!(failure.message.chars().count() < 1_000);
            }
        }
    }
}
