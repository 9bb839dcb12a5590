//! List, select and validate over HTTP.

use serde_json::{Value, json};

use super::choosing::{NOBODY, databases, helps, list, select, select_with, used, validate};
use crate::checks::query::run::stay;
use crate::checks::rest::operations;
use crate::checks::{Check, Context, ReasonCode, Step, ensure, ensure_eq, fail, field};
use crate::target::Door;

pub(super) fn checks() -> Vec<Check> {
    [listed(), selected(), validated()].concat()
}

fn listed() -> Vec<Check> {
    vec![Check::new(
        "database.list",
        "the list has names, descriptions, tables and states",
        &["database.list"],
        list_fields,
    )]
}

fn selected() -> Vec<Check> {
    vec![
        Check::new(
            "database.select",
            "a selection is answered with context and end",
            &["database.select"],
            select_answer,
        ),
        Check::new(
            "database.select-event",
            "a selection is told to the session",
            &["database.select-event"],
            select_event,
        ),
        Check::new(
            "database.select-tables",
            "selected tables are kept",
            &["database.select-tables"],
            select_tables,
        ),
        Check::new(
            "database.select-unknown",
            "an unknown database can't be selected",
            &["database.select-unknown"],
            select_unknown,
        ),
        Check::new(
            "database.select-unknown-table",
            "an unknown table can't be selected",
            &["database.select-unknown-table"],
            select_unknown_table,
        ),
        Check::new(
            "database.select-kept",
            "a refused selection changes nothing",
            &["database.select-kept"],
            select_kept,
        )
        .tags(&["slow"]),
        Check::new(
            "database.select-unknown-session",
            "the selection of an unknown session is 404",
            &["database.select-unknown-session"],
            select_unknown_session,
        ),
        Check::new(
            "database.select-nothing",
            "a selection without a database is 400",
            &["database.select-nothing"],
            select_nothing,
        ),
    ]
}

fn validated() -> Vec<Check> {
    vec![
        Check::new("database.validate", "what can be asked is valid", &["database.validate"], validate_good),
        Check::new(
            "database.validate-bad",
            "what can't be asked is not valid, and why",
            &["database.validate-bad"],
            validate_bad,
        ),
        Check::new(
            "database.validate-table",
            "an unknown table is not valid",
            &["database.validate-table"],
            validate_table,
        ),
        Check::new(
            "database.validate-alone",
            "validate selects nothing",
            &["database.validate-alone"],
            validate_alone,
        )
        .tags(&["slow"]),
    ]
}

/// Each database has name, description, tables and status; the default is one of them.
async fn list_fields(cx: Context) -> Step {
    let list = list(&cx).await?;
    let databases = field::array(&list, "databases")?;
    for database in databases {
        for name in ["name", "description", "status"] {
            field::text(database, name)?;
        }
        for table in field::array(database, "tables")? {
            ensure(table.is_string(), ReasonCode::WrongType, "names of tables", table)?;
        }
    }
    let default = field::text(&list, "default")?;
    let known = databases.iter().any(|database| database["name"] == default);
    ensure(known, ReasonCode::WrongValue, "the default among the databases", default)
}

/// A selection is answered with the context and its end.
async fn select_answer(cx: Context) -> Step {
    let known = databases(&cx).await?;
    let session = cx.fresh_session();
    let (_peer, _) = cx.join(Door::Query, &session).await?;
    let begun = jiff::Timestamp::now();
    let selected = select(&cx, &session, &known.default).await?;
    field::equals(&selected, "/database_context/database", known.default.as_str())?;
    let end = field::timestamp(&selected, "expires_at")?;
    // Clocks of two machines may differ by some.
    let later = end.as_second() > begun.as_second() - 60;
    ensure(later, ReasonCode::WrongValue, "expires_at in the future", end)
}

/// It is told to the session with the same fields, as an event.
async fn select_event(cx: Context) -> Step {
    let known = databases(&cx).await?;
    let session = cx.fresh_session();
    let (mut peer, _) = cx.join(Door::Query, &session).await?;
    stay(&cx, &mut peer).await?;
    let selected = select(&cx, &session, &known.default).await?;
    let told = peer.expect_type("database_context_changed", cx.soon()).await?.value;
    field::equals(&told, "database_context", selected["database_context"].clone())?;
    field::equals(&told, "expires_at", selected["expires_at"].clone())?;
    field::equals(&told, "session_id", session)?;
    field::integer(&told, "offset").map(|_| ())
}

