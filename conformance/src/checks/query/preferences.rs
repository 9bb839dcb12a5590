//! What a query may ask for beside its text.

use serde_json::{Value, json};

use super::refusals::{LONGEST, refused};
use super::run::{QUESTION, answered, ask};
use crate::checks::{Check, Context, Step};
use crate::target::Door;

pub(super) fn checks() -> Vec<Check> {
    vec![
        check!("query", "bad-preferences", "preferences of the wrong type are INVALID_MESSAGE", bad_types),
        check!("query", "unknown-workflow", "a workflow nobody knows is INVALID_MESSAGE", unknown_workflow),
        check!("query", "unknown-format", "a format other than json is INVALID_MESSAGE", unknown_format),
        check!("query", "max-rows-clamped", "more rows than there may be are no mistake", clamped),
        check!("query", "unknown-fields", "unknown fields within a query are ignored", unknown_fields),
        check!("query", "own-session", "the connection's own session may be named", own_session),
        check!("query", "longest", "a question of 4,000 characters is answered", longest),
    ]
}

/// Each of them alone; the connection stays.
async fn bad_types(cx: Context) -> Step {
    let bad = [
        json!(7),
        json!({"stream": 1}),
        json!({"max_rows": "many"}),
        json!({"max_rows": -1}),
        json!({"max_rows": 1.5}),
        json!({"workflow": 7}),
    ];
    for preferences in bad {
        refused(&cx, &json!({"preferences": preferences}), "INVALID_MESSAGE").await?;
    }
    Ok(())
}

/// It is not run as the usual one.
async fn unknown_workflow(cx: Context) -> Step {
    let wanted = json!({"preferences": {"workflow": "no-such-workflow-4711"}});
    refused(&cx, &wanted, "INVALID_MESSAGE").await.map(|_| ())
}

/// It is not answered in another one than was asked for.
async fn unknown_format(cx: Context) -> Step {
    let wanted = json!({"preferences": {"output_format": "xml"}});
    refused(&cx, &wanted, "INVALID_MESSAGE").await.map(|_| ())
}

/// The cap takes its place.
async fn clamped(cx: Context) -> Step {
    answered(&cx, &json!({"preferences": {"max_rows": 1_000_000_000}})).await.map(|_| ())
}

/// In the query, in its preferences, in its context.
async fn unknown_fields(cx: Context) -> Step {
    let surprise = json!({"of": ["another", "version"]});
    let (_, run) =
        answered(&cx, &json!({"surprise": surprise, "preferences": {"surprise": surprise}})).await?;
    let database: Value = run.result()?["database_context"]["database"].clone();
    let context = json!({"database": database, "surprise": surprise});
    answered(&cx, &json!({"database_context": context})).await.map(|_| ())
}

/// It says nothing new.
async fn own_session(cx: Context) -> Step {
    let session = cx.fresh_session();
    let (mut peer, _) = cx.join(Door::Query, &session).await?;
    ask(&cx, &mut peer, &json!({"session_id": session})).await?.result().map(|_| ())
}

/// As many as there may be, blanks at the end among them.
async fn longest(cx: Context) -> Step {
    let blanks = " ".repeat(LONGEST - QUESTION.chars().count());
    answered(&cx, &json!({"query": format!("{QUESTION}{blanks}")})).await.map(|_| ())
}
