//! Messages that the server really sends, held against what it says of them.

use std::time::Duration;

use serde_json::{Value, json};

use crate::checks::query::run::{is_terminal, query, work};
use crate::checks::rest::sessions::make;
use crate::checks::{ANYBODY, Check, Context, Deadline, Peer, Step, field, now};
use crate::peer::Request;
use crate::target::Door;

use super::document::{Document, Kind};
use super::speech::{Speaker, Speech};

/// System figures come this often at least.
const FIGURES: Duration = Duration::from_secs(5);

pub(super) fn checks() -> Vec<Check> {
    [greetings(), queries(), others()].concat()
}

fn greetings() -> Vec<Check> {
    vec![
        messages_of!("heard-greeting", "heard", "greeting and acknowledgement are as described", greeting),
        messages_of!(
            "heard-greeting-typed",
            "heard",
            "greeting and acknowledgement of the typed dialect are as described",
            greeting_typed
        ),
        messages_of!("heard-life", "heard", "pong and heartbeat_response are as described", life),
        messages_of!(
            "heard-life-typed",
            "heard",
            "pong and heartbeat_response of the typed dialect are as described",
            life_typed
        ),
        messages_of!(
            "heard-subscriptions",
            "heard",
            "confirmed subscriptions are as described",
            subscriptions
        ),
        messages_of!(
            "heard-subscriptions-typed",
            "heard",
            "confirmed subscriptions of the typed dialect are as described",
            subscriptions_typed
        ),
        messages_of!(
            "heard-resumed",
            "heard",
            "the answer to a resume, and a snapshot, are as described",
            resumed
        ),
        messages_of!("heard-token", "heard", "the answer to token_refresh is as described", token),
    ]
}

fn queries() -> Vec<Check> {
    vec![
        messages_of!("heard-query", "heard", "all messages of a query are as described", asked),
        messages_of!(
            "heard-query-typed",
            "heard",
            "all messages of a query of the typed dialect are as described",
            asked_typed
        ),
        messages_of!("heard-parts", "heard", "parts of a streamed result are as described", parts),
        messages_of!("heard-watched", "heard", "a query that another asked is told as described", watched),
        messages_of!("heard-chat", "heard", "all messages of a chat are as described", chat),
        messages_of!("heard-commands", "heard", "answers to commands are as described", commands),
        messages_of!("heard-batches", "heard", "batches, and what is in them, are as described", batches),
    ]
}

fn others() -> Vec<Check> {
    vec![
        messages_of!("heard-errors", "heard", "errors are as described", errors),
        messages_of!(
            "heard-errors-typed",
            "heard",
            "errors of the typed dialect are as described",
            errors_typed
        ),
        messages_of!("heard-refusal", "heard", "the error before a close is as described", refusal),
        messages_of!(
            "heard-selection",
            "heard",
            "a selection and its refusal are told as described",
            selection
        ),
        messages_of!("heard-notices", "heard", "notices of agents and figures are as described", notices)
            .tags(&["slow"]),
        Check::new(
            "documents.heard-shutdown",
            "what is said at the end of a server is as described",
            &["documents.heard"],
            shutdown,
        )
        .features(&["asyncapi", "shutdown"])
        .own_process(),
    ]
}

/// Judges what comes until the message for which `last` holds, which is given.
pub(super) async fn hear(
    peer: &mut Peer,
    speech: &Speech<'_>,
    what: &str,
    deadline: impl Fn() -> Deadline,
    last: impl Fn(&Value) -> bool,
) -> Step<Value> {
    loop {
        let next = peer.next_json(what, deadline()).await?.value;
        speech.judge(&next)?;
        if last(&next) {
            return Ok(next);
        }
    }
}

/// The same up to messages of all these names, each of which comes once or more.
async fn hear_all(cx: &Context, peer: &mut Peer, speech: &Speech<'_>, names: &[&str]) -> Step {
    let mut left: Vec<&str> = names.to_vec();
    while let Some(wanted) = left.first() {
        let what = (*wanted).to_owned();
        let next = hear(peer, speech, &what, || work(cx), |_| true).await?;
        left.retain(|name| *name != field::name(&next));
    }
    Ok(())
}

async fn document(cx: &Context) -> Step<Document> {
    Document::of(cx, Kind::Messages).await
}

/// Opens `door`, says all that, and judges what comes up to messages of these names.
async fn told(cx: &Context, door: Door, said: Vec<Value>, names: &[&str]) -> Step {
    let document = document(cx).await?;
    let speech = Speech::of(cx, &document, &door, Speaker::Server)?;
    let typed = door.is_typed();
    let mut peer = cx.open(door).await?;
    speech.judge(peer.established())?;
    for mut message in said {
        if typed {
            message["timestamp"] = now().into();
        }
        peer.send(&message).await;
    }
    hear_all(cx, &mut peer, &speech, names).await
}