/// Tables that were selected are kept and told.
async fn select_tables(cx: Context) -> Step {
    let known = databases(&cx).await?;
    let Some((name, tables)) = known.all.iter().find(|(_, tables)| !tables.is_empty()) else {
        return Err(cx.declined("tables", "no database lists tables"));
    };
    let session = cx.fresh_session();
    let (_peer, _) = cx.join(Door::Query, &session).await?;
    let wanted = json!({"session_id": session, "database": name, "tables": [tables[0]]});
    let response = select_with(&cx, &wanted).await?;
    operations::status(&response, 200)?;
    let selected = operations::body(&response)?;
    ensure_eq("tables", field::any(&selected, "/database_context/tables")?, &json!([tables[0]]))
}

async fn select_refused(cx: &Context, more: &Value, expected: u16, code: &str) -> Step<Value> {
    let session = cx.fresh_session();
    let (_peer, _) = cx.join(Door::Query, &session).await?;
    let mut wanted = json!({"session_id": session});
    if let (Some(wanted), Some(more)) = (wanted.as_object_mut(), more.as_object()) {
        wanted.extend(more.clone());
    }
    operations::refused(&select_with(cx, &wanted).await?, expected, code)
}

/// An unknown database can't be selected.
async fn select_unknown(cx: Context) -> Step {
    let error = select_refused(&cx, &json!({"database": NOBODY}), 422, "DATABASE_CONTEXT_INVALID").await?;
    helps(&error)
}

/// Nor can an unknown table.
async fn select_unknown_table(cx: Context) -> Step {
    let known = databases(&cx).await?;
    let more = json!({"database": known.default, "tables": ["no_such_table_4711"]});
    select_refused(&cx, &more, 422, "DATABASE_CONTEXT_INVALID").await.map(|_| ())
}

/// A refused selection changes nothing.
async fn select_kept(cx: Context) -> Step {
    let known = databases(&cx).await?;
    let (other, _) = known.other(&cx)?;
    let session = cx.fresh_session();
    let (mut peer, _) = cx.join(Door::Query, &session).await?;
    select(&cx, &session, other).await?;
    let refused = select_with(&cx, &json!({"session_id": session, "database": NOBODY})).await?;
    operations::status(&refused, 422)?;
    let used = used(&cx, &mut peer, &json!({})).await?;
    field::equals(&used, "database", other.as_str())
}

/// A selection is of a session: an unknown one is 404.
async fn select_unknown_session(cx: Context) -> Step {
    let known = databases(&cx).await?;
    let wanted = json!({"session_id": cx.fresh_session(), "database": known.default});
    operations::refused(&select_with(&cx, &wanted).await?, 404, "INVALID_SESSION").map(|_| ())
}

/// Something must be selected.
async fn select_nothing(cx: Context) -> Step {
    select_refused(&cx, &json!({}), 400, "INVALID_MESSAGE").await?;
    select_refused(&cx, &json!({"database": 7}), 400, "INVALID_MESSAGE").await.map(|_| ())
}

/// What can be asked is valid.
async fn validate_good(cx: Context) -> Step {
    let known = databases(&cx).await?;
    let (name, tables) = &known.all[0];
    let verdict = validate(&cx, &json!({"database": name, "tables": tables})).await?;
    field::equals(&verdict, "valid", true)?;
    ensure_eq("errors", field::array(&verdict, "errors")?, &Vec::<Value>::new())
}

/// What can't be asked is not, with the errors it would be answered with.
async fn validate_bad(cx: Context) -> Step {
    let verdict = validate(&cx, &json!({"database": NOBODY})).await?;
    field::equals(&verdict, "valid", false)?;
    let Some(error) = field::array(&verdict, "errors")?.first() else {
        return fail(ReasonCode::Missing, "an error body in errors", "none");
    };
    field::equals(error, "type", "error")?;
    field::equals(error, "code", "DATABASE_CONTEXT_INVALID")?;
    field::text(error, "message")?;
    helps(error)
}

/// An unknown table of a known database is not valid either.
async fn validate_table(cx: Context) -> Step {
    let known = databases(&cx).await?;
    let wanted = json!({"database": known.default, "tables": ["no_such_table_4711"]});
    field::equals(&validate(&cx, &wanted).await?, "valid", false)
}

/// To ask whether is not to select.
async fn validate_alone(cx: Context) -> Step {
    let known = databases(&cx).await?;
    let (other, _) = known.other(&cx)?;
    let session = cx.fresh_session();
    let (mut peer, _) = cx.join(Door::Query, &session).await?;
    validate(&cx, &json!({"database": other, "session_id": session})).await?;
    let used = used(&cx, &mut peer, &json!({})).await?;
    field::equals(&used, "database", known.default.as_str())
}
