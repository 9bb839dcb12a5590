//! `POST /api/query` with `Accept: text/event-stream`.

use serde_json::{Value, json};

use super::asking::{asked, finished, progress, question, result, session};
use crate::checks::query::run::{STAGES, is_terminal, query, work};
use crate::checks::rest::operations::refused;
use crate::checks::resume::events::unless_expired;
use crate::checks::{Check, Context, ReasonCode, Step, StreamEvent, ensure, ensure_eq, fail, field};
use crate::peer::Request;
use crate::target::Door;

pub(super) fn checks() -> Vec<Check> {
    [as_asked(), otherwise()].concat()
}

fn as_asked() -> Vec<Check> {
    vec![
        Check::new(
            "sse.content-type",
            "an event stream is text/event-stream",
            &["sse.content-type"],
            content_type,
        ),
        Check::new("sse.uncached", "no cache keeps an event stream", &["sse.uncached"], uncached),
        Check::new("sse.order", "acceptance, progress, one end", &["sse.order"], order).tags(&["slow"]),
        Check::new("sse.ends", "the stream ends with the query", &["sse.ends"], ends).tags(&["slow"]),
        Check::new("sse.ids", "an event's id is its epoch and offset", &["sse.ids"], ids).tags(&["slow"]),
        Check::new("sse.offsets", "offsets of the only query go up by one from 1", &["sse.offsets"], offsets)
            .tags(&["slow"]),
        Check::new("sse.names", "an event has its message's name", &["sse.names"], names).tags(&["slow"]),
        Check::new("sse.as-they-come", "events come as they happen", &["sse.as-they-come"], as_they_come)
            .tags(&["slow"]),
    ]
}

fn otherwise() -> Vec<Check> {
    vec![
        Check::new(
            "sse.refused",
            "a refused question is an ordinary error",
            &["sse.refused"],
            refused_at_once,
        ),
        Check::new(
            "sse.not-acceptable",
            "q=0 says that no stream is wanted",
            &["sse.not-acceptable"],
            not_acceptable,
        )
        .tags(&["slow"]),
        Check::new("sse.parts", "stream brings the rows as parts", &["sse.parts"], parts).tags(&["slow"]),
        Check::new(
            "sse.equal-to-answer",
            "a stream's result is that of a waiting request",
            &["sse.equal-to-answer"],
            equal_to_answer,
        )
        .tags(&["slow"]),
        Check::new(
            "sse.equal-to-socket",
            "a stream's events are those of the socket",
            &["sse.equal-to-socket"],
            equal_to_socket,
        )
        .tags(&["slow"]),
        Check::new("sse.leaving", "who leaves cancels nothing", &["sse.leaving"], leaving).tags(&["slow"]),
        Check::new(
            "sse.cancelled",
            "a cancel ends the stream with query_cancelled",
            &["sse.cancelled"],
            cancelled,
        )
        .tags(&["slow"]),
        Check::new(
            "sse.own-query",
            "a question's stream shows its own query alone",
            &["sse.own-query"],
            own_query,
        )
        .tags(&["slow"]),
        Check::new(
            "sse.resumable",
            "what a stream brought can be had again",
            &["sse.resumable"],
            |cx: Context| unless_expired(move || resumable(cx.clone())),
        )
        .tags(&["slow"]),
    ]
}

/// The content type is that of event streams, exactly.
async fn content_type(cx: Context) -> Step {
    let stream = cx.stream(question(&cx, &json!({}))).await?;
    let kind = stream.response().field("Content-Type").unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim();
    ensure_eq("content type", kind, "text/event-stream")
}

/// No cache keeps it.
async fn uncached(cx: Context) -> Step {
    let stream = cx.stream(question(&cx, &json!({}))).await?;
    let control = stream.response().field("Cache-Control").unwrap_or_default().to_ascii_lowercase();
    let kept = !control.contains("no-store") && !control.contains("no-cache");
    ensure(!kept, ReasonCode::Missing, "Cache-Control with no-store or no-cache", format!("{control:?}"))
}

/// Acceptance, progress, one end, in this order, and then the end of the stream.
async fn order(cx: Context) -> Step {
    let events = asked(&cx, &json!({})).await?;
    ensure_eq("first event", events[0].name(), "query_accepted")?;
    result(&events)?;
    for stage in STAGES {
        let told = events.iter().any(|event| event.value["current_agent"] == stage);
        ensure(told, ReasonCode::Missing, &format!("progress of {stage}"), "none")?;
    }
    let ends = events.iter().filter(|event| is_terminal(&event.value)).count();
    ensure(ends == 1, ReasonCode::Duplicate, "one terminal event", ends)
}