fn handshake() -> Value {
    json!({"type": "connection_handshake", "agent_id": "suite", "capabilities": ["heartbeat"]})
}

async fn greeting(cx: Context) -> Step {
    told(&cx, Door::Query, vec![handshake()], &["connection_acknowledged"]).await
}

async fn greeting_typed(cx: Context) -> Step {
    told(&cx, Door::Demo, vec![handshake()], &["connection_acknowledged"]).await
}

fn signs() -> Vec<Value> {
    vec![
        json!({"type": "ping", "id": "p"}),
        json!({"type": "heartbeat", "correlation_id": "h"}),
        json!({"type": "heartbeat"}),
    ]
}

async fn life(cx: Context) -> Step {
    told(&cx, Door::Query, signs(), &["pong", "heartbeat_response"]).await
}

async fn life_typed(cx: Context) -> Step {
    told(&cx, Door::Demo, signs(), &["pong", "heartbeat_response"]).await
}

fn subscribing() -> Vec<Value> {
    vec![
        json!({"type": "subscribe", "id": 1, "events": ["progress_update", "no_such_event"]}),
        json!({"type": "unsubscribe", "id": 2, "events": ["progress_update"]}),
    ]
}

async fn subscriptions(cx: Context) -> Step {
    told(&cx, Door::Query, subscribing(), &["subscribed", "unsubscribed"]).await
}

async fn subscriptions_typed(cx: Context) -> Step {
    told(&cx, Door::Demo, subscribing(), &["subscribed", "unsubscribed"]).await
}

/// A place in a life that never was: nothing is recovered, and the snapshot follows.
async fn resumed(cx: Context) -> Step {
    let mut message = handshake();
    message["session_id"] = cx.fresh_session().into();
    message["resume"] = json!({"epoch": "never-was", "offset": 3});
    told(&cx, Door::Query, vec![message], &["connection_acknowledged", "resumed", "session_snapshot"]).await
}

/// Where no token is needed any is good; where one is, the suite makes another.
async fn token(cx: Context) -> Step {
    let token = cx.token_of(ANYBODY).unwrap_or_else(|| "none-is-needed".to_owned());
    told(&cx, Door::Query, vec![json!({"type": "token_refresh", "token": token})], &["token_refreshed"]).await
}

/// Everything from the acceptance to the end.
async fn asked(cx: Context) -> Step {
    told(&cx, Door::Query, vec![query(&json!({"id": "a", "query_id": 7}))], &["query_result"]).await
}

async fn asked_typed(cx: Context) -> Step {
    let wanted = json!({"type": "subscribe", "params": {"events": ["progress_update", "query_result"]}});
    let question = json!({"type": "query", "id": "a", "params": {"query": "show revenue"}});
    told(&cx, Door::Demo, vec![wanted, question], &["subscribed", "response"]).await
}

async fn parts(cx: Context) -> Step {
    let question = query(&json!({"preferences": {"stream": true, "max_rows": 20}}));
    told(&cx, Door::Query, vec![question], &["query_result"]).await
}

/// At the progress door of the session of a query that came by HTTP.
async fn watched(cx: Context) -> Step {
    let session = cx.fresh_session();
    make(&cx, &session, ANYBODY).await?;
    let document = document(&cx).await?;
    let door = Door::Progress(session.clone());
    let speech = Speech::of(&cx, &document, &door, Speaker::Server)?;
    let mut peer = cx.open(door).await?;
    speech.judge(peer.established())?;
    let question = json!({"query": "show revenue", "session_id": session});
    cx.http_within(Request::post_json(&cx.target().rest("/api/query"), &question), Duration::from_secs(6))
        .await?;
    hear(&mut peer, &speech, "query_result", || work(&cx), is_terminal).await.map(|_| ())
}

async fn chat(cx: Context) -> Step {
    told(&cx, Door::Chat, vec![json!({"type": "chat_message", "message": "show revenue"})], &["chat_reply"])
        .await
}

/// Of a query that runs, of one that is over, and of one that never was.
async fn commands(cx: Context) -> Step {
    let document = document(&cx).await?;
    let speech = Speech::of(&cx, &document, &Door::Query, Speaker::Server)?;
    let mut peer = cx.open(Door::Query).await?;
    peer.send(&query(&json!({}))).await;
    let accepted = |value: &Value| field::name(value) == "query_accepted";
    let accepted = hear(&mut peer, &speech, "query_accepted", || work(&cx), accepted).await?;
    let transaction = field::text(&accepted, "transaction_id")?;
    for (action, transaction) in [("pause", transaction), ("cancel", transaction), ("cancel", "never-was")] {
        peer.send(&json!({"type": "command", "action": action, "transaction_id": transaction, "id": "c"}))
            .await;
    }
    let unknown = |value: &Value| value["id"] == "c" && field::name(value) == "error";
    hear(&mut peer, &speech, "an error", || work(&cx), unknown).await.map(|_| ())
}

