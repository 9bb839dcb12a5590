//! Queries that are refused.

use serde_json::{Value, json};

use super::run::{answered, ask};
use crate::checks::{Context, ReasonCode, Step, ensure, fail, field};
use crate::target::Door;

/// The most characters a question may have.
pub(super) const LONGEST: usize = 4_000;

/// The error a question is refused with; an answer instead is `accepted`.
pub(super) async fn refused(cx: &Context, more: &Value, code: &str) -> Step<Value> {
    let mut peer = cx.open(Door::Query).await?;
    let run = ask(cx, &mut peer, more).await?;
    let last = run.terminal()?.value.clone();
    if field::name(&last) != "error" {
        return fail(ReasonCode::Accepted, format!("error {code}"), last.to_string());
    }
    field::equals(&last, "code", code)?;
    field::text(&last, "message")?;
    peer.expect_open(cx.soon()).await?;
    Ok(last)
}

/// Nothing but blanks.
pub(super) async fn empty(cx: Context) -> Step {
    for question in ["", " \t\n "] {
        let error = refused(&cx, &json!({"query": question}), "QUERY_REJECTED").await?;
        field::equals(&error, "/details/reason", "empty")?;
    }
    Ok(())
}

/// One character more than 4,000.
pub(super) async fn too_long(cx: Context) -> Step {
    let question = format!("show revenue {}", "x".repeat(LONGEST - 12));
    let error = refused(&cx, &json!({"query": question}), "QUERY_REJECTED").await?;
    field::equals(&error, "/details/reason", "too_long")
}

/// 4,000 characters of several bytes each are not too long, whether they can be read or not.
pub(super) async fn counts_characters(cx: Context) -> Step {
    let mut peer = cx.open(Door::Query).await?;
    let run = ask(&cx, &mut peer, &json!({"query": "😀".repeat(LONGEST)})).await?;
    let last = &run.terminal()?.value;
    let taken = last["details"]["reason"] != "too_long" && last["code"] != "MESSAGE_TOO_LARGE";
    ensure(taken, ReasonCode::Refused, "4,000 characters not to be too long", last)
}

/// A control character other than tab, line feed and carriage return.
pub(super) async fn control_character(cx: Context) -> Step {
    for question in ["show\u{0} revenue", "show \u{1b}[31mrevenue", "show revenue\u{7f}"] {
        let error = refused(&cx, &json!({"query": question}), "QUERY_REJECTED").await?;
        field::equals(&error, "/details/reason", "control_character")?;
    }
    Ok(())
}

/// Tab and line ends are none of the forbidden ones.
pub(super) async fn line_ends(cx: Context) -> Step {
    answered(&cx, &json!({"query": "show\trevenue\r\n"})).await.map(|_| ())
}

/// No text at all, or something else than text.
pub(super) async fn not_text(cx: Context) -> Step {
    for question in [Value::Null, json!(["show revenue"]), json!(7)] {
        refused(&cx, &json!({"query": question}), "INVALID_MESSAGE").await?;
    }
    Ok(())
}

/// What cannot be read is said to be so: no guess.
pub(super) async fn unreadable(cx: Context) -> Step {
    let error = refused(&cx, &json!({"query": "zqxv blorf wuggle"}), "QUERY_REJECTED").await?;
    field::text(&error, "/details/reason").map(|_| ())
}

/// A database nobody knows is an error that names those there are, before any acceptance.
pub(super) async fn unknown_database(cx: Context) -> Step {
    let mut peer = cx.open(Door::Query).await?;
    let context = json!({"database_context": {"database": "no_such_database_4711"}});
    let run = ask(&cx, &mut peer, &context).await?;
    let last = &run.terminal()?.value;
    let accepted = field::name(last) != "error" || !run.named("query_accepted").is_empty();
    ensure(!accepted, ReasonCode::Accepted, "error DATABASE_CONTEXT_INVALID alone", last)?;
    field::equals(last, "code", "DATABASE_CONTEXT_INVALID")?;
    let databases = field::array(last, "/details/available_databases")?;
    ensure(!databases.is_empty(), ReasonCode::Missing, "the databases there are", "none")
}

/// Another session's id in a query is refused, and the connection stays.
pub(super) async fn other_session(cx: Context) -> Step {
    let session = cx.fresh_session();
    refused(&cx, &json!({"session_id": session}), "INVALID_SESSION").await.map(|_| ())
}