/// The stream is over when the query is.
async fn ends(cx: Context) -> Step {
    let mut stream = cx.stream(question(&cx, &json!({}))).await?;
    stream.expect("query_result", work(&cx)).await?;
    stream.expect_end(cx.soon()).await
}

/// The id of an event is its place: epoch and offset.
async fn ids(cx: Context) -> Step {
    let mut placed = 0;
    for event in asked(&cx, &json!({})).await? {
        let place = (event.value["epoch"].as_str(), event.value["offset"].as_u64());
        let (Some(epoch), Some(offset)) = place else { continue };
        let Some(id) = &event.event.id else {
            return fail(ReasonCode::Missing, format!("id: {epoch}:{offset}"), "no id");
        };
        ensure_eq("id", id, &format!("{epoch}:{offset}"))?;
        placed += 1;
    }
    ensure(placed > 0, ReasonCode::Missing, "events with epoch and offset", "none")
}

/// Offsets of one query alone in its session go up by one.
async fn offsets(cx: Context) -> Step {
    let (_, _, events) = finished(&cx).await?;
    for (number, event) in events.iter().enumerate() {
        field::equals(&event.value, "offset", number + 1)?;
    }
    Ok(())
}

/// The name of an event is that of its message.
async fn names(cx: Context) -> Step {
    for event in asked(&cx, &json!({})).await? {
        let kind = field::text(&event.value, "type")?;
        let Some(name) = &event.event.name else {
            return fail(ReasonCode::Missing, format!("event: {kind}"), "no name");
        };
        ensure_eq("event", name, kind)?;
    }
    Ok(())
}

/// Events come as they happen, not with the end.
async fn as_they_come(cx: Context) -> Step {
    let events = asked(&cx, &json!({})).await?;
    let result = result(&events)?;
    let took: f64 = STAGES.iter().filter_map(|stage| result["timings_ms"][stage].as_f64()).sum();
    if took < 100.0 {
        return Err(cx.unseen("long-queries", format!("the query took {took} ms")));
    }
    let (first, last) = (events[0].at, events[events.len() - 1].at);
    let seen = last.duration_since(first).as_secs_f64() * 1e3;
    // A third of the time is enough to tell a stream from an answer in one piece.
    let expected = "the acceptance while the query runs";
    ensure(
        seen > took / 3.0,
        ReasonCode::Late,
        expected,
        format!("{seen:.0} ms of {took:.0} ms before the end"),
    )
}

/// A refused question is an ordinary answer, no stream.
async fn refused_at_once(cx: Context) -> Step {
    match cx.stream_or_answer(question(&cx, &json!({"query": "  "}))).await? {
        Ok(stream) => {
            let actual = format!("{} with a stream", stream.response().status);
            fail(ReasonCode::WrongStatus, "422", actual)
        }
        Err(response) => refused(&response, 422, "QUERY_REJECTED").map(|_| ()),
    }
}

/// `q=0` says that a stream is not wanted.
async fn not_acceptable(cx: Context) -> Step {
    let request = question(&cx, &json!({})).with("Accept", "application/json, text/event-stream;q=0");
    let response = cx.http_within(request, std::time::Duration::from_secs(5)).await?;
    let kind = response.field("Content-Type").unwrap_or_default();
    ensure(kind.starts_with("application/json"), ReasonCode::WrongValue, "an answer of JSON", kind)
}

/// `stream` brings the rows as parts.
async fn parts(cx: Context) -> Step {
    let events = asked(&cx, &json!({"preferences": {"stream": true}})).await?;
    let parts: Vec<&StreamEvent> = events.iter().filter(|event| event.name() == "partial_result").collect();
    ensure(!parts.is_empty(), ReasonCode::Missing, "partial_result", "none")?;
    let rows: usize = parts.iter().filter_map(|part| part.value["rows"].as_array()).map(Vec::len).sum();
    field::equals(result(&events)?, "row_count", rows)
}

