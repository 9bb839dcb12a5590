//! Which database a query asks: message, session, user, default.

use std::time::Duration;

use serde_json::{Value, json};

use super::choosing::{NOBODY, databases, helps, refused, select, used};
use crate::checks::query::run::{query, stay, work};
use crate::checks::rest::operations;
use crate::checks::{Check, Context, Peer, ReasonCode, Step, ensure, ensure_eq, field};
use crate::peer::Request;
use crate::target::Door;

pub(super) fn checks() -> Vec<Check> {
    [kept(), asked(), refusals()].concat()
}

fn kept() -> Vec<Check> {
    vec![
        Check::new(
            "database.session",
            "a selection is asked by the session's queries",
            &["database.session"],
            session_used,
        )
        .tags(&["slow"]),
        Check::new("database.session-lasts", "a selection lasts", &["database.session-lasts"], session_lasts)
            .tags(&["slow"]),
        Check::new(
            "database.sessions-apart",
            "a selection moves its session alone",
            &["database.sessions-apart"],
            sessions_apart,
        )
        .tags(&["slow"]),
        Check::new(
            "database.user-recovers",
            "a new session finds its user's last selection",
            &["database.user-recovers"],
            user_recovers,
        )
        .tags(&["slow"]),
        Check::new(
            "database.users-apart",
            "another user recovers nothing",
            &["database.users-apart"],
            users_apart,
        )
        .tags(&["slow"]),
        Check::new(
            "database.nameless-apart",
            "nameless users recover nothing from each other",
            &["database.nameless-apart"],
            nameless_apart,
        ),
        Check::new(
            "database.session-wins",
            "the session's own wins over the user's last",
            &["database.session-wins"],
            session_wins,
        )
        .tags(&["slow"]),
    ]
}

fn asked() -> Vec<Check> {
    vec![
        Check::new(
            "database.message-wins",
            "the message's own context wins",
            &["database.message-wins"],
            message_wins,
        )
        .tags(&["slow"]),
        Check::new(
            "database.message-once",
            "it counts for its query alone",
            &["database.message-once"],
            message_once,
        )
        .tags(&["slow"]),
        Check::new(
            "database.message-silent",
            "it is told to nobody as a selection",
            &["database.message-silent"],
            message_silent,
        )
        .tags(&["slow"]),
        Check::new(
            "database.default",
            "without any context the default is asked",
            &["database.default"],
            default_used,
        )
        .tags(&["slow"]),
        Check::new(
            "database.message-tables",
            "tables of the message are told back",
            &["database.message-tables"],
            message_tables,
        )
        .tags(&["slow"]),
        Check::new(
            "database.really-asked",
            "each database of the list can be asked",
            &["database.really-asked"],
            really_asked,
        )
        .tags(&["slow"]),
        Check::new(
            "database.over-http",
            "over HTTP the message's own counts too",
            &["database.over-http"],
            over_http,
        )
        .tags(&["slow"]),
    ]
}

fn refusals() -> Vec<Check> {
    vec![
        Check::new(
            "database.unknown-helps",
            "the error for an unknown database helps",
            &["database.unknown-helps"],
            unknown_helps,
        ),
        Check::new(
            "database.unknown-table",
            "an unknown table is refused",
            &["database.unknown-table"],
            unknown_table,
        ),
        Check::new(
            "database.same-names",
            "errors and list name the same databases",
            &["database.same-names"],
            same_names,
        ),
        Check::new(
            "database.wrong-types",
            "a context of the wrong type is INVALID_MESSAGE",
            &["database.wrong-types"],
            wrong_types,
        ),
        Check::new(
            "database.unknown-over-http",
            "over HTTP an unknown database is 422",
            &["database.unknown-over-http"],
            unknown_over_http,
        ),
    ]
}

/// A session whose database was selected and is not the default.
async fn selected(cx: &Context) -> Step<(Peer, String, String)> {
    let known = databases(cx).await?;
    let (other, _) = known.other(cx)?;
    let session = cx.fresh_session();
    let (mut peer, _) = cx.join(Door::Query, &session).await?;
    stay(cx, &mut peer).await?;
    select(cx, &session, other).await?;
    Ok((peer, session, other.clone()))
}

fn is(used: &Value, database: &str, source: &str) -> Step {
    field::equals(used, "database", database)?;
    field::equals(used, "source", source)
}

/// What was selected is asked, and named as the session's.
async fn session_used(cx: Context) -> Step {
    let (mut peer, _, other) = selected(&cx).await?;
    is(&used(&cx, &mut peer, &json!({})).await?, &other, "session")
}