/// With progress that comes together where the target has batches.
async fn batches(cx: Context) -> Step {
    let mut hello = handshake();
    hello["capabilities"] = json!(["batch"]);
    hello["agent_id"] = cx.slug().into();
    let question = query(&json!({"preferences": {"stream": true, "max_rows": 50}}));
    let document = document(&cx).await?;
    let speech = Speech::of(&cx, &document, &Door::Query, Speaker::Server)?;
    let mut peer = cx.open(Door::Query).await?;
    peer.send(&hello).await;
    peer.send(&question).await;
    let over = |value: &Value| {
        is_terminal(value) || value["messages"].as_array().is_some_and(|all| all.iter().any(is_terminal))
    };
    hear(&mut peer, &speech, "query_result", || work(&cx), over).await.map(|_| ())
}

/// Each has an id, so that the last is known.
fn mistakes() -> Vec<Value> {
    vec![
        json!({"type": "no_such_type", "id": "1"}),
        json!({"type": "query", "id": "2"}),
        json!({"type": "query", "query": "  ", "id": "3"}),
        json!({"type": "command", "action": "cancel", "transaction_id": "never-was", "id": "4"}),
        json!({"type": "query", "query": "show revenue", "database_context": {"database": "no such"}, "id": "5"}),
    ]
}

async fn errors_at(cx: &Context, door: Door) -> Step {
    let document = document(cx).await?;
    let speech = Speech::of(cx, &document, &door, Speaker::Server)?;
    let typed = door.is_typed();
    let mut peer = cx.open(door).await?;
    peer.send_text("{\"type\": ").await;
    for mut mistake in mistakes() {
        if typed {
            mistake["timestamp"] = now().into();
        }
        peer.send(&mistake).await;
    }
    hear(&mut peer, &speech, "five errors", || work(cx), |value| value["id"] == "5").await.map(|_| ())
}

async fn errors(cx: Context) -> Step {
    errors_at(&cx, Door::Query).await
}

async fn errors_typed(cx: Context) -> Step {
    errors_at(&cx, Door::Demo).await
}

async fn refusal(cx: Context) -> Step {
    let mut message = handshake();
    message["session_id"] = "short".into();
    told(&cx, Door::Query, vec![message], &["error"]).await
}

/// The default database is selected, so that nothing changes for anybody.
async fn selection(cx: Context) -> Step {
    let document = document(&cx).await?;
    let speech = Speech::of(&cx, &document, &Door::Query, Speaker::Server)?;
    let list = cx.http(Request::get(&cx.target().rest("/api/database/list"))).await?;
    let default = list.json().map(|list| list["default"].clone()).unwrap_or_default();
    let session = cx.fresh_session();
    let (mut peer, _) = cx.join(Door::Query, &session).await?;
    let chosen = json!({"session_id": session, "database": default});
    cx.http(Request::post_json(&cx.target().rest("/api/database/select"), &chosen)).await?;
    hear_all(&cx, &mut peer, &speech, &["database_context_changed"]).await
}

async fn notices(cx: Context) -> Step {
    cx.affordable(FIGURES + Duration::from_secs(2))?;
    let document = document(&cx).await?;
    let speech = Speech::of(&cx, &document, &Door::Query, Speaker::Server)?;
    let mut peer = cx.open(Door::Query).await?;
    let events = json!(["agent_status", "belief_state", "system_metrics", "schema_changed"]);
    peer.send(&json!({"type": "subscribe", "events": events})).await;
    peer.send(&query(&json!({}))).await;
    hear_all(&cx, &mut peer, &speech, &["query_result", "agent_status"]).await?;
    let limit = || cx.within(FIGURES + Duration::from_secs(1));
    let figures = |value: &Value| field::name(value) == "system_metrics";
    hear(&mut peer, &speech, "system_metrics", limit, figures).await.map(|_| ())
}

async fn shutdown(cx: Context) -> Step {
    let document = document(&cx).await?;
    let (named, typed) = (Door::Query, Door::Demo);
    let mut heard = Vec::new();
    for door in [named, typed] {
        let speech = Speech::of(&cx, &document, &door, Speaker::Server)?;
        heard.push((cx.open(door).await?, speech));
    }
    cx.process().await?.signal();
    for (peer, speech) in &mut heard {
        hear_all(&cx, peer, speech, &["server_shutting_down"]).await?;
    }
    Ok(())
}
