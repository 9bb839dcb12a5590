//! What a query is answered with, and in which order.

use std::time::Duration;

use serde_json::{Value, json};

use super::run::{self, STAGES, answered};
use crate::checks::{Context, Peer, ReasonCode, Step, fail, field};
use crate::peer::{EventKind, Message};
use crate::target::Door;

/// How long nothing may follow a terminal message.
const AFTER: Duration = Duration::from_millis(700);

/// Type and text are all a query needs.
pub(super) async fn minimal(cx: Context) -> Step {
    let (_, run) = answered(&cx, &json!({})).await?;
    field::equals(run.result()?, "status", "completed")
}

/// The first message about a query says that it was accepted.
pub(super) async fn accepted_first(cx: Context) -> Step {
    let (_, run) = answered(&cx, &json!({})).await?;
    let first = field::name(&run.messages[0].value);
    if first != "query_accepted" {
        return fail(ReasonCode::WrongOrder, "query_accepted first", format!("{first} first"));
    }
    Ok(())
}

/// Every message of the query names the transaction of its acceptance.
pub(super) async fn transaction(cx: Context) -> Step {
    let (_, run) = answered(&cx, &json!({})).await?;
    let transaction = run.transaction()?;
    for message in &run.messages {
        field::equals(&message.value, "transaction_id", transaction)?;
    }
    Ok(())
}

/// Each stage shows itself before the result does.
pub(super) async fn every_stage(cx: Context) -> Step {
    let (_, run) = answered(&cx, &json!({})).await?;
    for stage in STAGES {
        let shown = run.updates()?.iter().any(|update| update.value["current_agent"] == stage);
        if !shown {
            return fail(ReasonCode::Missing, format!("progress of {stage} before the result"), "none");
        }
    }
    Ok(())
}

/// Nothing about a transaction follows its terminal message.
pub(super) async fn one_terminal(cx: Context) -> Step {
    let (mut peer, run) = answered(&cx, &json!({})).await?;
    nothing_more(&cx, &mut peer, run.transaction()?).await
}

/// A transaction that has ended stays quiet; a second terminal message is a `duplicate`.
pub(in crate::checks) async fn nothing_more(cx: &Context, peer: &mut Peer, transaction: &str) -> Step {
    let end = tokio::time::Instant::now() + cx.quiet(AFTER);
    while let Some(event) = peer.next_event(end).await {
        let message = match event.kind {
            EventKind::Message(Message::Close(_)) | EventKind::End(_) => {
                return fail(ReasonCode::Closed, "an open connection after the query", "its end");
            }
            EventKind::Fault(fault) => return fail(ReasonCode::Malformed, "silence", fault.to_string()),
            EventKind::Message(message) => message.to_json().unwrap_or(Value::Null),
        };
        if field::fields(&message)["transaction_id"] == transaction {
            let again = run::is_terminal(&message);
            let code = if again { ReasonCode::Duplicate } else { ReasonCode::Unexpected };
            return fail(code, "nothing about a finished transaction", message.to_string());
        }
    }
    Ok(())
}

/// Another session's connections, and the demo door's, see nothing of it.
pub(super) async fn stays_in_session(cx: Context) -> Step {
    let (mut asker, _) = cx.join(Door::Query, &cx.fresh_session()).await?;
    let (mut other, _) = cx.join(Door::Query, &cx.fresh_session()).await?;
    let mut demo = cx.open(Door::Demo).await?;
    run::stay(&cx, &mut other).await?;
    run::stay(&cx, &mut demo).await?;
    let run = run::ask(&cx, &mut asker, &json!({})).await?;
    run.result()?;
    let transaction = run.transaction()?;
    for peer in [&mut other, &mut demo] {
        peer.send(&json!({"type": "ping", "id": "end", "timestamp": crate::checks::now()})).await;
        let leaked = peer
            .expect_with("pong", cx.soon(), |event| {
                let EventKind::Message(message) = &event.kind else { return None };
                let value = message.to_json()?;
                if value.to_string().contains(transaction) {
                    return Some(Some(value));
                }
                (field::name(&value) == "pong").then_some(None)
            })
            .await?;
        if let Some(leaked) = leaked {
            return fail(ReasonCode::Leak, "nothing of another session", leaked.to_string());
        }
    }
    Ok(())
}
