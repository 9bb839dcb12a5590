//! The server that a case plays: greeting, handshake, questions and their events.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::Instant;

use crate::checks::{Context, ReasonCode, Step, fail, field};
use crate::client::Stage;
use crate::client::link::{Heard, ServerLink};
use crate::client::listener::Visit;
use crate::peer::Message;

/// The user of a case.
pub(super) const USER: &str = "ada";
/// A session that a case hands to its client.
pub(super) const SESSION: &str = "session_1763740800000_k3x9";

/// What the server says of itself when it greets.
#[derive(Debug, Clone, Copy)]
pub(super) struct Greeting {
    /// `named` or `typed`.
    pub(super) dialect: &'static str,
    /// Announced interval of signs of life.
    pub(super) ping: Duration,
    /// Announced silence after which the other side is lost.
    pub(super) silence: Duration,
    /// Epoch of the history.
    pub(super) epoch: &'static str,
    /// Newest offset.
    pub(super) top: u64,
    /// Whether everything that the client may have missed is still held.
    pub(super) holds: bool,
}

impl Default for Greeting {
    fn default() -> Self {
        Self {
            dialect: "named",
            ping: Duration::from_millis(400),
            silence: Duration::from_secs(20),
            epoch: "e1",
            top: 0,
            holds: true,
        }
    }
}

/// Starts the client and has its user connect.
pub(super) async fn begin(stage: &mut Stage) -> Step {
    stage.start("/ws/query").await?;
    stage.tell(json!({"do": "connect", "user_id": USER})).await;
    Ok(())
}

/// Starts the client, has it connect, greets it; gives the link and its handshake.
pub(super) async fn open(stage: &mut Stage) -> Step<(ServerLink, Value)> {
    open_as(stage, Greeting::default()).await
}

/// The same with a greeting of its own.
pub(super) async fn open_as(stage: &mut Stage, greeting: Greeting) -> Step<(ServerLink, Value)> {
    begin(stage).await?;
    join(stage, greeting).await
}

/// The next connection, greeted.
pub(super) async fn join(stage: &mut Stage, greeting: Greeting) -> Step<(ServerLink, Value)> {
    // A client that comes back by itself waits first.
    let wait = stage.scaled(Duration::from_secs(2));
    let deadline = stage.cx.within(Duration::from_millis(2_500) + wait);
    let visit = stage.upgrade_by(deadline).await?;
    greet(stage, visit, greeting).await
}

/// Accepts `visit`, greets, and answers the handshake.
pub(super) async fn greet(stage: &mut Stage, visit: Visit, greeting: Greeting) -> Step<(ServerLink, Value)> {
    let mut link = visit.accept().await;
    let from = Instant::now();
    establish(&mut link, greeting).await;
    let soon = stage.soon();
    let handshake = stage.while_alive(link.expect_type("connection_handshake", soon)).await?;
    stage.quickness = stage.quickness.max(from.elapsed());
    acknowledge(&mut link, &handshake, greeting).await;
    Ok((link, handshake))
}

/// `connection_established`.
pub(super) async fn establish(link: &mut ServerLink, greeting: Greeting) {
    link.say("connection_established", announced(greeting)).await;
}

/// What `connection_established` says.
pub(super) fn announced(greeting: Greeting) -> Value {
    let millis = |time: Duration| time.as_millis() as u64;
    json!({
        "client_id": "client-1", "session_id": "session_made_by_the_server", "server_id": "suite",
        "protocol_version": "1.0", "dialect": greeting.dialect,
        "timers": {
            "ping_interval_ms": millis(greeting.ping), "pong_timeout_ms": millis(greeting.silence),
            "idle_timeout_ms": 300_000, "handshake_timeout_ms": 10_000, "drain_timeout_ms": 30_000,
            "session_ttl_ms": 3_600_000,
        },
        "limits": {
            "max_message_bytes": 65_536, "rate_limit": {"limit": 100, "window": "1m"},
            "max_connections_per_session": 3,
        },
        "capabilities": ["query_processing", "real_time_updates", "heartbeat"],
        "epoch": greeting.epoch, "top": greeting.top,
    })
}

