//! Requests and responses: ids, one answer each, and what can't be read.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::link::{DATABASE, Link, error_of, expect_value, request, result_of};
use crate::checks::{Context, ReasonCode, Step, Stop, ensure, fail, field};

const TOOL: &str = "discover_tables_tool";

fn arguments() -> Value {
    json!({"database": DATABASE})
}

async fn echoes(cx: Context, id: Value) -> Step {
    let mut link = Link::join(&cx).await?;
    link.peer.send(&request(&id, TOOL, &arguments())).await;
    let deadline = link.work();
    let answer =
        link.peer.expect("an answer", deadline, |value| matches!(field::name(value), "response" | "error"));
    let answer = answer.await?.value;
    field::equals(&answer, "id", id)?;
    result_of(&answer).map(|_| ())
}

/// A text id.
pub(super) async fn text_id(cx: Context) -> Step {
    echoes(cx, json!("Größe-7/#")).await
}

/// A whole number as id stays a number.
pub(super) async fn number_id(cx: Context) -> Step {
    echoes(cx, json!(4_294_967_297_u64)).await
}

/// An id of 128 characters.
pub(super) async fn longest_id(cx: Context) -> Step {
    echoes(cx, json!("x".repeat(128))).await
}

async fn refuses_request(cx: Context, request: &Value, code: &str) -> Step<Value> {
    let mut link = Link::join(&cx).await?;
    link.peer.send(request).await;
    link.refused(code).await
}

/// An id of 129 characters.
pub(super) async fn long_id(cx: Context) -> Step {
    let call = request(&json!("x".repeat(129)), TOOL, &arguments());
    refuses_request(cx, &call, "INVALID_MESSAGE").await.map(|_| ())
}

/// No id.
pub(super) async fn no_id(cx: Context) -> Step {
    let mut call = request(&json!(1), TOOL, &arguments());
    call.as_object_mut().map(|fields| fields.remove("id"));
    let error = refuses_request(cx, &call, "INVALID_MESSAGE").await?;
    field::absent(&error, "id")
}

/// A response has either a result or an error.
pub(super) async fn either(cx: Context) -> Step {
    let mut link = Link::join(&cx).await?;
    let good = link.call(TOOL, arguments()).await?;
    result_of(&good)?;
    field::absent(&good, "error")?;
    let bad = link.call(TOOL, json!({"database": "no-such"})).await?;
    field::any(&bad, "error")?;
    field::absent(&bad, "result")
}

/// Responses have a timestamp.
pub(super) async fn timestamp(cx: Context) -> Step {
    let answer = Link::join(&cx).await?.call(TOOL, arguments()).await?;
    field::timestamp(&answer, "timestamp").map(|_| ())
}

/// An error message has a timestamp and a text.
pub(super) async fn error_shape(cx: Context) -> Step {
    let call = json!({"type": "dance", "id": "d-1"});
    let error = refuses_request(cx, &call, "UNKNOWN_TYPE").await?;
    field::timestamp(&error, "timestamp")?;
    field::equals(&error, "id", "d-1")
}

/// Many requests at one time are each answered once, by id, with what was asked.
pub(super) async fn many(cx: Context) -> Step {
    let mut link = Link::join(&cx).await?;
    let mut wanted = BTreeMap::new();
    for number in 0..24_u64 {
        let sql = format!("SELECT {number} AS n");
        let id = link.ask("execute_query_tool", &json!({"database": DATABASE, "query": sql})).await;
        wanted.insert(id.to_string(), number);
    }
    while !wanted.is_empty() {
        let deadline = link.work();
        let answer =
            link.peer.expect("a response", deadline, |value| value["type"] == "response").await?.value;
        let id = field::any(&answer, "id")?.to_string();
        let Some(number) = wanted.remove(&id) else {
            return fail(ReasonCode::Duplicate, "one response for each request", format!("another for {id}"));
        };
        if answer.get("error").is_some() {
            let busy = answer.pointer("/error/code") == Some(&json!("DATABASE_CONTEXT_UNAVAILABLE"));
            if busy {
                continue;
            }
        }
        let result = result_of(&answer)?;
        field::equals(&result, "rows", json!([[number]]))?;
    }
    let time = cx.quiet(std::time::Duration::from_millis(200));
    let late =
        |message: &crate::peer::Message| message.to_json().is_some_and(|value| value["type"] == "response");
    link.peer.expect_silence("no second response", time, late).await
}

/// An id that is in use is refused, and the request that has it is still answered.
pub(super) async fn id_in_use(cx: Context) -> Step {
    for _ in 0..3 {
        let mut link = Link::join(&cx).await?;
        let id = link.start_slow().await;
        link.peer.send(&request(&id, TOOL, &arguments())).await;
        let deadline = link.work();
        let first = link
            .peer
            .expect("an answer", deadline, |value| matches!(field::name(value), "response" | "error"))
            .await?
            .value;
        if first["type"] == "response" && first.get("error").is_some() {
            continue; // The first one did not run.
        }
        ensure(first["type"] == "error", ReasonCode::Accepted, "error INVALID_MESSAGE", &first)?;
        field::equals(&first, "code", "INVALID_MESSAGE")?;
        field::equals(&first, "id", id.clone())?;
        link.cancel(&id).await;
        return link.response(&id).await.map(|_| ());
    }
    Err(Stop::Harness("no request ran long enough".to_owned()))
}