/// It lasts: the second query asks it too.
async fn session_lasts(cx: Context) -> Step {
    let (mut peer, session, other) = selected(&cx).await?;
    used(&cx, &mut peer, &json!({})).await?;
    let (mut second, _) = cx.join_with(Door::Query, &session, json!({"agent_id": "second"})).await?;
    is(&used(&cx, &mut second, &json!({})).await?, &other, "session")
}

/// The message's own wins over the session's.
async fn message_wins(cx: Context) -> Step {
    let (mut peer, _, _) = selected(&cx).await?;
    let known = databases(&cx).await?;
    let own = json!({"database_context": {"database": known.default}});
    is(&used(&cx, &mut peer, &own).await?, &known.default, "message")
}

/// It counts for its query alone.
async fn message_once(cx: Context) -> Step {
    let (mut peer, _, other) = selected(&cx).await?;
    let known = databases(&cx).await?;
    used(&cx, &mut peer, &json!({"database_context": {"database": known.default}})).await?;
    is(&used(&cx, &mut peer, &json!({})).await?, &other, "session")
}

/// It is no selection: nobody is told.
async fn message_silent(cx: Context) -> Step {
    let known = databases(&cx).await?;
    let (mut peer, _) = cx.join(Door::Query, &cx.fresh_session()).await?;
    peer.send(&query(&json!({"database_context": {"database": known.default}}))).await;
    let told = |value: &Value| matches!(field::name(value), "database_context_changed" | "query_result");
    let first = peer.expect("query_result", work(&cx), told).await?.value;
    let silent = field::name(&first) == "query_result";
    ensure(silent, ReasonCode::Unexpected, "no database_context_changed", first)
}

/// Without any, the default is asked.
async fn default_used(cx: Context) -> Step {
    let known = databases(&cx).await?;
    let (mut peer, _) = cx.join(Door::Query, &cx.fresh_session()).await?;
    is(&used(&cx, &mut peer, &json!({})).await?, &known.default, "default")
}

/// Another session is not moved by a selection.
async fn sessions_apart(cx: Context) -> Step {
    let (_peer, _, _) = selected(&cx).await?;
    let known = databases(&cx).await?;
    let (mut other, _) = cx.join(Door::Query, &cx.fresh_session()).await?;
    is(&used(&cx, &mut other, &json!({})).await?, &known.default, "default")
}

/// A user with a name, one of this check alone.
fn somebody(cx: &Context) -> Value {
    json!({"user_id": cx.fresh_session().replace("check", "user")})
}

/// A new session of a user finds what the user selected last, and says so.
async fn user_recovers(cx: Context) -> Step {
    let known = databases(&cx).await?;
    let (other, _) = known.other(&cx)?;
    let (first, user) = (cx.fresh_session(), somebody(&cx));
    let (_first, _) = cx.join_with(Door::Query, &first, user.clone()).await?;
    select(&cx, &first, other).await?;
    let (mut second, joined) = cx.join_with(Door::Query, &cx.fresh_session(), user).await?;
    field::equals(&joined, "/recovered_database_context/database", other.as_str())?;
    is(&used(&cx, &mut second, &json!({})).await?, other, "user")
}

/// Another user finds nothing of it.
async fn users_apart(cx: Context) -> Step {
    let known = databases(&cx).await?;
    let (other, _) = known.other(&cx)?;
    let first = cx.fresh_session();
    let (_first, _) = cx.join_with(Door::Query, &first, somebody(&cx)).await?;
    select(&cx, &first, other).await?;
    let (mut second, joined) = cx.join_with(Door::Query, &cx.fresh_session(), somebody(&cx)).await?;
    let leaked = joined.get("recovered_database_context").is_some_and(|context| !context.is_null());
    ensure(!leaked, ReasonCode::Leak, "nothing of another user", &joined)?;
    is(&used(&cx, &mut second, &json!({})).await?, &known.default, "default")
}

/// Users without a name find nothing of each other.
async fn nameless_apart(cx: Context) -> Step {
    let (_peer, _, _) = selected(&cx).await?;
    let (_second, joined) = cx.join(Door::Query, &cx.fresh_session()).await?;
    let leaked = joined.get("recovered_database_context").is_some_and(|context| !context.is_null());
    ensure(!leaked, ReasonCode::Leak, "nothing of another nameless user", joined)
}

