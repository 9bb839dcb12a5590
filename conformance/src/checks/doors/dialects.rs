//! Both dialects say the same: one session is watched in either, and compared field by field.

use serde_json::{Map, Value, json};

use crate::checks::query::run::{follow, query, work};
use crate::checks::{Check, Context, Peer, ReasonCode, Step, ensure, fail, field, now};
use crate::target::Door;

pub(super) fn checks() -> Vec<Check> {
    vec![
        check!("doors", "dialects-equal", "both dialects show the same events, field by field", equal)
            .variant("tokens"),
        check!(
            "doors",
            "typed-response",
            "the asker's response holds what others see as query_result",
            response
        )
        .variant("tokens"),
        check!("doors", "typed-kinds", "a typed door sends the types it has and no others", kinds),
        check!(
            "doors",
            "typed-envelope",
            "an event is a name and a payload, its timestamp and ids repeated",
            envelope
        ),
        check!(
            "doors",
            "typed-params-win",
            "what stands in params wins over what stands beside it",
            params_win
        ),
        check!("doors", "typed-error", "an error in the typed dialect is flat, like everywhere", flat_error),
        check!("doors", "named-flat", "a named door sends no envelopes", named_flat),
    ]
}

const ALL: [&str; 3] = ["progress_update", "partial_result", "query_result"];

/// Two watchers of one session, one of each dialect, and what they saw of a query of a third.
async fn watched(cx: &Context) -> Step<(Vec<Value>, Vec<Value>)> {
    let session = cx.fresh_session();
    let (mut named, _) = cx.join_with(Door::Query, &session, json!({"agent_id": "named"})).await?;
    let (mut typed, _) = cx.join_with(Door::Api, &session, json!({"agent_id": "typed"})).await?;
    named.send(&json!({"type": "subscribe", "events": ALL})).await;
    named.expect_type("subscribed", cx.soon()).await?;
    typed.send(&json!({"type": "subscribe", "events": ALL, "timestamp": now()})).await;
    typed.expect_type("subscribed", cx.soon()).await?;
    let (mut asker, _) = cx.join_with(Door::Query, &session, json!({"agent_id": "asker"})).await?;
    asker.send(&query(&json!({"query_id": "both", "preferences": {"stream": true}}))).await;
    follow(cx, &mut asker).await?.result()?;
    Ok((events(cx, &mut named).await?, events(cx, &mut typed).await?))
}

/// Session events up to the terminal one.
async fn events(cx: &Context, peer: &mut Peer) -> Step<Vec<Value>> {
    let mut seen = Vec::new();
    loop {
        let is_event = |value: &Value| field::fields(value).get("offset").is_some();
        let event = peer.expect("the events of the session", work(cx), is_event).await?.value;
        let last = matches!(field::name(&event), "query_result" | "error" | "query_cancelled");
        seen.push(event);
        if last {
            return Ok(seen);
        }
    }
}

/// The payload is the named message without `type`; name, `timestamp` and ids stand in the envelope too.
async fn equal(cx: Context) -> Step {
    let (named, typed) = watched(&cx).await?;
    let same = named.len() == typed.len();
    let counts = format!("{} named, {} typed", named.len(), typed.len());
    ensure(same, ReasonCode::Lost, "as many events in either dialect", counts)?;
    for (named, typed) in named.iter().zip(&typed) {
        field::equals(typed, "type", "event")?;
        field::equals(typed, "event_name", field::name(named))?;
        let payload = field::object(typed, "payload")?;
        compare(&without(named, "type"), payload, field::name(named))?;
    }
    Ok(())
}

fn without(message: &Value, name: &str) -> Map<String, Value> {
    let mut fields = message.as_object().cloned().unwrap_or_default();
    fields.shift_remove(name);
    fields
}

/// Both objects hold the same fields with the same values.
fn compare(one: &Map<String, Value>, other: &Map<String, Value>, what: &str) -> Step {
    for (name, value) in one {
        match other.get(name) {
            None => {
                return fail(ReasonCode::Missing, format!("{what}: field {name}"), "it in one dialect only");
            }
            Some(other) if other == value => {}
            Some(other) => {
                return fail(ReasonCode::WrongValue, format!("{what}: {name} {value}"), other.to_string());
            }
        }
    }
    match other.keys().find(|name| !one.contains_key(*name)) {
        None => Ok(()),
        Some(name) => {
            fail(ReasonCode::Unexpected, format!("{what}: no field {name}"), "it in one dialect only")
        }
    }
}