/// The result is that of a waiting request: the same fields, the same rows.
async fn equal_to_answer(cx: Context) -> Step {
    let events = asked(&cx, &json!({})).await?;
    let request = Request::post_json(&cx.target().rest("/api/query"), &query(&json!({})));
    let answer = cx.http_within(request, std::time::Duration::from_secs(5)).await?.json().unwrap_or_default();
    let streamed = result(&events)?;
    for name in ["sql", "columns", "rows", "row_count", "truncated", "status", "database_context"] {
        field::equals(streamed, name, field::any(&answer, name)?.clone())?;
    }
    Ok(())
}

/// The events are those that the session's sockets get, field by field.
async fn equal_to_socket(cx: Context) -> Step {
    let (session, _) = session(&cx).await?;
    let mut socket = cx.open(Door::Progress(session.clone())).await?;
    let mut stream = cx.stream(question(&cx, &json!({})).header("X-Session-Id", &session)).await?;
    let events = super::asking::all(&cx, &mut stream).await?;
    for event in &events {
        let wanted = |value: &Value| value["offset"] == event.value["offset"];
        let told = socket.expect("the same event on the socket", cx.soon(), wanted).await?.value;
        ensure_eq("event of the stream", &event.value, &told)?;
    }
    Ok(())
}

/// Who leaves cancels nothing.
async fn leaving(cx: Context) -> Step {
    let (session, _) = session(&cx).await?;
    let mut socket = cx.open(Door::Progress(session.clone())).await?;
    let mut stream = cx.stream(question(&cx, &json!({})).header("X-Session-Id", &session)).await?;
    stream.expect("query_accepted", work(&cx)).await?;
    drop(stream);
    let end = socket.expect("query_result", work(&cx), is_terminal).await?.value;
    ensure_eq("end of the query", field::name(&end), "query_result")
}

/// A cancel on a socket ends the stream with `query_cancelled`.
async fn cancelled(cx: Context) -> Step {
    for _ in 0..3 {
        let (session, _) = session(&cx).await?;
        let (mut socket, _) = cx.join_with(Door::Query, &session, json!({"user_id": "suite"})).await?;
        let mut stream = cx.stream(question(&cx, &json!({})).header("X-Session-Id", &session)).await?;
        let accepted = stream.expect("query_accepted", work(&cx)).await?;
        let transaction = field::text(&accepted.value, "transaction_id")?;
        socket.send(&json!({"type": "command", "action": "cancel", "transaction_id": transaction})).await;
        let told = socket.expect_type("command_result", cx.soon()).await?.value;
        if told["status"] == "completed" {
            continue;
        }
        stream.expect("query_cancelled", work(&cx)).await?;
        return stream.expect_end(cx.soon()).await;
    }
    Err(crate::checks::Stop::Harness("every query ended before it could be cancelled".to_owned()))
}

/// The stream shows its own query, not what others ask in the session meanwhile.
async fn own_query(cx: Context) -> Step {
    let (session, _) = session(&cx).await?;
    let (socket, _) = cx.join_with(Door::Query, &session, json!({"user_id": "suite"})).await?;
    socket.send(&query(&json!({"id": "other"}))).await;
    let mut stream = cx.stream(question(&cx, &json!({})).header("X-Session-Id", &session)).await?;
    let events = super::asking::all(&cx, &mut stream).await?;
    let own = &events[0].value["transaction_id"];
    let foreign = events.iter().find(|event| event.value["transaction_id"] != *own);
    ensure(foreign.is_none(), ReasonCode::Unexpected, "events of one transaction", format!("{foreign:?}"))
}

/// What a stream brought can be had again by its last id.
async fn resumable(cx: Context) -> Step {
    let (session, epoch, events) = finished(&cx).await?;
    let request = progress(&cx, &session, "").header("Last-Event-ID", &format!("{epoch}:1"));
    let mut stream = cx.stream(request).await?;
    let resumed = stream.expect("resumed", cx.soon()).await?.value;
    if resumed["reason"] == "EXPIRED" {
        return Err(crate::checks::Stop::Harness("the history forgot events within moments".to_owned()));
    }
    field::equals(&resumed, "recovered", true)?;
    for event in &events[1..] {
        let Some(again) = stream.next_event("the missed events", cx.soon()).await? else {
            return fail(ReasonCode::Lost, "the missed events", "the end of the stream");
        };
        ensure_eq("event again", &again.value, &event.value)?;
    }
    Ok(())
}
