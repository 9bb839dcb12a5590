//! How a failed query ends for its asker. The cause is the same for all of these: an agent that is not there.

use serde_json::{Value, json};

use super::cause::{TIMEOUT, UNREACHABLE};
use crate::checks::query::order::nothing_more;
use crate::checks::query::run::{ask, follow, is_terminal, query, work};
use crate::checks::{Check, Context, ReasonCode, Step, ensure, fail, field, now};
use crate::target::Door;

pub(super) fn checks() -> Vec<Check> {
    let unreachable = vec![
        check!("failures", "ends-once", "nothing about a failed query follows its error", ends_once),
        check!("failures", "own-transaction", "the error names the transaction that failed", own_transaction),
        check!("failures", "progress-before", "the stages before the failure are seen", progress_before),
        check!("failures", "ids", "the error has the query's own ids", ids),
        check!("failures", "goes-on", "a session goes on after a failed query", goes_on),
        check!("failures", "beside", "a failed query harms none beside it", beside),
        check!("failures", "typed", "in the typed dialect the asker gets an error", typed),
        check!("failures", "chat", "a chat message that fails is answered by an error", chat)
            .features(&["failing-agents", "chat"]),
        check!("failures", "retry", "a failed query can be retried", retry),
        check!("failures", "repeat", "asked again by its query_id it is the old error", repeat),
        check!("failures", "state", "a command to a failed query tells that it failed", state),
    ];
    let impatient = check!("failures", "timeout-ends", "a query that took too long has ended", timeout_ends);
    let named = |check: Check| {
        if check.features.is_empty() { UNREACHABLE.of(check) } else { check.variant("failing-agents") }
    };
    unreachable.into_iter().map(named).chain([TIMEOUT.of(impatient)]).collect()
}

/// Neither a result nor a second error.
async fn ends_once(cx: Context) -> Step {
    let mut peer = cx.open(Door::Query).await?;
    let run = UNREACHABLE.fails(&cx, &mut peer, &json!({})).await?;
    nothing_more(&cx, &mut peer, run.transaction()?).await
}

/// What an agent does in spite of its lateness reaches nobody.
async fn timeout_ends(cx: Context) -> Step {
    let mut peer = cx.open(Door::Query).await?;
    let run = TIMEOUT.fails(&cx, &mut peer, &json!({})).await?;
    nothing_more(&cx, &mut peer, run.transaction()?).await
}

/// Of two that run, it is the one that is named.
async fn own_transaction(cx: Context) -> Step {
    let mut peer = cx.open(Door::Query).await?;
    let run = UNREACHABLE.fails(&cx, &mut peer, &json!({})).await?;
    field::equals(&run.terminal()?.value, "transaction_id", run.transaction()?)
}

/// Who waits sees how far it came before it failed.
async fn progress_before(cx: Context) -> Step {
    let mut peer = cx.open(Door::Query).await?;
    let run = UNREACHABLE.fails(&cx, &mut peer, &json!({})).await?;
    for stage in ["nlp", "data"] {
        let seen = run.updates()?.iter().any(|update| update.value["current_agent"] == stage);
        ensure(seen, ReasonCode::Missing, &format!("progress of {stage} before the error"), "none")?;
    }
    Ok(())
}

/// All that were given.
async fn ids(cx: Context) -> Step {
    let mut peer = cx.open(Door::Query).await?;
    let ids = json!({"id": "fails", "query_id": cx.fresh_session(), "correlation_id": 7});
    let run = UNREACHABLE.fails(&cx, &mut peer, &ids).await?;
    for name in ["id", "query_id", "correlation_id"] {
        field::equals(&run.terminal()?.value, name, ids[name].clone())?;
    }
    Ok(())
}

/// The next query of the same connection is answered.
async fn goes_on(cx: Context) -> Step {
    let mut peer = cx.open(Door::Query).await?;
    UNREACHABLE.fails(&cx, &mut peer, &json!({})).await?;
    ask(&cx, &mut peer, &json!({})).await?.result().map(|_| ())
}