/// `result` has everything that `query_result` has of the answer.
async fn response(cx: Context) -> Step {
    let session = cx.fresh_session();
    let (mut named, _) = cx.join_with(Door::Query, &session, json!({"agent_id": "named"})).await?;
    let (mut asker, _) = cx.join_with(Door::Api, &session, json!({"agent_id": "asker"})).await?;
    asker.send(&query(&json!({"id": "both", "timestamp": now()}))).await;
    let answer = asker.expect("the response", work(&cx), |value| value["type"] == "response").await?.value;
    let seen = named.expect_type("query_result", work(&cx)).await?.value;
    for name in
        ["transaction_id", "sql", "columns", "rows", "row_count", "truncated", "visualization", "status"]
    {
        let (one, other) = (field::any(&seen, name)?, field::any(&answer, &format!("/result/{name}"))?);
        let same = one == other;
        ensure(same, ReasonCode::WrongValue, &format!("result.{name} {one}"), other)?;
    }
    Ok(())
}

/// One query at a demo door: everything has one of the types.
async fn kinds(cx: Context) -> Step {
    let mut peer = cx.open(Door::Demo).await?;
    peer.send(&json!({"type": "connection_handshake", "timestamp": now()})).await;
    peer.send(&json!({"type": "heartbeat", "timestamp": now()})).await;
    peer.send(&json!({"type": "subscribe", "events": ALL, "timestamp": now()})).await;
    peer.send(&query(&json!({"id": "k", "timestamp": now()}))).await;
    loop {
        let next = peer.expect("the response", work(&cx), |_| true).await?.value;
        let kind = field::text(&next, "type")?;
        let known = matches!(
            kind,
            "pong"
                | "event"
                | "response"
                | "error"
                | "broadcast"
                | "connection_established"
                | "connection_acknowledged"
        );
        ensure(known, ReasonCode::Unexpected, "a type of the typed dialect", kind)?;
        if kind == "response" {
            return Ok(());
        }
    }
}

/// The acceptance of a query: `event_name`, `payload` without `type`, `timestamp` and `id` in both.
async fn envelope(cx: Context) -> Step {
    let mut peer = cx.open(Door::Demo).await?;
    peer.send(&query(&json!({"id": "e", "query_id": 9, "timestamp": now()}))).await;
    let event = peer.expect_type("query_accepted", work(&cx)).await?.value;
    field::equals(&event, "type", "event")?;
    field::absent(&event, "/payload/type")?;
    let stamp = field::text(&event, "/payload/timestamp")?;
    field::equals(&event, "timestamp", stamp)?;
    for (name, id) in [("id", json!("e")), ("query_id", json!(9))] {
        field::equals(&event, name, id.clone())?;
        field::equals(&event, &format!("/payload/{name}"), id)?;
    }
    Ok(())
}

/// The `query` of `params` is asked, not the one beside it.
async fn params_win(cx: Context) -> Step {
    let mut peer = cx.open(Door::Demo).await?;
    let (blank, asked) = (json!({"query": " "}), now());
    peer.send(&query(&json!({"id": "w", "params": blank, "timestamp": asked}))).await;
    let answers = |value: &Value| matches!(field::name(value), "query_accepted" | "error");
    let answer = peer.expect("error QUERY_REJECTED", cx.soon(), answers).await?.value;
    if field::name(&answer) != "error" {
        return fail(ReasonCode::Accepted, "error QUERY_REJECTED", answer.to_string());
    }
    field::equals(&answer, "code", "QUERY_REJECTED")
}

/// `{"type":"error","code",…}`: no envelope.
async fn flat_error(cx: Context) -> Step {
    let mut peer = cx.open(Door::Demo).await?;
    peer.send(&json!({"type": "unheard-of", "id": "f", "timestamp": now()})).await;
    let error = peer.expect("an error", cx.soon(), |value| field::name(value) == "error").await?.value;
    field::equals(&error, "type", "error")?;
    field::equals(&error, "code", "UNKNOWN_TYPE")?;
    field::equals(&error, "id", "f")?;
    field::absent(&error, "payload")
}

/// No `event`, no `response`, no `event_name`.
async fn named_flat(cx: Context) -> Step {
    let mut peer = cx.open(Door::Query).await?;
    peer.send(&query(&json!({"id": "n"}))).await;
    let run = follow(&cx, &mut peer).await?;
    for message in &run.messages {
        let kind = field::text(&message.value, "type")?;
        let own = !matches!(kind, "event" | "response" | "broadcast");
        ensure(own, ReasonCode::WrongValue, "the message's own name as type", kind)?;
        field::absent(&message.value, "event_name")?;
        field::absent(&message.value, "payload")?;
    }
    Ok(())
}
