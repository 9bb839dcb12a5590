//! `initialize`: versions, what is declared, and the messages themselves.

use serde_json::{Value, json};

use super::client::{
    Client, VERSION, error_of, exchange, introduction, notification, post, refuses, result_of, rpc, status,
};
use crate::checks::{Context, ReasonCode, Step, ensure, ensure_eq, fail, field};

/// Versions with `initialize`.
const VERSIONS: [&str; 4] = ["2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25"];

/// What the server is and can.
pub(super) async fn welcome(cx: Context) -> Step {
    let client = Client::open(&cx).await?;
    field::text(&client.welcome, "protocolVersion")?;
    field::object(&client.welcome, "capabilities")?;
    field::text(&client.welcome, "/serverInfo/name")?;
    field::text(&client.welcome, "/serverInfo/version").map(|_| ())
}

/// A version asked for is answered with it or another that exists, and the session works under it.
pub(super) async fn version(cx: Context, asked: &'static str) -> Step {
    let client = Client::open_as(&cx, asked).await?;
    let known = VERSIONS.contains(&client.version.as_str());
    ensure(known, ReasonCode::WrongValue, "a version of the protocol", &client.version)?;
    let pong = client.exchange("ping", None).await?;
    status(&pong.head, 200)?;
    result_of(pong.response()?).map(|_| ())
}

/// A version nobody knows is never agreed to.
pub(super) async fn unknown_version(cx: Context, asked: &'static str) -> Step {
    let cx = cx.mcp()?;
    let said = exchange(&cx, post(&cx, &rpc(1, "initialize", Some(introduction(asked))))).await?;
    if said.head.status != 200 {
        return refuses(&said.head);
    }
    let response = said.response()?;
    if response.get("error").is_some() {
        return error_of(response).map(|_| ());
    }
    let answered = field::text(result_of(response)?, "protocolVersion")?.to_owned();
    ensure(answered != asked, ReasonCode::Accepted, "another version, or an error", &answered)?;
    let shaped = answered.len() == 10 && answered.starts_with("20");
    ensure(shaped, ReasonCode::WrongValue, "a version of the protocol", answered)
}

/// A version in the header that does not exist is refused.
pub(super) async fn header_unknown(cx: Context) -> Step {
    let client = Client::open(&cx).await?;
    let request = client.post(&rpc(2, "ping", None)).with(VERSION, "1999-01-01");
    let said = exchange(&client.cx, request).await?;
    if said.head.status == 200 {
        return fail(ReasonCode::Accepted, "400 for a version that does not exist", "200");
    }
    status(&said.head, 400)
}

/// Without the header the server goes by the session, or takes 2025-03-26.
pub(super) async fn header_absent(cx: Context) -> Step {
    let client = Client::open(&cx).await?;
    let request = client.post(&rpc(2, "ping", None)).without(VERSION);
    let said = exchange(&client.cx, request).await?;
    status(&said.head, 200)?;
    result_of(said.response()?).map(|_| ())
}

/// That the client is ready is taken with 202 and no body.
pub(super) async fn initialized(cx: Context) -> Step {
    let client = Client::open(&cx).await?;
    let said = exchange(&client.cx, client.post(&notification("notifications/initialized", None))).await?;
    status(&said.head, 202)?;
    ensure(said.head.body.is_empty(), ReasonCode::Unexpected, "no body", said.head.text())
}

async fn echoes(cx: Context, id: Value) -> Step {
    let client = Client::open(&cx).await?;
    let said = exchange(&client.cx, client.post(&rpc(id.clone(), "ping", None))).await?;
    let response = said.response()?;
    field::equals(response, "id", id)?;
    field::equals(response, "jsonrpc", "2.0")
}

/// A text id comes back.
pub(super) async fn text_id(cx: Context) -> Step {
    echoes(cx, json!("Anfrage-Ä/1")).await
}

/// A number as id comes back as a number.
pub(super) async fn number_id(cx: Context) -> Step {
    echoes(cx, json!(9_007_199_254_740_991_u64)).await
}

/// A ping is answered with nothing in it.
pub(super) async fn ping(cx: Context) -> Step {
    let result = Client::open(&cx).await?.result("ping", None).await?;
    ensure_eq("result", &result, &json!({}))
}

/// A response has a result or an error.
pub(super) async fn either(cx: Context) -> Step {
    let client = Client::open(&cx).await?;
    let good = client.exchange("ping", None).await?;
    field::absent(good.response()?, "error")?;
    let bad = client.exchange("no/such-method", None).await?;
    field::absent(bad.response()?, "result")
}

/// An unknown method.
pub(super) async fn unknown_method(cx: Context) -> Step {
    let client = Client::open(&cx).await?;
    let said = client.exchange("no/such-method", None).await?;
    let response = said.response()?;
    field::equals(response, "id", "c-1")?;
    field::equals(error_of(response)?, "code", -32_601)
}

/// A notification has no answer, known or not.
pub(super) async fn unknown_notification(cx: Context) -> Step {
    let client = Client::open(&cx).await?;
    let said = exchange(&client.cx, client.post(&notification("notifications/nobody-knows", None))).await?;
    if said.head.status == 202 {
        return ensure(said.head.body.is_empty(), ReasonCode::Unexpected, "no body", said.head.text());
    }
    refuses(&said.head)
}

