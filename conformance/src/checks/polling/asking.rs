//! Asking without waiting, and looking again.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::Instant;

use crate::checks::query::run::{query, work};
use crate::checks::rest::operations::{body, status};
use crate::checks::{Context, ReasonCode, Step, fail, field};
use crate::peer::{Request, Response};

/// Pause between two looks.
const PAUSE: Duration = Duration::from_millis(25);

/// A question whose answer is polled for.
pub(super) fn question(cx: &Context, more: &Value) -> Request {
    Request::post_json(&cx.target().rest("/api/query"), &query(more)).header("Prefer", "respond-async")
}

/// Asks; gives the 202 and the transaction.
pub(in crate::checks) async fn asked(cx: &Context, more: &Value) -> Step<(Response, String)> {
    asked_by(cx, question(cx, more)).await
}

/// The same by a request that is ready.
pub(in crate::checks) async fn asked_by(cx: &Context, request: Request) -> Step<(Response, String)> {
    // One that waits for the end all the same is told by its status.
    let response = cx.http_within(request, Duration::from_secs(5)).await?;
    status(&response, 202)?;
    let transaction = field::text(&body(&response)?, "transaction_id")?.to_owned();
    Ok((response, transaction))
}

/// The request for a transaction.
pub(super) fn transaction(cx: &Context, id: &str) -> Request {
    Request::get(&cx.target().rest(&format!("/api/transactions/{id}")))
}

/// One look at a transaction.
pub(super) async fn look(cx: &Context, id: &str) -> Step<(Response, Value)> {
    let response = cx.http(transaction(cx, id)).await?;
    status(&response, 200)?;
    let body = body(&response)?;
    Ok((response, body))
}

/// Looks until the transaction is over; gives every look.
pub(in crate::checks) async fn looks(cx: &Context, id: &str) -> Step<Vec<Value>> {
    let end = work(cx).end().max(Instant::now());
    let mut seen = Vec::new();
    loop {
        let (_, body) = look(cx, id).await?;
        let over = !matches!(field::text(&body, "status")?, "queued" | "running" | "paused");
        seen.push(body);
        if over {
            return Ok(seen);
        }
        if Instant::now() > end {
            let last = seen.last().map(Value::to_string).unwrap_or_default();
            return fail(ReasonCode::Missing, "the end of the transaction", last);
        }
        tokio::time::sleep(PAUSE).await;
    }
}

/// A question that was answered; gives its transaction and the last look.
pub(super) async fn finished(cx: &Context) -> Step<(String, Value)> {
    let (_, id) = asked(cx, &json!({})).await?;
    let last = looks(cx, &id).await?.pop().unwrap_or_default();
    field::equals(&last, "status", "completed")?;
    Ok((id, last))
}

/// What `?poll=1` of a session says, with `parameters` behind it.
pub(super) async fn poll(cx: &Context, session: &str, parameters: &str) -> Step<Value> {
    let path = cx.target().rest(&format!("/api/progress/{session}?poll=1{parameters}"));
    let response = cx.http(Request::get(&path)).await?;
    status(&response, 200)?;
    body(&response)
}