/// The session's own wins over the user's last.
async fn session_wins(cx: Context) -> Step {
    let known = databases(&cx).await?;
    let (other, _) = known.other(&cx)?;
    let (first, second, user) = (cx.fresh_session(), cx.fresh_session(), somebody(&cx));
    let (_first, _) = cx.join_with(Door::Query, &first, user.clone()).await?;
    let (mut peer, _) = cx.join_with(Door::Query, &second, user).await?;
    select(&cx, &second, &known.default).await?;
    select(&cx, &first, other).await?;
    is(&used(&cx, &mut peer, &json!({})).await?, &known.default, "session")
}

/// Tables of the message are told back.
async fn message_tables(cx: Context) -> Step {
    let known = databases(&cx).await?;
    let tables = known.all.iter().find(|(name, _)| *name == known.default).map(|(_, tables)| tables.clone());
    let tables = tables.unwrap_or_default();
    let (mut peer, _) = cx.join(Door::Query, &cx.fresh_session()).await?;
    let own = json!({"database_context": {"database": known.default, "tables": tables}});
    let used = used(&cx, &mut peer, &own).await?;
    ensure_eq("tables", field::any(&used, "tables")?, &json!(tables))
}

/// The other database has the other answer.
async fn really_asked(cx: Context) -> Step {
    let known = databases(&cx).await?;
    for (name, _) in &known.all {
        let (mut peer, _) = cx.join(Door::Query, &cx.fresh_session()).await?;
        stay(&cx, &mut peer).await?;
        let own = json!({"database_context": {"database": name}});
        let run = crate::checks::query::run::ask(&cx, &mut peer, &own).await?;
        let last = &run.terminal()?.value;
        if field::name(last) == "query_result" {
            field::equals(last, "/database_context/database", name.as_str())?;
        }
    }
    Ok(())
}

/// An unknown database is never replaced by another; the error helps.
async fn unknown_helps(cx: Context) -> Step {
    let (mut peer, _) = cx.join(Door::Query, &cx.fresh_session()).await?;
    let own = json!({"database_context": {"database": NOBODY}});
    helps(&refused(&cx, &mut peer, &own, "DATABASE_CONTEXT_INVALID").await?)
}

/// An unknown table neither.
async fn unknown_table(cx: Context) -> Step {
    let known = databases(&cx).await?;
    let (mut peer, _) = cx.join(Door::Query, &cx.fresh_session()).await?;
    let own = json!({"database_context": {"database": known.default, "tables": ["no_such_table_4711"]}});
    refused(&cx, &mut peer, &own, "DATABASE_CONTEXT_INVALID").await.map(|_| ())
}

/// The names an error lists are those of the list.
async fn same_names(cx: Context) -> Step {
    let known = databases(&cx).await?;
    let (mut peer, _) = cx.join(Door::Query, &cx.fresh_session()).await?;
    let own = json!({"database_context": {"database": NOBODY}});
    let error = refused(&cx, &mut peer, &own, "DATABASE_CONTEXT_INVALID").await?;
    let listed = field::array(&error, "/details/available_databases")?;
    let mut listed: Vec<String> = listed.iter().map(name_of).collect();
    let mut names: Vec<String> = known.all.into_iter().map(|(name, _)| name).collect();
    listed.sort_unstable();
    names.sort_unstable();
    ensure_eq("available_databases", &listed, &names)
}

/// A name, or an object that has one.
fn name_of(entry: &Value) -> String {
    entry.as_str().or_else(|| entry["name"].as_str()).unwrap_or_default().to_owned()
}

/// Wrong types are mistakes of the client, not of the choice.
async fn wrong_types(cx: Context) -> Step {
    for context in [json!("financial"), json!({"database": 7}), json!({"database": "x", "tables": "y"})] {
        let (mut peer, _) = cx.join(Door::Query, &cx.fresh_session()).await?;
        refused(&cx, &mut peer, &json!({"database_context": context}), "INVALID_MESSAGE").await?;
    }
    Ok(())
}

/// Over HTTP the message's own counts too.
async fn over_http(cx: Context) -> Step {
    let known = databases(&cx).await?;
    let own = json!({"database_context": {"database": known.default}});
    let request = Request::post_json(&cx.target().rest("/api/query"), &query(&own));
    let response = cx.http_within(request, Duration::from_secs(5)).await?;
    operations::status(&response, 200)?;
    is(&operations::body(&response)?["database_context"], &known.default, "message")
}

/// Over HTTP an unknown database is 422.
async fn unknown_over_http(cx: Context) -> Step {
    let own = json!({"database_context": {"database": NOBODY}});
    let request = Request::post_json(&cx.target().rest("/api/query"), &query(&own));
    let error = operations::refused(&cx.http(request).await?, 422, "DATABASE_CONTEXT_INVALID")?;
    helps(&error)
}