/// An unknown type of message.
pub(super) async fn unknown_type(cx: Context) -> Step {
    refuses_request(cx, &json!({"type": "dance"}), "UNKNOWN_TYPE").await.map(|_| ())
}

/// An unknown event.
pub(super) async fn unknown_event(cx: Context) -> Step {
    let event = json!({"type": "event", "event_name": "agent_danced", "payload": {}});
    refuses_request(cx, &event, "UNKNOWN_TYPE").await.map(|_| ())
}

/// Text that is no JSON.
pub(super) async fn bad_json(cx: Context) -> Step {
    let mut link = Link::join(&cx).await?;
    link.peer.send_text("{\"type\": \"request\", ").await;
    link.refused("INVALID_JSON").await.map(|_| ())
}

/// A message without a type.
pub(super) async fn no_type(cx: Context) -> Step {
    refuses_request(cx, &json!({"id": "n-1"}), "INVALID_MESSAGE").await.map(|_| ())
}

/// Another method than `tools/call`.
pub(super) async fn unknown_method(cx: Context) -> Step {
    let call = json!({"type": "request", "id": "m-1", "method": "tools/dance", "params": {"name": TOOL}});
    let error = refuses_request(cx, &call, "INVALID_MESSAGE").await?;
    field::equals(&error, "id", "m-1")
}

/// A tool that is not there: a response, for the request was one.
pub(super) async fn unknown_tool(cx: Context) -> Step {
    let mut link = Link::join(&cx).await?;
    link.refusal("no_such_tool", arguments(), "NOT_FOUND").await.map(|_| ())
}

/// A binary frame.
pub(super) async fn binary(cx: Context) -> Step {
    let link = &mut Link::join(&cx).await?;
    link.peer.send_frame(crate::peer::Frame::binary("{}")).await;
    link.peer.expect_close(1003, None, cx.soon()).await.map(|_| ())
}

/// What one connection asks, another does not hear.
pub(super) async fn apart(cx: Context) -> Step {
    let (mut asks, mut hears) = (Link::join(&cx).await?, Link::join(&cx).await?);
    asks.result(TOOL, arguments()).await?;
    let time = cx.quiet(std::time::Duration::from_millis(200));
    let heard = |message: &crate::peer::Message| message.to_json().is_some();
    match hears.peer.expect_silence("nothing on the other connection", time, heard).await {
        Err(Stop::Violation(violation)) if violation.code == ReasonCode::Unexpected => {
            fail(ReasonCode::Leak, violation.expected, violation.actual)
        }
        other => other,
    }
}

/// After a refusal the next request works.
pub(super) async fn goes_on(cx: Context) -> Step {
    let mut link = Link::join(&cx).await?;
    for text in ["[]", "7", "{\"type\":7}", "{\"type\":\"request\",\"id\":1}"] {
        link.peer.send_text(text).await;
        let error = link.peer.expect_error("INVALID_MESSAGE", cx.soon()).await?;
        field::text(&error.value, "message")?;
    }
    let tables = link.result(TOOL, arguments()).await?;
    let count = field::array(&tables, "tables")?.len();
    expect_value(count > 0, "tables", count)
}

/// Cancelled, a request is answered with that, soon.
pub(super) async fn cancel(cx: Context) -> Step {
    for _ in 0..3 {
        let mut link = Link::join(&cx).await?;
        let id = link.start_slow().await;
        link.cancel(&id).await;
        let answer = link.response(&id).await?;
        if answer.pointer("/error/code") == Some(&json!("DATABASE_CONTEXT_UNAVAILABLE")) {
            continue;
        }
        let error = error_of(&answer, "QUERY_FAILED")?;
        return field::equals(&error, "/details/reason", "cancelled");
    }
    Err(Stop::Harness("the database was busy three times".to_owned()))
}

/// A cancel of nothing is no error.
pub(super) async fn cancel_nothing(cx: Context) -> Step {
    let mut link = Link::join(&cx).await?;
    link.cancel(&json!("never-asked")).await;
    link.peer.send(&json!({"type": "ping", "id": "after"})).await;
    let next = link.peer.next_json("the pong", cx.soon()).await?;
    let name = field::name(&next.value);
    ensure(name == "pong", ReasonCode::Unexpected, "nothing about a cancel of nothing", &next.value)
}

/// Text that is not UTF-8.
pub(super) async fn broken_text(cx: Context) -> Step {
    let mut link = Link::join(&cx).await?;
    link.peer.send_frame(crate::peer::Frame::text([b'"', 0xc3, 0x28, b'"'])).await;
    link.peer.expect_close(1007, None, cx.soon()).await.map(|_| ())
}

/// A frame with a reserved bit.
pub(super) async fn reserved_bit(cx: Context) -> Step {
    let mut link = Link::join(&cx).await?;
    let frame = crate::peer::Frame { rsv: 2, ..crate::peer::Frame::text("{}") };
    link.peer.send_frame(frame).await;
    link.peer.expect_close(1002, None, cx.soon()).await.map(|_| ())
}
