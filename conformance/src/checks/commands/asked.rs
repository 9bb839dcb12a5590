//! A query that runs, and commands to it.

use serde_json::{Value, json};

use crate::checks::query::run::{ATTEMPTS, is_terminal, query, stay, work};
use crate::checks::{Context, Peer, ReasonCode, Step, Stop, ensure_eq, fail, field};
use crate::target::Door;

/// A query that was accepted, and its asker.
pub(super) struct Asked {
    pub(super) peer: Peer,
    pub(super) session: String,
    pub(super) transaction: String,
}

/// A query in a new session, just accepted.
pub(super) async fn asked(cx: &Context, more: &Value) -> Step<Asked> {
    let session = cx.fresh_session();
    let (mut peer, _) = cx.join(Door::Query, &session).await?;
    stay(cx, &mut peer).await?;
    peer.send(&query(more)).await;
    let accepted = peer.expect_type("query_accepted", work(cx)).await?;
    let transaction = field::text(&accepted.value, "transaction_id")?.to_owned();
    Ok(Asked { peer, session, transaction })
}

/// A query in a new session that is over; gives its terminal message too.
pub(super) async fn ended(cx: &Context, more: &Value) -> Step<(Asked, Value)> {
    let mut asked = asked(cx, more).await?;
    let end = asked.peer.expect("the end of the query", work(cx), is_terminal).await?.value;
    Ok((asked, end))
}

/// Sends a command with an id of its own.
pub(super) async fn send(peer: &Peer, action: &str, transaction: &str) {
    let id = format!("c-{action}");
    peer.send(&json!({"type": "command", "action": action, "transaction_id": transaction, "id": id})).await;
}

/// What a command is answered with, result or error.
pub(super) async fn answer(cx: &Context, peer: &mut Peer, action: &str) -> Step<Value> {
    let id = format!("c-{action}");
    let what = format!("the answer to {action}");
    let mine = |value: &Value| {
        matches!(field::name(value), "command_result" | "error") && value["id"] == id.as_str()
    };
    Ok(peer.expect(&what, cx.soon(), mine).await?.value)
}

/// Commands, and gives the status that the answer tells; an error is `refused`.
pub(in crate::checks) async fn command(
    cx: &Context,
    peer: &mut Peer,
    action: &str,
    transaction: &str,
) -> Step<String> {
    send(peer, action, transaction).await;
    let answer = answer(cx, peer, action).await?;
    if field::name(&answer) != "command_result" {
        return fail(ReasonCode::Refused, format!("command_result of {action}"), answer.to_string());
    }
    field::equals(&answer, "action", action)?;
    field::equals(&answer, "transaction_id", transaction)?;
    field::text(&answer, "status").map(str::to_owned)
}

/// Commands; the answer must tell `status`.
pub(super) async fn commanded(cx: &Context, asked: &mut Asked, action: &str, status: &str) -> Step {
    let told = command(cx, &mut asked.peer, action, &asked.transaction).await?;
    ensure_eq(&format!("status after {action}"), &told, status)
}

/// A query that was paused while it ran. One that ended first is asked again.
pub(super) async fn paused(cx: &Context) -> Step<Asked> {
    for _ in 0..ATTEMPTS {
        let mut asked = asked(cx, &json!({})).await?;
        let told = command(cx, &mut asked.peer, "pause", &asked.transaction).await?;
        if told == "completed" {
            continue;
        }
        ensure_eq("status after pause", &told, "paused")?;
        return Ok(asked);
    }
    Err(Stop::Harness(format!("{ATTEMPTS} queries in a row ended before they could be paused")))
}

/// Waits for the end, which must be a result.
pub(super) async fn completed(cx: &Context, peer: &mut Peer) -> Step<Value> {
    let end = peer.expect("query_result", work(cx), is_terminal).await?.value;
    if field::name(&end) != "query_result" {
        return fail(ReasonCode::Refused, "query_result", end.to_string());
    }
    Ok(end)
}
