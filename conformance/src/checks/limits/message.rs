//! JSON that is no message: the error it gets, and that the connection stays.

use serde_json::{Value, json};

use crate::checks::framing::refusal::{expect_answer, expect_refusal, probe};
use crate::checks::{Check, Context, ReasonCode, Step, ensure, field};
use crate::peer::Frame;
use crate::target::Door;

use super::answer::expect_error_not;

pub(super) fn checks() -> Vec<Check> {
    vec![
        Check::new(
            "limits.no-object",
            "JSON that is no object is INVALID_MESSAGE",
            &["limits.no-object"],
            no_object,
        ),
        Check::new(
            "limits.no-type",
            "an object without a text type is INVALID_MESSAGE",
            &["limits.no-type"],
            no_type,
        ),
        Check::new(
            "limits.field-types",
            "a field of a wrong type is INVALID_MESSAGE",
            &["limits.field-types"],
            wrong_types,
        ),
        Check::new(
            "limits.client-ids",
            "an id of a wrong form is INVALID_MESSAGE",
            &["limits.client-ids"],
            wrong_ids,
        ),
        Check::new(
            "limits.unknown-type",
            "an unknown type is UNKNOWN_TYPE and harms nothing",
            &["limits.unknown-type"],
            unknown_type,
        ),
        Check::new(
            "limits.unknown-fields",
            "unknown fields are ignored",
            &["limits.unknown-fields"],
            unknown_fields,
        ),
        Check::new(
            "limits.error-body",
            "an error has code, message and timestamp",
            &["limits.error-body"],
            error_body,
        ),
        Check::new(
            "limits.error-ids",
            "an error has the ids of the message it answers",
            &["limits.error-ids"],
            error_ids,
        ),
        Check::new(
            "limits.binary",
            "a binary frame that was not announced is refused with 1003",
            &["limits.binary"],
            binary,
        ),
    ]
}

/// What a server that takes the message would answer.
const ANSWERS: [&str; 4] = ["pong", "query_accepted", "subscribed", "connection_acknowledged"];

/// Each message is answered by `code`, with its id if it has one, and the connection goes on.
async fn refused(cx: &Context, code: &str, messages: &[Value]) -> Step {
    let mut peer = cx.open(Door::Query).await?;
    for message in messages {
        peer.send(message).await;
        let error = expect_error_not(&mut peer, code, &ANSWERS, cx.soon()).await?;
        if let Some(id) = message.get("id").filter(|id| id.is_string()) {
            field::equals(&error, "id", id.clone())?;
        }
    }
    peer.expect_open(cx.soon()).await
}

/// JSON that is no object is `INVALID_MESSAGE`.
async fn no_object(cx: Context) -> Step {
    refused(&cx, "INVALID_MESSAGE", &[json!([]), json!("ping"), json!(42), json!(null), json!([probe()])])
        .await
}

/// An object without a text `type` is `INVALID_MESSAGE`.
async fn no_type(cx: Context) -> Step {
    let messages = [
        json!({}),
        json!({"id": "t-1", "query": "show revenue"}),
        json!({"id": "t-2", "type": 5}),
        json!({"id": "t-3", "type": null}),
        json!({"id": "t-4", "type": ["ping"]}),
    ];
    refused(&cx, "INVALID_MESSAGE", &messages).await
}

/// A known message with a field of another type is `INVALID_MESSAGE`.
async fn wrong_types(cx: Context) -> Step {
    let messages = [
        json!({"type": "query", "id": "w-1"}),
        json!({"type": "query", "id": "w-2", "query": 5}),
        json!({"type": "query", "id": "w-3", "query": "show revenue", "preferences": {"stream": "yes"}}),
        json!({"type": "subscribe", "id": "w-4", "events": "query_result"}),
        json!({"type": "connection_handshake", "id": "w-5", "user_id": 5}),
    ];
    refused(&cx, "INVALID_MESSAGE", &messages).await
}

/// An id that is neither a text of 1 to 128 characters nor an integer is `INVALID_MESSAGE`.
async fn wrong_ids(cx: Context) -> Step {
    let ids = [json!({}), json!(true), json!([1]), json!(1.5), json!("")];
    let mut messages: Vec<Value> =
        ids.into_iter().map(|id| json!({"type": "ping", "query_id": id})).collect();
    messages.push(json!({"type": "ping", "correlation_id": "x".repeat(129)}));
    refused(&cx, "INVALID_MESSAGE", &messages).await
}

/// A `type` nobody knows is `UNKNOWN_TYPE`, and the connection stays usable.
async fn unknown_type(cx: Context) -> Step {
    let mut peer = cx.open(Door::Query).await?;
    for kind in ["dance", "Ping"] {
        peer.send(&json!({"type": kind, "id": "u-1"})).await;
        expect_error_not(&mut peer, "UNKNOWN_TYPE", &ANSWERS, cx.soon()).await?;
    }
    peer.send(&probe()).await;
    expect_answer(&mut peer, "probe", cx.soon()).await
}

/// Fields nobody knows are ignored.
async fn unknown_fields(cx: Context) -> Step {
    let mut peer = cx.open(Door::Query).await?;
    peer.send(&json!({"type": "ping", "id": "f-1", "mood": {"of": ["the", "day"]}, "x": null})).await;
    expect_answer(&mut peer, "f-1", cx.soon()).await
}

/// An error says what it is, when, and for a human being.
async fn error_body(cx: Context) -> Step {
    let mut peer = cx.open(Door::Query).await?;
    peer.send(&json!({"type": "dance"})).await;
    let error = peer.expect_type("error", cx.soon()).await?.value;
    field::equals(&error, "type", "error")?;
    field::text(&error, "code")?;
    let message = field::text(&error, "message")?;
    ensure(!message.trim().is_empty(), ReasonCode::WrongValue, "a message for people", "an empty text")?;
    field::timestamp(&error, "timestamp")?;
    Ok(())
}

/// An error has the ids of the message it answers, unchanged, and no others.
async fn error_ids(cx: Context) -> Step {
    let mut peer = cx.open(Door::Query).await?;
    peer.send(&json!({"type": "dance", "id": 7, "correlation_id": "ä-1"})).await;
    let error = peer.expect_type("error", cx.soon()).await?.value;
    field::equals(&error, "id", 7)?;
    field::equals(&error, "correlation_id", "ä-1")?;
    field::absent(&error, "query_id")
}

/// A binary frame that was not announced closes the connection with 1003.
async fn binary(cx: Context) -> Step {
    let mut peer = cx.open(Door::Query).await?;
    peer.send_frame(Frame::binary(probe().to_string())).await;
    expect_refusal(&mut peer, 1003, cx.soon()).await
}
