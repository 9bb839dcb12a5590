//! Queries over HTTP.

use std::time::Duration;

use serde_json::{Value, json};

use super::operations::{body, refused, status};
use super::sessions::make;
use crate::checks::{ANYBODY, Context, ReasonCode, Step, Stop, ensure, field};
use crate::peer::Request;
use crate::target::Door;

/// A question every system of this kind can answer.
const QUESTION: &str = "show revenue";

/// Larger bodies are not sent to find out.
const MOST_SENT: usize = 1024 * 1024;

fn path(cx: &Context) -> String {
    cx.target().rest("/api/query")
}

fn ask(cx: &Context) -> Request {
    Request::post_json(&path(cx), &json!({"query": QUESTION}))
}

/// The shape of a result.
fn is_result(result: &Value) -> Step {
    field::equals(result, "status", "completed")?;
    field::text(result, "sql")?;
    field::text(result, "transaction_id")?;
    let columns = field::array(result, "columns")?.len();
    for column in field::array(result, "columns")? {
        field::text(column, "name")?;
        field::text(column, "type")?;
    }
    let rows = field::array(result, "rows")?;
    let whole = rows.iter().all(|row| row.as_array().is_some_and(|row| row.len() == columns));
    ensure(whole, ReasonCode::WrongValue, &format!("rows of {columns} values"), "other rows")?;
    field::equals(result, "row_count", rows.len())?;
    field::boolean(result, "truncated")?;
    field::text(result, "/visualization/chart_type")?;
    field::object(result, "/visualization/spec")?;
    field::object(result, "timings_ms").map(|_| ())
}

/// The result object.
pub(super) async fn result(cx: Context) -> Step {
    let response = cx.http_within(ask(&cx), Duration::from_secs(6)).await?;
    status(&response, 200)?;
    is_result(&body(&response)?)
}

/// `text/plain`, as a browser's fetch says with a string body.
pub(super) async fn any_content_type(cx: Context) -> Step {
    let request = ask(&cx).with("Content-Type", "text/plain;charset=UTF-8");
    let response = cx.http_within(request, Duration::from_secs(6)).await?;
    status(&response, 200)?;
    field::equals(&body(&response)?, "status", "completed")
}

/// Not JSON.
pub(super) async fn bad_json(cx: Context) -> Step {
    let request = Request::new("POST", &path(&cx)).body("{\"query\": ");
    refused(&cx.http(request).await?, 400, "INVALID_JSON").map(|_| ())
}

/// Nothing but blanks.
pub(super) async fn rejected(cx: Context) -> Step {
    let request = Request::post_json(&path(&cx), &json!({"query": "  \t "}));
    let error = refused(&cx.http(request).await?, 422, "QUERY_REJECTED")?;
    field::equals(&error, "/details/reason", "empty")
}

/// A good query and blanks, more than a message may have. What is refused is its size, not its question.
pub(super) async fn too_large(cx: Context) -> Step {
    let peer = cx.open(Door::Query).await?;
    let most = field::integer(peer.established(), "/limits/max_message_bytes")? as usize;
    if most > MOST_SENT {
        return Err(Stop::Harness(format!("bodies of {most} bytes are allowed, more than a check sends")));
    }
    let asking = json!({"query": QUESTION}).to_string();
    let body = format!("{asking}{}", " ".repeat(most * 2));
    let request = Request::new("POST", &path(&cx)).header("Content-Type", "application/json").body(body);
    refused(&cx.http_within(request, Duration::from_secs(6)).await?, 413, "MESSAGE_TOO_LARGE").map(|_| ())
}

/// Everybody who watches the session sees the query that came by HTTP.
pub(super) async fn in_session(cx: Context) -> Step {
    let id = cx.fresh_session();
    make(&cx, &id, ANYBODY).await?;
    let mut peer = cx.open(Door::Progress(id.clone())).await?;
    let response = cx.http_within(ask(&cx).header("X-Session-Id", &id), Duration::from_secs(6)).await?;
    status(&response, 200)?;
    let answer = body(&response)?;
    let seen = peer.expect_type("query_result", cx.soon()).await?;
    field::equals(&seen.value, "transaction_id", field::text(&answer, "transaction_id")?)?;
    field::equals(&seen.value, "session_id", id)?;
    let offset = field::integer(&seen.value, "offset")?;
    ensure(offset > 1, ReasonCode::WrongValue, "an offset behind the query's earlier events", offset)
}
