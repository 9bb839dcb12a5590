//! Streams of events: what is in them, how they end, and how they are taken up again.

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::{Value, json};

use super::client::{Client, Exchange, collect, result_of, rpc, send};
use super::stream::{Answer, Next};
use crate::checks::{Context, ReasonCode, Step, Stop, ensure, fail, field};

/// What a server whose streams can't be resumed shows.
const NO_IDS: &str = "events have no ids";

/// A call answered by events; not applicable when the server chooses to answer by JSON.
async fn streamed(client: &Client) -> Step<Exchange> {
    let params = client.call_params(Some(json!({"progressToken": "events"}))).await?;
    let said = client.exchange("tools/call", Some(params)).await?;
    if said.events.is_empty() {
        return Err(client.cx.declined("mcp-events", "the server answers by JSON"));
    }
    Ok(said)
}

/// Every event is one JSON-RPC message, or has no data.
pub(super) async fn messages(cx: Context) -> Step {
    let client = Client::open(&cx).await?;
    let said = streamed(&client).await?;
    for message in &said.messages {
        field::equals(message, "jsonrpc", "2.0")?;
        let named = message.get("method").is_some() || message.get("id").is_some();
        ensure(named, ReasonCode::Malformed, "a request, notification or response", message)?;
    }
    let odd = said.events.iter().find_map(|event| event.name.as_deref().filter(|name| *name != "message"));
    ensure(odd.is_none(), ReasonCode::WrongValue, "events called message", format!("{odd:?}"))
}

/// A stream ends after its response.
pub(super) async fn ends(cx: Context) -> Step {
    let client = Client::open(&cx).await?;
    let said = streamed(&client).await?;
    ensure(said.ended, ReasonCode::NotClosed, "the end of the stream after its response", "an open stream")?;
    let last = said.messages.last().is_some_and(|message| message.get("result").is_some());
    ensure(last, ReasonCode::WrongOrder, "the response last", json!(said.messages))
}

/// Ids of events are unique within a session, over all its streams.
pub(super) async fn ids(cx: Context) -> Step {
    let client = Client::open(&cx).await?;
    let listening = send(&client.cx, client.bare("GET")).await?;
    let mut events = Vec::new();
    for _ in 0..3 {
        events.extend(streamed(&client).await?.events);
    }
    if let Answer::Stream(_, mut stream) = listening {
        let end = tokio::time::Instant::now() + cx.quiet(Duration::from_millis(200));
        while let Next::Event(event) = stream.next(end).await? {
            events.push(event);
        }
    }
    let ids: Vec<String> = events.into_iter().filter_map(|event| event.id).collect();
    if ids.is_empty() {
        return Err(cx.unseen("mcp-event-ids", NO_IDS));
    }
    let mut seen = BTreeSet::new();
    for id in ids {
        ensure(seen.insert(id.clone()), ReasonCode::Duplicate, "an id for each event", id)?;
    }
    Ok(())
}

/// A stream that can be resumed begins with an id.
pub(super) async fn priming(cx: Context) -> Step {
    let client = Client::open(&cx).await?;
    let said = streamed(&client).await?;
    if said.events.iter().all(|event| event.id.is_none()) {
        return Err(cx.unseen("mcp-event-ids", NO_IDS));
    }
    let first = &said.events[0];
    let primes = first.id.is_some() && first.data.as_deref().unwrap_or_default().is_empty();
    ensure(primes, ReasonCode::Missing, "an event with an id and no data first", first.encode())
}

/// What is resumed is the stream that was cut, no other.
pub(super) async fn resume_own(cx: Context) -> Step {
    let client = Client::open(&cx).await?;
    let first = streamed(&client).await?;
    let Some(id) = first.events.iter().find_map(|event| event.id.clone()) else {
        return Err(cx.unseen("mcp-event-ids", NO_IDS));
    };
    let params = client.call_params(None).await?;
    let other = client.post(&rpc("another-request", "tools/call", Some(params)));
    collect(send(&client.cx, other).await?, cx.soon()).await?;
    let answer = send(&client.cx, client.bare("GET").header("Last-Event-ID", &id)).await?;
    if !matches!(answer, Answer::Stream(..)) {
        return Ok(()); // Not resumable after its end.
    }
    let end = cx.within(cx.quiet(Duration::from_millis(200)));
    let replayed = collect(answer, end).await?;
    let foreign = replayed.messages.iter().find(|message| message["id"] == "another-request");
    ensure(foreign.is_none(), ReasonCode::Leak, "messages of the stream that was cut", json!(foreign))
}

/// A stream opened by GET has no responses in it.
pub(super) async fn no_responses(cx: Context) -> Step {
    let client = Client::open(&cx).await?;
    let mut stream = match send(&client.cx, client.bare("GET")).await? {
        Answer::Stream(_, stream) => stream,
        other if other.head().status == 405 => {
            return Err(client.cx.declined("mcp-get", "GET is not offered"));
        }
        other => {
            return fail(
                ReasonCode::WrongStatus,
                "a stream of events, or 405",
                other.head().status.to_string(),
            );
        }
    };
    let params = client.call_params(None).await?;
    result_of(client.exchange("tools/call", Some(params)).await?.response()?)?;
    let end = tokio::time::Instant::now() + cx.quiet(Duration::from_millis(300));
    while let Next::Event(event) = stream.next(end).await? {
        let message: Value =
            serde_json::from_str(event.data.as_deref().unwrap_or_default()).unwrap_or_default();
        let response = message.get("result").is_some() || message.get("error").is_some();
        ensure(!response, ReasonCode::Leak, "no response on a stream of its own", &message)?;
    }
    Ok(())
}

