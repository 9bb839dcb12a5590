//! One query as its asker sees it: everything from the acceptance to the terminal message.

use std::time::Duration;

use serde_json::{Value, json};

use crate::checks::{Context, Deadline, Peer, ReasonCode, Received, Step, fail, field, now};
use crate::target::Door;

/// A question every system of this kind can answer.
pub(in crate::checks) const QUESTION: &str = "show revenue";
/// The stages of the default workflow, in their order.
pub(in crate::checks) const STAGES: [&str; 3] = ["nlp", "data", "viz"];
/// Attempts of checks that must meet a query while it runs.
pub(in crate::checks) const ATTEMPTS: usize = 5;
/// Time for one message of a query (before scaling).
const WORK: Duration = Duration::from_secs(5);

/// A limit for what needs the target's work.
pub(in crate::checks) fn work(cx: &Context) -> Deadline {
    cx.within(WORK).briefly()
}

/// The query message, with further fields.
pub(in crate::checks) fn query(more: &Value) -> Value {
    let mut query = json!({"type": "query", "query": QUESTION});
    if let (Some(query), Some(more)) = (query.as_object_mut(), more.as_object()) {
        query.extend(more.clone());
    }
    query
}

/// True for what ends a query.
pub(in crate::checks) fn is_terminal(message: &Value) -> bool {
    matches!(field::name(message), "query_result" | "query_cancelled" | "response" | "error")
}

fn belongs(message: &Value) -> bool {
    is_terminal(message)
        || matches!(field::name(message), "query_accepted" | "progress_update" | "partial_result")
}

/// One query's messages in the order of their arrival.
#[derive(Debug)]
pub(in crate::checks) struct Run {
    /// All of them, the terminal one last.
    pub(in crate::checks) messages: Vec<Received>,
}

impl Run {
    /// Messages of this name, with the place they came at.
    pub(in crate::checks) fn named(&self, name: &str) -> Vec<&Received> {
        self.messages.iter().filter(|message| field::name(&message.value) == name).collect()
    }

    /// `query_accepted`.
    pub(in crate::checks) fn accepted(&self) -> Step<&Value> {
        match self.named("query_accepted").first() {
            Some(accepted) => Ok(&accepted.value),
            None => fail(ReasonCode::Missing, "query_accepted", "none before the terminal message"),
        }
    }

    /// The transaction, as the acceptance names it.
    pub(in crate::checks) fn transaction(&self) -> Step<&str> {
        field::text(field::fields(self.accepted()?), "transaction_id")
    }

    /// The progress updates; there must be some.
    pub(in crate::checks) fn updates(&self) -> Step<Vec<&Received>> {
        let updates = self.named("progress_update");
        if updates.is_empty() {
            return fail(ReasonCode::Missing, "progress_update before the result", "none");
        }
        Ok(updates)
    }

    /// The message that ended it.
    pub(in crate::checks) fn terminal(&self) -> Step<&Received> {
        match self.messages.last() {
            Some(last) => Ok(last),
            None => fail(ReasonCode::Missing, "a terminal message", "none"),
        }
    }

    /// The result; a query that was not answered is `refused`.
    pub(in crate::checks) fn result(&self) -> Step<&Value> {
        let last = &self.terminal()?.value;
        match field::name(last) {
            "query_result" => Ok(last),
            _ => fail(ReasonCode::Refused, "query_result", last.to_string()),
        }
    }
}

/// Everything about a query that was just asked, up to its terminal message.
pub(in crate::checks) async fn follow(cx: &Context, peer: &mut Peer) -> Step<Run> {
    let mut messages = Vec::new();
    loop {
        let next = peer.expect("the query's terminal message", work(cx), belongs).await?;
        let last = is_terminal(&next.value);
        messages.push(next);
        if last {
            return Ok(Run { messages });
        }
    }
}

/// Subscribes, so that the connection may be idle: it has a reason to stay open while it waits.
pub(in crate::checks) async fn stay(cx: &Context, peer: &mut Peer) -> Step {
    let events = json!(["progress_update", "query_result"]);
    peer.send(&json!({"type": "subscribe", "events": events, "timestamp": now()})).await;
    peer.expect_type("subscribed", cx.soon()).await.map(|_| ())
}

/// Asks and follows.
pub(in crate::checks) async fn ask(cx: &Context, peer: &mut Peer, more: &Value) -> Step<Run> {
    peer.send(&query(more)).await;
    follow(cx, peer).await
}

/// The same on a connection of its own; the query must be answered.
pub(in crate::checks) async fn answered(cx: &Context, more: &Value) -> Step<(Peer, Run)> {
    let mut peer = cx.open(Door::Query).await?;
    let run = ask(cx, &mut peer, more).await?;
    run.result()?;
    Ok((peer, run))
}