/// `connection_acknowledged`, and `resumed` when the handshake asks.
pub(super) async fn acknowledge(link: &mut ServerLink, handshake: &Value, greeting: Greeting) {
    let capabilities = json!(["query_processing", "database_management", "real_time_updates", "heartbeat"]);
    acknowledge_with(link, handshake, greeting, capabilities).await;
}

/// The same with other capabilities of the server.
pub(super) async fn acknowledge_with(
    link: &mut ServerLink,
    handshake: &Value,
    greeting: Greeting,
    capabilities: Value,
) {
    let given = |key: &str| handshake.get(key).cloned().unwrap_or(Value::Null);
    let fields = json!({
        "agent_id": given("agent_id"), "server_agent_id": "backend_ada", "server_capabilities": capabilities,
        "session_established": true, "session_id": given("session_id"),
        "epoch": greeting.epoch, "top": greeting.top,
    });
    link.top = greeting.top;
    link.say("connection_acknowledged", fields).await;
    if let Some(point) = handshake.get("resume").filter(|point| point.is_object()) {
        let resumed = resumed(point, greeting);
        let lost = resumed["recovered"] == json!(false);
        link.say("resumed", resumed).await;
        if lost {
            link.say("session_snapshot", json!({"running": [], "finished": []})).await;
        }
    }
}

/// The answer to a client that goes on at `point`: what is replayed is for the case to say, from the offset behind
/// the client's to the top.
fn resumed(point: &Value, greeting: Greeting) -> Value {
    let offset = point.get("offset").and_then(Value::as_u64).unwrap_or_default();
    let reason = if point.get("epoch") != Some(&json!(greeting.epoch)) {
        "EPOCH_MISMATCH"
    } else if offset > greeting.top {
        "FUTURE_OFFSET"
    } else if greeting.holds || offset == greeting.top {
        "OK"
    } else {
        "TOO_MANY"
    };
    let recovered = reason == "OK";
    let missed = recovered && offset < greeting.top;
    json!({
        "recovered": recovered, "epoch": greeting.epoch, "from": missed.then_some(offset + 1),
        "to": missed.then_some(greeting.top), "top": greeting.top, "reason": reason,
    })
}

/// Has the user ask `query`, and waits for it on the link.
pub(super) async fn ask(stage: &mut Stage, link: &mut ServerLink, query: &str) -> Step<Value> {
    stage.tell(json!({"do": "ask", "query": query})).await;
    asked(stage, link, query).await
}

/// The question `query` on the link.
pub(super) async fn asked(stage: &mut Stage, link: &mut ServerLink, query: &str) -> Step<Value> {
    let soon = stage.soon();
    let message = stage.while_alive(link.expect_type("query", soon)).await?;
    field::equals(&payload(&message), "query", query)?;
    Ok(message)
}

/// Fields of a client's message: the typed dialect may have them in `params`.
pub(super) fn payload(message: &Value) -> Value {
    let mut whole = message.clone();
    if let (Some(Value::Object(params)), Some(fields)) =
        (message.get("params").cloned(), whole.as_object_mut())
    {
        fields.extend(params);
    }
    whole
}

/// The ids that an answer to `query` has.
pub(super) fn ids(query: &Value) -> Value {
    let mut ids = json!({});
    for key in ["id", "query_id", "correlation_id"] {
        if let Some(id) = payload(query).get(key) {
            ids[key] = id.clone();
        }
    }
    ids
}

/// A session event: `fields` with the ids of `query`, its transaction, and its place in the history.
pub(super) fn event(query: &Value, offset: u64, fields: Value) -> Value {
    let mut message = json!({
        "transaction_id": "tx-1", "session_id": SESSION, "epoch": "e1", "offset": offset,
    });
    for more in [ids(query), fields] {
        if let (Some(message), Value::Object(more)) = (message.as_object_mut(), more) {
            message.extend(more);
        }
    }
    message
}

/// `query_accepted` at `offset`.
pub(super) async fn accept(link: &mut ServerLink, query: &Value, offset: u64) {
    link.say("query_accepted", event(query, offset, json!({}))).await;
}

