//! What a client of the typed dialect sends, and what confirms it; where all of it is written down.

use serde_json::{Value, json};

use crate::checks::{Check, Context, Peer, ReasonCode, Step, ensure, fail, field, now};
use crate::peer::Request;
use crate::target::Door;

pub(super) fn checks() -> Vec<Check> {
    vec![
        check!(
            "doors",
            "typed-ping",
            "a ping of the typed dialect is answered by a pong, not by an event",
            ping
        ),
        check!(
            "doors",
            "typed-subscribe",
            "a subscription of the typed dialect is confirmed with its id",
            subscribe
        ),
        check!(
            "doors",
            "typed-unsubscribe",
            "the end of a subscription of the typed dialect is confirmed with its id",
            unsubscribe
        ),
        check!("doors", "typed-command", "a command of the typed dialect is answered with its id", command),
        check!("doors", "schema-messages", "what is sent on sockets is published as AsyncAPI", messages)
            .features(&["asyncapi"]),
        check!("doors", "schema-requests", "what requests there are is published as OpenAPI", requests)
            .features(&["openapi"]),
    ]
}

/// The first message that has this id.
async fn answer(cx: &Context, peer: &mut Peer, message: Value) -> Step<Value> {
    peer.send(&message).await;
    let answers = |value: &Value| value["id"] == message["id"];
    Ok(peer.expect("an answer with its id", cx.soon(), answers).await?.value)
}

async fn ping(cx: Context) -> Step {
    let mut peer = cx.open(Door::Demo).await?;
    let pong = answer(&cx, &mut peer, json!({"type": "ping", "id": "p", "timestamp": now()})).await?;
    field::equals(&pong, "type", "pong")?;
    field::timestamp(&pong, "timestamp").map(|_| ())
}

/// The confirmation is an event of this name, with what is active now.
fn confirmed(answer: &Value, name: &str, active: &Value) -> Step {
    if field::name(answer) == "error" {
        return fail(ReasonCode::Refused, name, answer.to_string());
    }
    field::equals(answer, "type", "event")?;
    field::equals(answer, "event_name", name)?;
    field::equals(answer, "/payload/active", active.clone())
}

async fn subscribe(cx: Context) -> Step {
    let mut peer = cx.open(Door::Demo).await?;
    let message =
        json!({"type": "subscribe", "id": "s", "params": {"events": ["query_result"]}, "timestamp": now()});
    let got = answer(&cx, &mut peer, message).await?;
    confirmed(&got, "subscribed", &json!(["query_result"]))
}

async fn unsubscribe(cx: Context) -> Step {
    let mut peer = cx.open(Door::Demo).await?;
    let message =
        json!({"type": "subscribe", "id": "s", "params": {"events": ["query_result"]}, "timestamp": now()});
    answer(&cx, &mut peer, message).await?;
    let message =
        json!({"type": "unsubscribe", "id": "u", "params": {"events": ["query_result"]}, "timestamp": now()});
    let got = answer(&cx, &mut peer, message).await?;
    confirmed(&got, "unsubscribed", &json!([]))
}

/// Of a transaction that never was: `NOT_FOUND`, so the command was read.
async fn command(cx: Context) -> Step {
    let mut peer = cx.open(Door::Demo).await?;
    let params = json!({"action": "cancel", "transaction_id": "never-was"});
    let got =
        answer(&cx, &mut peer, json!({"type": "command", "id": "c", "params": params, "timestamp": now()}))
            .await?;
    field::equals(&got, "type", "error")?;
    field::equals(&got, "code", "NOT_FOUND")
}

async fn published(cx: &Context, path: &str, field_name: &str, start: &str) -> Step<Value> {
    let response = cx.http(Request::get(&cx.target().rest(path))).await?;
    ensure(response.status == 200, ReasonCode::WrongStatus, "status 200", response.status)?;
    let Some(document) = response.json() else {
        return fail(ReasonCode::Malformed, "a JSON document", response.text());
    };
    let version = field::text(&document, field_name)?;
    ensure(version.starts_with(start), ReasonCode::WrongValue, &format!("{field_name} {start}"), version)?;
    Ok(document)
}

/// With channels in it.
async fn messages(cx: Context) -> Step {
    let document = published(&cx, "/api/asyncapi.json", "asyncapi", "3.").await?;
    let channels = field::object(&document, "channels")?;
    ensure(!channels.is_empty(), ReasonCode::WrongValue, "channels", "none")
}

/// With paths in it.
async fn requests(cx: Context) -> Step {
    let document = published(&cx, "/api/openapi.json", "openapi", "3.").await?;
    let paths = field::object(&document, "paths")?;
    ensure(!paths.is_empty(), ReasonCode::WrongValue, "paths", "none")
}
