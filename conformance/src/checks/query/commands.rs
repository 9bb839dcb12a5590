//! Commands to running and finished queries.

use std::time::Duration;

use serde_json::{Value, json};

use super::order::nothing_more;
use super::run::{self, ATTEMPTS, answered, ask, is_terminal, query, work};
use crate::checks::{Context, Peer, ReasonCode, Step, Stop, fail, field};
use crate::target::Door;

/// How long an answer is waited for that should have come before (before scaling).
const ANSWER: Duration = Duration::from_millis(600);

fn cancel(transaction: &str) -> Value {
    json!({"type": "command", "action": "cancel", "transaction_id": transaction, "id": "c-1"})
}

/// A query that was cancelled while it ran.
struct Cancelled {
    peer: Peer,
    transaction: String,
    /// `command_result` and the terminal message as they came.
    answers: Vec<Value>,
}

async fn cancelled(cx: &Context) -> Step<Cancelled> {
    for _ in 0..ATTEMPTS {
        let mut peer = cx.open(Door::Query).await?;
        peer.send(&query(&json!({}))).await;
        let accepted = peer.expect_type("query_accepted", work(cx)).await?;
        let transaction = field::text(&accepted.value, "transaction_id")?.to_owned();
        peer.send(&cancel(&transaction)).await;
        let mut answers: Vec<Value> = Vec::new();
        while answers.len() < 2 {
            // Behind the end of the query an answer is overdue already: it only tells "late" from "never".
            let ended = answers.iter().any(is_terminal);
            let limit = if ended { cx.within(ANSWER) } else { work(cx) };
            let what = "command_result and query_cancelled";
            let wanted = |value: &Value| field::name(value) == "command_result" || is_terminal(value);
            answers.push(peer.expect(what, limit, wanted).await?.value);
        }
        if answers.iter().all(|answer| field::name(answer) != "query_result") {
            return Ok(Cancelled { peer, transaction, answers });
        }
    }
    Err(Stop::Harness(format!("{ATTEMPTS} queries in a row ended before they could be cancelled")))
}

/// The command is answered first, then the query ends.
pub(super) async fn cancel_order(cx: Context) -> Step {
    let done = cancelled(&cx).await?;
    let names: Vec<&str> = done.answers.iter().map(field::name).collect();
    if names != ["command_result", "query_cancelled"] {
        let expected = "command_result, then query_cancelled";
        return fail(ReasonCode::WrongOrder, expected, names.join(", then "));
    }
    let (result, end) = (&done.answers[0], &done.answers[1]);
    field::equals(result, "action", "cancel")?;
    field::equals(result, "transaction_id", done.transaction.as_str())?;
    field::equals(result, "status", "cancelled")?;
    field::equals(result, "id", "c-1")?;
    field::equals(end, "transaction_id", done.transaction.as_str())?;
    field::equals(end, "status", "cancelled")
}

/// A cancelled query is silent: no progress, no result.
pub(super) async fn cancel_ends(cx: Context) -> Step {
    let mut done = cancelled(&cx).await?;
    nothing_more(&cx, &mut done.peer, &done.transaction).await
}

/// A finished transaction stays as it is.
pub(super) async fn finished_stays(cx: Context) -> Step {
    let (mut peer, run) = answered(&cx, &json!({})).await?;
    let transaction = run.transaction()?.to_owned();
    peer.send(&cancel(&transaction)).await;
    let answer = peer.expect_type("command_result", cx.soon()).await?;
    field::equals(&answer.value, "status", "completed")?;
    nothing_more(&cx, &mut peer, &transaction).await
}

/// Nobody knows such a transaction.
pub(super) async fn unknown(cx: Context) -> Step {
    let mut peer = cx.open(Door::Query).await?;
    peer.send(&cancel("tx_0000000000000000")).await;
    let answer = peer
        .expect("error NOT_FOUND", cx.soon(), |value| {
            matches!(field::name(value), "error" | "command_result")
        })
        .await?;
    not_found(&answer.value)
}

fn not_found(answer: &Value) -> Step {
    if field::name(answer) != "error" {
        return fail(ReasonCode::Accepted, "error NOT_FOUND", answer.to_string());
    }
    field::equals(answer, "code", "NOT_FOUND")?;
    field::equals(answer, "id", "c-1")
}

/// Another session's transaction is as unknown as none, and goes on.
pub(super) async fn foreign(cx: Context) -> Step {
    let (mut owner, _) = cx.join(Door::Query, &cx.fresh_session()).await?;
    let (mut other, _) = cx.join(Door::Query, &cx.fresh_session()).await?;
    run::stay(&cx, &mut other).await?;
    owner.send(&query(&json!({}))).await;
    let accepted = owner.expect_type("query_accepted", work(&cx)).await?;
    other.send(&cancel(field::text(&accepted.value, "transaction_id")?)).await;
    let answer = other
        .expect("error NOT_FOUND", cx.soon(), |value| {
            matches!(field::name(value), "error" | "command_result")
        })
        .await?;
    not_found(&answer.value)?;
    run::follow(&cx, &mut owner).await?.result().map(|_| ())
}

/// The same query again is the same execution: old transaction, old terminal message, old offset.
pub(super) async fn same_query_id(cx: Context) -> Step {
    let ids = json!({"query_id": cx.fresh_session()});
    let (mut peer, first) = answered(&cx, &ids).await?;
    let again = ask(&cx, &mut peer, &ids).await?;
    let accepted = again.accepted()?;
    field::equals(accepted, "transaction_id", first.transaction()?)?;
    field::equals(accepted, "duplicate", true)?;
    field::absent(accepted, "offset")?;
    let offset = field::integer(first.result()?, "offset")?;
    field::equals(again.result()?, "offset", offset)?;
    field::equals(again.result()?, "transaction_id", first.transaction()?)
}

/// The same id with another text is a mistake of the client.
pub(super) async fn same_query_id_other_text(cx: Context) -> Step {
    let id = cx.fresh_session();
    let (mut peer, _) = answered(&cx, &json!({"query_id": id})).await?;
    let other = json!({"query_id": id, "query": "Show me the top 5 customers by total purchase amount"});
    let run = ask(&cx, &mut peer, &other).await?;
    let last = &run.terminal()?.value;
    if field::name(last) != "error" {
        return fail(ReasonCode::Accepted, "error INVALID_MESSAGE", last.to_string());
    }
    field::equals(last, "code", "INVALID_MESSAGE")
}

/// Queries with the same `id`, without `query_id`, are two.
pub(super) async fn other_ids_repeat(cx: Context) -> Step {
    let ids = json!({"id": "twice", "correlation_id": "twice"});
    let (mut peer, first) = answered(&cx, &ids).await?;
    let again = ask(&cx, &mut peer, &ids).await?;
    again.result()?;
    if first.transaction()? == again.transaction()? {
        return fail(ReasonCode::Duplicate, "a new transaction", "the old one");
    }
    Ok(())
}