/// Two queries of one connection at one time: one fails, the other is answered.
async fn beside(cx: Context) -> Step {
    let mut peer = cx.open(Door::Query).await?;
    peer.send(&query(&UNREACHABLE.asking(&json!({"id": "bad"})))).await;
    peer.send(&query(&json!({"id": "good"}))).await;
    for _ in 0..2 {
        let end = peer.expect("the ends of both queries", work(&cx), is_terminal).await?.value;
        let expected = if end["id"] == "bad" { "error" } else { "query_result" };
        if field::name(&end) != expected {
            return fail(ReasonCode::Refused, format!("{expected} for {}", end["id"]), end.to_string());
        }
    }
    Ok(())
}

/// Not an event, and no response either.
async fn typed(cx: Context) -> Step {
    let mut peer = cx.open(Door::Demo).await?;
    let run = UNREACHABLE.fails(&cx, &mut peer, &json!({"id": "t-1", "timestamp": now()})).await?;
    let error = &run.terminal()?.value;
    field::equals(error, "type", "error")?;
    field::equals(error, "id", "t-1")
}

/// In place of the reply.
async fn chat(cx: Context) -> Step {
    let mut peer = cx.open(Door::Chat).await?;
    let said = json!({"type": "chat_message", "message": "show revenue", "id": "c"});
    peer.send(&UNREACHABLE.asking(&said)).await;
    let ends = |value: &Value| is_terminal(value) || field::name(value) == "chat_reply";
    let end = peer.expect("the end of the chat message", work(&cx), ends).await?.value;
    if field::name(&end) != "error" {
        return fail(ReasonCode::Accepted, "error AGENT_UNAVAILABLE", end.to_string());
    }
    field::equals(&end, "code", "AGENT_UNAVAILABLE")?;
    field::equals(&end, "id", "c")
}

/// The new transaction runs, and fails under its own name.
async fn retry(cx: Context) -> Step {
    let mut peer = cx.open(Door::Query).await?;
    let first = UNREACHABLE.fails(&cx, &mut peer, &json!({})).await?;
    let again = json!({"type": "command", "action": "retry", "transaction_id": first.transaction()?});
    peer.send(&again).await;
    let answers = |value: &Value| matches!(field::name(value), "command_result" | "error");
    let told = peer.expect("command_result of retry", cx.soon(), answers).await?.value;
    if field::name(&told) != "command_result" {
        return fail(ReasonCode::Refused, "command_result of retry", told.to_string());
    }
    let second = follow(&cx, &mut peer).await?;
    let error = &second.terminal()?.value;
    field::equals(error, "code", "AGENT_UNAVAILABLE")?;
    field::equals(error, "transaction_id", field::any(&told, "new_transaction_id")?.clone())
}

/// A failure is an end like any other: it is not run again, its event is shown again.
async fn repeat(cx: Context) -> Step {
    let mut peer = cx.open(Door::Query).await?;
    let ids = json!({"query_id": cx.fresh_session()});
    let first = UNREACHABLE.fails(&cx, &mut peer, &ids).await?;
    let again = UNREACHABLE.fails(&cx, &mut peer, &ids).await?;
    field::equals(again.accepted()?, "duplicate", true)?;
    let offset = field::integer(&first.terminal()?.value, "offset")?;
    field::equals(&again.terminal()?.value, "offset", offset)
}

/// Cancelling what has failed changes nothing.
async fn state(cx: Context) -> Step {
    let mut peer = cx.open(Door::Query).await?;
    let run = UNREACHABLE.fails(&cx, &mut peer, &json!({})).await?;
    peer.send(&json!({"type": "command", "action": "cancel", "transaction_id": run.transaction()?})).await;
    let told = peer.expect_type("command_result", cx.soon()).await?.value;
    field::equals(&told, "status", "failed")
}