/// Progress names the token that was given, and rises.
pub(super) async fn progress(cx: Context) -> Step {
    let client = Client::open(&cx).await?;
    let params = client.call_params(Some(json!({"progressToken": "token-7"}))).await?;
    let said = client.exchange("tools/call", Some(params)).await?;
    result_of(said.response()?)?;
    let notes: Vec<&Value> = progress_of(&said);
    if notes.is_empty() {
        return Err(cx.unseen("mcp-progress", "the tool tells no progress"));
    }
    let mut last = f64::NEG_INFINITY;
    for note in notes {
        field::equals(note, "/params/progressToken", "token-7")?;
        let now = field::number(note, "/params/progress")?;
        ensure(now > last, ReasonCode::WrongOrder, &format!("progress over {last}"), now)?;
        last = now;
    }
    Ok(())
}

/// A number as token stays one.
pub(super) async fn progress_number(cx: Context) -> Step {
    let client = Client::open(&cx).await?;
    let params = client.call_params(Some(json!({"progressToken": 12}))).await?;
    let said = client.exchange("tools/call", Some(params)).await?;
    result_of(said.response()?)?;
    let notes = progress_of(&said);
    let Some(first) = notes.first() else {
        return Err(cx.unseen("mcp-progress", "the tool tells no progress"));
    };
    field::equals(first, "/params/progressToken", 12)
}

/// Who gave no token is told no progress.
pub(super) async fn no_progress(cx: Context) -> Step {
    let client = Client::open(&cx).await?;
    let params = client.call_params(None).await?;
    let said = client.exchange("tools/call", Some(params)).await?;
    result_of(said.response()?)?;
    let notes = progress_of(&said);
    ensure(notes.is_empty(), ReasonCode::Unexpected, "no progress without a token", json!(notes))
}

fn progress_of(said: &Exchange) -> Vec<&Value> {
    said.messages.iter().filter(|message| message["method"] == "notifications/progress").collect()
}

/// A statement that takes long, as a call of ours.
fn slow() -> Value {
    let arguments = json!({
        "database": "financial_db", "query": "SELECT count(*) FROM orders a, orders b, orders c", "timeout_ms": 2500,
    });
    json!({"name": "execute_query_tool", "arguments": arguments, "_meta": {"progressToken": "slow"}})
}

/// Begins a slow call; gives its stream after the first message with progress.
async fn begin_slow(client: &Client) -> Step<(super::stream::EventStream, Option<String>)> {
    let request = client.post(&rpc("slow-1", "tools/call", Some(slow())));
    let Answer::Stream(_, mut stream) = send(&client.cx, request).await? else {
        return Err(Stop::Harness("the call was answered at once".to_owned()));
    };
    let end = client.cx.soon().end();
    let mut id = None;
    loop {
        match stream.next(end).await? {
            Next::Event(event) => {
                id = event.id.clone().or(id);
                if event.data.as_deref().is_some_and(|data| data.contains("notifications/progress")) {
                    return Ok((stream, id));
                }
            }
            Next::End | Next::Silence => {
                return Err(Stop::Harness("the call told no progress".to_owned()));
            }
        }
    }
}

/// A cancelled call is answered with no result, and the session goes on.
pub(super) async fn cancel(cx: Context) -> Step {
    let client = Client::open(&cx).await?;
    let (mut stream, _) = begin_slow(&client).await?;
    let body = super::client::notification("notifications/cancelled", Some(json!({"requestId": "slow-1"})));
    super::client::status(&super::client::exchange(&client.cx, client.post(&body)).await?.head, 202)?;
    let end = client.cx.soon().end();
    loop {
        match stream.next(end).await? {
            Next::End => break,
            Next::Silence => {
                return fail(ReasonCode::NotClosed, "an end of the cancelled call", "an open stream");
            }
            Next::Event(event) => {
                let data = event.data.unwrap_or_default();
                let answered = data.contains("\"id\":\"slow-1\"") && data.contains("\"result\":");
                ensure(!answered, ReasonCode::Unexpected, "no result of a cancelled call", data)?;
            }
        }
    }
    client.result("ping", None).await.map(|_| ())
}

/// A call whose stream was cut goes on, and its response comes on the resumed stream.
pub(super) async fn resume(cx: Context) -> Step {
    let client = Client::open(&cx).await?;
    let (stream, id) = begin_slow(&client).await?;
    let Some(id) = id else {
        return Err(cx.unseen("mcp-event-ids", NO_IDS));
    };
    drop(stream);
    let answer = send(&client.cx, client.bare("GET").header("Last-Event-ID", &id)).await?;
    let resumed = collect(answer, cx.within(Duration::from_secs(4))).await?;
    let response = resumed.response()?;
    field::equals(response, "id", "slow-1")
}