/// A cancellation of nothing is taken.
pub(super) async fn cancel_nothing(cx: Context) -> Step {
    let client = Client::open(&cx).await?;
    let body = notification("notifications/cancelled", Some(json!({"requestId": "never-asked"})));
    let said = exchange(&client.cx, client.post(&body)).await?;
    status(&said.head, 202)?;
    client.result("ping", None).await.map(|_| ())
}

/// A response to nothing is taken without an answer, or refused.
pub(super) async fn stray_response(cx: Context) -> Step {
    let client = Client::open(&cx).await?;
    let body = json!({"jsonrpc": "2.0", "id": 4711, "result": {}});
    let said = exchange(&client.cx, client.post(&body)).await?;
    if said.head.status != 202 {
        return refuses(&said.head);
    }
    ensure(said.head.body.is_empty(), ReasonCode::Unexpected, "no body", said.head.text())
}

async fn unusable(cx: Context, body: &str) -> Step<super::client::Exchange> {
    let client = Client::open(&cx).await?;
    let said = exchange(&client.cx, client.post(&Value::Null).body(body)).await?;
    if said.head.status != 200 {
        refuses(&said.head)?;
    } else {
        error_of(said.response()?)?;
    }
    client.result("ping", None).await?;
    Ok(said)
}

/// What is no JSON is refused, and the session goes on.
pub(super) async fn bad_json(cx: Context) -> Step {
    unusable(cx, "{\"jsonrpc\": \"2.0\", \"id\": 1, \"method\"").await.map(|_| ())
}

/// What is no JSON is refused as such.
pub(super) async fn bad_json_code(cx: Context) -> Step {
    let said = unusable(cx, "{\"jsonrpc\": \"2.0\", \"id\": 1, \"method\"").await?;
    field::equals(error_of(said.response()?)?, "code", -32_700)
}

/// What is no JSON-RPC is refused.
pub(super) async fn no_rpc(cx: Context) -> Step {
    unusable(cx, "{\"hello\": \"world\"}").await.map(|_| ())
}

/// What is no JSON-RPC is refused as such.
pub(super) async fn no_rpc_code(cx: Context) -> Step {
    let said = unusable(cx, "{\"hello\": \"world\"}").await?;
    field::equals(error_of(said.response()?)?, "code", -32_600)
}

fn batch() -> Value {
    json!([
        rpc("b-1", "ping", None),
        rpc("b-2", "ping", None),
        notification("notifications/nobody-knows", None)
    ])
}

/// From 2025-06-18 on a batch is no message: it is refused, or all of it is answered.
pub(super) async fn batch_now(cx: Context) -> Step {
    let client = Client::open(&cx).await?;
    let said = exchange(&client.cx, client.post(&batch())).await?;
    if said.head.status != 200 {
        return refuses(&said.head);
    }
    if error_of(said.response()?).is_ok() {
        return Ok(());
    }
    answers_both(&said.messages)
}

/// With 2025-03-26 a batch is answered, request by request.
pub(super) async fn batch_then(cx: Context) -> Step {
    let client = Client::open_as(&cx, "2025-03-26").await?;
    if client.version != "2025-03-26" {
        return Err(cx.declined("mcp-batch", "2025-03-26 is not offered"));
    }
    // Clients of that time sent no version.
    let said = exchange(&client.cx, client.post(&batch()).without(VERSION)).await?;
    if said.head.status != 200 {
        return fail(ReasonCode::Refused, "200", said.head.status.to_string());
    }
    answers_both(&said.messages)
}

fn answers_both(messages: &[Value]) -> Step {
    for id in ["b-1", "b-2"] {
        let count = messages.iter().filter(|message| message["id"] == id).count();
        ensure(count > 0, ReasonCode::Missing, &format!("a response to {id}"), json!(messages))?;
        ensure(count == 1, ReasonCode::Duplicate, &format!("one response to {id}"), count)?;
    }
    let others = messages.iter().filter(|message| message.get("id").is_none_or(Value::is_null)).count();
    ensure(others == 0, ReasonCode::Unexpected, "no response to the notification", json!(messages))
}

/// `initialize` without parameters is refused.
pub(super) async fn nothing_said(cx: Context) -> Step {
    let cx = cx.mcp()?;
    let said = exchange(&cx, post(&cx, &rpc(1, "initialize", Some(json!({}))))).await?;
    if said.head.status != 200 {
        return refuses(&said.head);
    }
    error_of(said.response()?).map(|_| ())
}

/// Many requests at one time are each answered by their own response.
pub(super) async fn many(cx: Context) -> Step {
    let client = Client::open(&cx).await?;
    let mut running = tokio::task::JoinSet::new();
    for number in 0..12_u64 {
        let (cx, request) = (client.cx.clone(), client.post(&rpc(number, "ping", None)));
        running.spawn(async move { (number, exchange(&cx, request).await) });
    }
    while let Some(joined) = running.join_next().await {
        let Ok((number, said)) = joined else { continue };
        let said = said?;
        let responses = said.messages.iter().filter(|message| message.get("method").is_none()).count();
        ensure(responses <= 1, ReasonCode::Duplicate, "one response", responses)?;
        field::equals(said.response()?, "id", number)?;
    }
    Ok(())
}
