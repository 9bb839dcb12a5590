//! Who may command what, and what is no command.

use serde_json::{Value, json};

use super::asked::{Asked, answer, asked, command, commanded, completed, ended, paused, send};
use crate::checks::query::run::{is_terminal, query, stay, work};
use crate::checks::{Check, Context, Peer, ReasonCode, Step, ensure_eq, fail, field, now};
use crate::target::Door;

pub(super) fn checks() -> Vec<Check> {
    [sent_by(), refused()].concat()
}

fn sent_by() -> Vec<Check> {
    vec![
        Check::new(
            "commands.other-socket",
            "any connection of the session commands its queries",
            &["commands.other-socket"],
            other_socket,
        )
        .tags(&["slow"]),
        Check::new(
            "commands.answer-alone",
            "the answer to a command is its sender's alone",
            &["commands.answer-alone"],
            answer_alone,
        )
        .tags(&["slow"]),
        Check::new(
            "commands.cancelled-event",
            "query_cancelled reaches the whole session under one offset",
            &["commands.cancelled-event"],
            cancelled_event,
        ),
        Check::new(
            "commands.unknown-transaction",
            "no action knows an unknown transaction",
            &["commands.unknown-transaction"],
            unknown,
        ),
        Check::new(
            "commands.foreign-transaction",
            "another session's query can't be paused or resumed",
            &["commands.foreign-transaction"],
            foreign,
        )
        .tags(&["slow"]),
        Check::new(
            "commands.foreign-retry",
            "another session's query can't be retried",
            &["commands.foreign-retry"],
            foreign_retry,
        ),
        Check::new(
            "commands.asked-before",
            "who asked before the handshake may command after it",
            &["commands.asked-before"],
            asked_before,
        ),
    ]
}

fn refused() -> Vec<Check> {
    vec![
        Check::new(
            "commands.unknown-action",
            "an unknown action is INVALID_MESSAGE",
            &["commands.unknown-action"],
            unknown_action,
        ),
        Check::new(
            "commands.no-transaction",
            "a command without transaction is INVALID_MESSAGE",
            &["commands.no-transaction"],
            no_transaction,
        ),
        Check::new(
            "commands.odd-transaction",
            "a transaction that is no text is INVALID_MESSAGE",
            &["commands.odd-transaction"],
            odd_transaction,
        ),
        Check::new(
            "commands.failed-state",
            "a query that failed has the final state failed",
            &["commands.failed-state"],
            failed,
        ),
        Check::new(
            "commands.typed",
            "a command in the typed dialect has its fields in params",
            &["commands.typed"],
            typed,
        ),
        Check::new(
            "commands.finished-stays",
            "pause and resume change nothing of what is finished",
            &["commands.finished-stays"],
            finished_stays,
        ),
        Check::new(
            "commands.others-go-on",
            "a cancel ends its own query alone",
            &["commands.others-go-on"],
            others_go_on,
        )
        .tags(&["slow"]),
    ]
}

/// Another connection of the same session.
async fn beside(cx: &Context, asked: &Asked) -> Step<Peer> {
    let (mut other, _) = cx.join_with(Door::Query, &asked.session, json!({"agent_id": "other"})).await?;
    stay(cx, &mut other).await?;
    Ok(other)
}

/// Any connection of the session may command its queries.
async fn other_socket(cx: Context) -> Step {
    let mut held = paused(&cx).await?;
    let mut other = beside(&cx, &held).await?;
    let told = command(&cx, &mut other, "cancel", &held.transaction).await?;
    ensure_eq("status after cancel", &told, "cancelled")?;
    let end = held.peer.expect("query_cancelled", work(&cx), is_terminal).await?.value;
    ensure_eq("end of the query", field::name(&end), "query_cancelled")
}

/// The answer to a command is its sender's alone.
async fn answer_alone(cx: Context) -> Step {
    let mut held = paused(&cx).await?;
    let mut other = beside(&cx, &held).await?;
    command(&cx, &mut other, "cancel", &held.transaction).await?;
    let seen = |value: &Value| field::name(value) == "command_result" || is_terminal(value);
    let next = held.peer.expect("query_cancelled", work(&cx), seen).await?.value;
    if field::name(&next) == "command_result" {
        return fail(ReasonCode::Leak, "command_result at its sender alone", next.to_string());
    }
    Ok(())
}

/// `query_cancelled` is an event of the session: everybody in it sees it, under one offset.
async fn cancelled_event(cx: Context) -> Step {
    let mut held = paused(&cx).await?;
    let mut other = beside(&cx, &held).await?;
    commanded(&cx, &mut held, "cancel", "cancelled").await?;
    let mine = held.peer.expect_type("query_cancelled", work(&cx)).await?.value;
    let theirs = other.expect_type("query_cancelled", work(&cx)).await?.value;
    field::equals(&theirs, "transaction_id", held.transaction)?;
    field::equals(&theirs, "offset", field::integer(&mine, "offset")?)
}

/// An error NOT_FOUND for `action` at `peer`.
async fn not_found(cx: &Context, peer: &mut Peer, action: &str, transaction: &str) -> Step {
    send(peer, action, transaction).await;
    let told = answer(cx, peer, action).await?;
    if field::name(&told) != "error" {
        return fail(ReasonCode::Accepted, format!("error NOT_FOUND for {action}"), told.to_string());
    }
    field::equals(&told, "code", "NOT_FOUND")
}