/// `progress_update` at `offset`.
pub(super) async fn progress(link: &mut ServerLink, query: &Value, offset: u64, percent: u64) {
    let fields = json!({
        "current_agent": "nlp", "current_tasks": {"nlp": ["Processing NLP..."]}, "progress_events": [],
        "execution_order": [{"agent": "nlp", "status": "running"}], "percent": percent, "eta_ms": 1_500,
    });
    link.say("progress_update", event(query, offset, fields)).await;
}

/// Fields of a result with `rows`.
pub(super) fn result_of(rows: &Value) -> Value {
    json!({
        "sql": "select 1", "columns": [{"name": "n", "type": "integer"}], "rows": rows,
        "row_count": rows.as_array().map_or(0, Vec::len), "truncated": false, "status": "completed",
        "visualization": {"chart_type": "bar", "x": "n", "y": "n", "title": "n", "spec": {}},
        "timings_ms": {"nlp": 1}, "database_context": {"database": "sales", "source": "default"},
    })
}

/// `query_result` at `offset`.
pub(super) async fn result(link: &mut ServerLink, query: &Value, offset: u64) {
    link.say("query_result", event(query, offset, result_of(&json!([[1]])))).await;
}

/// The next JSON message that is no sign of life.
pub(super) async fn next_json(stage: &mut Stage, link: &mut ServerLink, what: &str) -> Step<Value> {
    let soon = stage.soon();
    let next = link.expect_with(what, soon, |heard| match heard {
        Heard::Message(message @ Message::Text(_)) => message
            .to_json()
            .filter(|value| !matches!(value.get("type").and_then(Value::as_str), Some("heartbeat" | "ping"))),
        _ => None,
    });
    stage.while_alive(next).await
}

/// The next message that the client passes on to its user and that is called `kind`.
pub(super) async fn told(stage: &mut Stage, kind: &str) -> Step<Value> {
    let soon = stage.soon();
    let what = format!("the event message with {kind}");
    let told =
        stage.event_with(&what, soon, |value| value.pointer("/message/type") == Some(&json!(kind))).await?;
    Ok(told.value["message"].clone())
}

/// Nothing that `unwanted` names comes for a while, on a connection that stays.
pub(super) async fn none_of(
    cx: &Context,
    link: &mut ServerLink,
    unwanted: &str,
    code: ReasonCode,
    time: Duration,
) -> Step {
    let heard = link.listen(Instant::now() + cx.quiet(time)).await;
    let found = heard.iter().find(|heard| match heard {
        Heard::Message(message) => {
            message.to_json().is_some_and(|value| value.get("type") == Some(&json!(unwanted)))
        }
        _ => false,
    });
    match found {
        Some(found) => fail(code, format!("no (other) {unwanted}"), found.to_string()),
        None => stays(&heard),
    }
}

/// Of all that was heard nothing ends the connection.
pub(super) fn stays(heard: &[Heard]) -> Step {
    match heard.last() {
        Some(Heard::Fault(fault)) => fail(ReasonCode::Malformed, "frames of a client", fault),
        Some(end) if end.is_end() => fail(ReasonCode::Closed, "a connection that stays", end.to_string()),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_that_resumes_is_told_exactly_what_it_missed() {
        let greeting = Greeting { top: 7, ..Greeting::default() };
        let full = Greeting { holds: false, ..greeting };
        for (epoch, offset, greeting, expected) in [
            ("e1", 3, greeting, json!([true, 4, 7, "OK"])),
            ("e1", 7, greeting, json!([true, null, null, "OK"])),
            ("e1", 7, full, json!([true, null, null, "OK"])),
            ("e1", 3, full, json!([false, null, null, "TOO_MANY"])),
            ("e1", 8, greeting, json!([false, null, null, "FUTURE_OFFSET"])),
            ("e0", 3, greeting, json!([false, null, null, "EPOCH_MISMATCH"])),
        ] {
            let told = resumed(&json!({"epoch": epoch, "offset": offset}), greeting);
            let short = json!([told["recovered"], told["from"], told["to"], told["reason"]]);
            assert_eq!(short, expected, "{epoch}:{offset}");
            assert_eq!((&told["top"], &told["epoch"]), (&json!(7), &json!("e1")));
        }
    }
}
