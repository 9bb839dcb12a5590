//! Words of a question never become a statement of their own.

use serde_json::{Value, json};

use crate::checks::query::run::{ask, follow, query};
use crate::checks::{Check, Context, ReasonCode, Step, ensure, field};
use crate::peer::Request;
use crate::target::Door;

pub(super) fn checks() -> Vec<Check> {
    vec![
        check!("security", "sql-in-question", "SQL in a question is never run", "sql", in_question),
        check!(
            "security",
            "sql-harmless",
            "after such a question others are answered as before",
            "sql",
            harmless
        ),
        check!(
            "security",
            "sql-in-context",
            "SQL in a database's name is an unknown name",
            "sql-in-names",
            in_context
        ),
        check!(
            "security",
            "sql-in-session",
            "SQL in a session id is a malformed id",
            "sql-in-names",
            in_session
        ),
        check!(
            "security",
            "markup",
            "markup in a question comes back as text, not as a page",
            "markup",
            markup
        ),
    ]
}

const STATEMENTS: [&str; 4] = [
    "show revenue; DROP TABLE orders; --",
    "show revenue' OR '1'='1",
    "show revenue UNION SELECT name FROM sqlite_master",
    "DELETE FROM orders",
];

/// Whatever is made of it, its statement reads only and has one part; or it is refused.
async fn in_question(cx: Context) -> Step {
    let mut peer = cx.open(Door::Query).await?;
    for (number, question) in STATEMENTS.iter().enumerate() {
        let id = format!("sql-{number}");
        peer.send(&query(&json!({"query": question, "query_id": id}))).await;
        let run = follow(&cx, &mut peer).await?;
        let last = &run.terminal()?.value;
        let Some(sql) = last.get("sql").and_then(Value::as_str) else { continue };
        let upper = sql.to_ascii_uppercase();
        let written =
            ["DROP ", "DELETE ", "INSERT ", "UPDATE ", "ALTER ", "SQLITE_MASTER", "INFORMATION_SCHEMA"];
        let found = written.iter().find(|word| upper.contains(**word));
        ensure(found.is_none(), ReasonCode::Accepted, "a statement that reads what was asked", sql)?;
        let parts = sql.trim_end().trim_end_matches(';').matches(';').count();
        ensure(parts == 0, ReasonCode::Accepted, "one statement", sql)?;
    }
    Ok(())
}

/// The same rows before and after.
async fn harmless(cx: Context) -> Step {
    let mut peer = cx.open(Door::Query).await?;
    let before = ask(&cx, &mut peer, &json!({"query_id": "before"})).await?.result()?["row_count"].clone();
    peer.send(&query(&json!({"query": STATEMENTS[0], "query_id": "bad"}))).await;
    follow(&cx, &mut peer).await?;
    let after = ask(&cx, &mut peer, &json!({"query_id": "after"})).await?;
    field::equals(after.result()?, "row_count", before)
}

/// `DATABASE_CONTEXT_INVALID`, before acceptance.
async fn in_context(cx: Context) -> Step {
    let mut peer = cx.open(Door::Query).await?;
    let context = json!({"database": "financial_db; DROP TABLE orders"});
    peer.send(&query(&json!({"database_context": context, "query_id": "c"}))).await;
    let answers = |value: &Value| matches!(field::name(value), "query_accepted" | "error");
    let answer = peer.expect("error DATABASE_CONTEXT_INVALID", cx.soon(), answers).await?.value;
    ensure(field::name(&answer) == "error", ReasonCode::Accepted, "error DATABASE_CONTEXT_INVALID", &answer)?;
    field::equals(&answer, "code", "DATABASE_CONTEXT_INVALID")
}

/// 404, as of every malformed id.
async fn in_session(cx: Context) -> Step {
    let path = cx.target().rest("/api/sessions/x'%20OR%20'1'%3D'1");
    let response = cx.http(Request::get(&path)).await?;
    let found = (200..300).contains(&response.status);
    ensure(!found, ReasonCode::Accepted, "status 404", response.text())?;
    ensure(response.status == 404, ReasonCode::WrongStatus, "status 404", response.status)
}

/// An error that repeats it is JSON, and says so.
async fn markup(cx: Context) -> Step {
    let body = json!({"query": "<script>alert(1)</script>"});
    let response = cx
        .http_within(
            Request::post_json(&cx.target().rest("/api/query"), &body),
            std::time::Duration::from_secs(5),
        )
        .await?;
    let kind = response.field("Content-Type").unwrap_or_default().to_ascii_lowercase();
    ensure(
        kind.starts_with("application/json"),
        ReasonCode::WrongValue,
        "Content-Type: application/json",
        kind,
    )
}
