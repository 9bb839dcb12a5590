//! Queries in the typed dialect.

use serde_json::json;

use super::run::{Run, ask};
use crate::checks::{Context, ReasonCode, Step, fail, field, now};
use crate::target::Door;

async fn typed(cx: &Context) -> Step<Run> {
    let mut peer = cx.open(Door::Demo).await?;
    let run = ask(cx, &mut peer, &json!({"id": "t-1", "timestamp": now()})).await?;
    let last = &run.terminal()?.value;
    if last["type"] == "error" {
        return fail(ReasonCode::Refused, "an answer", last.to_string());
    }
    Ok(run)
}

/// Acceptance and progress are events: name and id outside, the fields in the payload.
pub(super) async fn events(cx: Context) -> Step {
    let run = typed(&cx).await?;
    let transaction = run.transaction()?;
    for message in run.named("query_accepted").into_iter().chain(run.updates()?) {
        let message = &message.value;
        field::equals(message, "type", "event")?;
        field::equals(message, "id", "t-1")?;
        field::timestamp(message, "timestamp")?;
        field::equals(message, "/payload/transaction_id", transaction)?;
        field::absent(message, "transaction_id")?;
        field::absent(message, "/payload/type")?;
    }
    Ok(())
}

/// The terminal message is the response to the query's id.
pub(super) async fn response(cx: Context) -> Step {
    let run = typed(&cx).await?;
    let last = &run.terminal()?.value;
    field::equals(last, "type", "response")?;
    field::equals(last, "id", "t-1")?;
    field::timestamp(last, "timestamp")?;
    field::equals(last, "/result/transaction_id", run.transaction()?)?;
    field::equals(last, "/result/status", "completed")?;
    field::array(last, "/result/rows").map(|_| ())
}

/// Fields inside `params` count, and win over those beside it.
pub(super) async fn params(cx: Context) -> Step {
    let mut peer = cx.open(Door::Demo).await?;
    let query = json!({
        "query": "zqxv blorf wuggle", "timestamp": now(),
        "params": {"query": "show revenue", "id": "inside"},
    });
    let run = ask(&cx, &mut peer, &query).await?;
    let last = &run.terminal()?.value;
    if last["type"] != "response" {
        return fail(ReasonCode::Refused, "a response to the question in params", last.to_string());
    }
    field::equals(last, "id", "inside")
}