/// No action knows an unknown transaction.
async fn unknown(cx: Context) -> Step {
    let mut peer = cx.open(Door::Query).await?;
    for action in ["pause", "resume", "retry"] {
        not_found(&cx, &mut peer, action, "tx_0000000000000000").await?;
    }
    peer.expect_open(cx.soon()).await
}

/// Another session's query is unknown to pause and resume, and stays as it was.
async fn foreign(cx: Context) -> Step {
    let mut held = paused(&cx).await?;
    let (mut other, _) = cx.join(Door::Query, &cx.fresh_session()).await?;
    for action in ["resume", "pause"] {
        not_found(&cx, &mut other, action, &held.transaction).await?;
    }
    commanded(&cx, &mut held, "resume", "running").await?;
    completed(&cx, &mut held.peer).await.map(|_| ())
}

/// Another session's finished query can't be run again.
async fn foreign_retry(cx: Context) -> Step {
    let (asked, _) = ended(&cx, &json!({})).await?;
    let (mut other, _) = cx.join(Door::Query, &cx.fresh_session()).await?;
    not_found(&cx, &mut other, "retry", &asked.transaction).await
}

/// Who asked before the handshake may command the query after it.
async fn asked_before(cx: Context) -> Step {
    let mut peer = cx.open(Door::Query).await?;
    peer.send(&query(&json!({}))).await;
    let accepted = peer.expect_type("query_accepted", work(&cx)).await?.value;
    let transaction = field::text(&accepted, "transaction_id")?;
    peer.send(&json!({"type": "connection_handshake", "session_id": cx.fresh_session()})).await;
    peer.expect_type("connection_acknowledged", cx.soon()).await?;
    let told = command(&cx, &mut peer, "cancel", transaction).await?;
    let known = ["cancelled", "completed"].contains(&told.as_str());
    crate::checks::ensure(known, ReasonCode::WrongValue, "cancelled, or completed already", told)
}

/// An `INVALID_MESSAGE` for `message`; the connection stays.
async fn invalid(cx: &Context, message: Value) -> Step {
    let mut peer = cx.open(Door::Query).await?;
    peer.send(&message).await;
    let told = answer(cx, &mut peer, "odd").await?;
    if field::name(&told) != "error" {
        return fail(ReasonCode::Accepted, "error INVALID_MESSAGE", told.to_string());
    }
    field::equals(&told, "code", "INVALID_MESSAGE")?;
    peer.expect_open(cx.soon()).await
}

/// There are four actions.
async fn unknown_action(cx: Context) -> Step {
    invalid(&cx, json!({"type": "command", "action": "explode", "transaction_id": "tx_1", "id": "c-odd"}))
        .await
}

/// A command without transaction commands nothing.
async fn no_transaction(cx: Context) -> Step {
    invalid(&cx, json!({"type": "command", "action": "cancel", "id": "c-odd"})).await
}

/// A transaction is text.
async fn odd_transaction(cx: Context) -> Step {
    invalid(&cx, json!({"type": "command", "action": "cancel", "transaction_id": 7, "id": "c-odd"})).await
}

/// The state `failed` of a query that was accepted and then failed is told like the others.
async fn failed(cx: Context) -> Step {
    let mut peer = cx.open(Door::Query).await?;
    let run = crate::checks::query::run::ask(&cx, &mut peer, &json!({"query": "zqxv blorf wuggle"})).await?;
    let Some(accepted) = run.named("query_accepted").first().map(|accepted| accepted.value.clone()) else {
        // Both ways are the server's choice: this is its answer.
        field::equals(&run.terminal()?.value, "code", "QUERY_REJECTED")?;
        return Err(crate::checks::Stop::NotApplicable(
            "an unreadable question is refused at once".to_owned(),
        ));
    };
    let told = command(&cx, &mut peer, "cancel", field::text(&accepted, "transaction_id")?).await?;
    ensure_eq("status of a query that failed", &told, "failed")
}

/// In the typed dialect a command may have its fields in `params`, and is answered by an event.
async fn typed(cx: Context) -> Step {
    let mut peer = cx.open(Door::Demo).await?;
    let query = json!({"type": "query", "params": {"query": "show revenue"}, "timestamp": now()});
    peer.send(&query).await;
    let accepted = peer.expect_type("query_accepted", work(&cx)).await?.value;
    let transaction = field::text(field::fields(&accepted), "transaction_id")?;
    let command = json!({
        "type": "command", "id": "c-cancel", "timestamp": now(),
        "params": {"action": "cancel", "transaction_id": transaction},
    });
    peer.send(&command).await;
    let told = answer(&cx, &mut peer, "cancel").await?;
    field::equals(&told, "type", "event")?;
    field::equals(&told, "event_name", "command_result")?;
    field::equals(&told, "/payload/action", "cancel")?;
    field::equals(&told, "/payload/transaction_id", transaction)
}

/// Finished stays finished, whatever the command.
async fn finished_stays(cx: Context) -> Step {
    let (mut asked, _) = ended(&cx, &json!({})).await?;
    for action in ["pause", "resume"] {
        commanded(&cx, &mut asked, action, "completed").await?;
    }
    Ok(())
}

/// A query that was cancelled by mistake elsewhere does not stop one that runs beside it.
async fn others_go_on(cx: Context) -> Step {
    let mut held = paused(&cx).await?;
    let mut second = asked(&cx, &json!({})).await?;
    commanded(&cx, &mut held, "cancel", "cancelled").await?;
    let end = completed(&cx, &mut second.peer).await?;
    field::equals(&end, "transaction_id", second.transaction)
}
