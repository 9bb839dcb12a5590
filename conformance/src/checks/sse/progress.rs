//! `GET /api/progress/{session_id}` as an event stream.

use serde_json::json;

use super::asking::{finished, progress, question, session};
use crate::checks::query::run::{query, work};
use crate::checks::rest::operations::{refused, status};
use crate::checks::resume::events::unless_expired;
use crate::checks::{Check, Context, EventStream, ReasonCode, Step, Stop, ensure, ensure_eq, fail, field};
use crate::peer::{Request, SseEvent};
use crate::target::Door;

pub(super) fn checks() -> Vec<Check> {
    [following(), resuming()].concat()
}

fn following() -> Vec<Check> {
    vec![
        Check::new("sse.live", "a session's events are streamed", &["sse.live"], live).tags(&["slow"]),
        Check::new("sse.goes-on", "a session's stream outlives its queries", &["sse.goes-on"], goes_on)
            .tags(&["slow"]),
        Check::new(
            "sse.own-session",
            "a session's stream shows its own events",
            &["sse.own-session"],
            own_session,
        )
        .tags(&["slow"]),
        Check::new("sse.counted", "a stream is a connection of its session", &["sse.counted"], counted),
        Check::new("sse.deleted", "a stream ends with its session", &["sse.deleted"], deleted),
        Check::new(
            "sse.kept-alive",
            "a silent stream is kept alive by comments",
            &["sse.kept-alive"],
            kept_alive,
        )
        .tags(&["slow"]),
        Check::new("sse.retry", "a stream says how soon to come back", &["sse.retry"], retry),
    ]
}

fn resuming() -> Vec<Check> {
    vec![
        Check::new(
            "sse.last-event-id",
            "Last-Event-ID resumes behind that event",
            &["sse.last-event-id"],
            |cx: Context| unless_expired(move || last_event_id(cx.clone())),
        )
        .tags(&["slow"]),
        Check::new(
            "sse.address",
            "epoch and offset in the address resume too",
            &["sse.address"],
            |cx: Context| unless_expired(move || address(cx.clone())),
        )
        .tags(&["slow"]),
        Check::new(
            "sse.field-wins",
            "Last-Event-ID wins over the address",
            &["sse.field-wins"],
            |cx: Context| unless_expired(move || field_wins(cx.clone())),
        )
        .tags(&["slow"]),
        Check::new(
            "sse.other-epoch",
            "another epoch recovers nothing and tells the state",
            &["sse.other-epoch"],
            other_epoch,
        )
        .tags(&["slow"]),
        Check::new(
            "sse.malformed-id",
            "a malformed Last-Event-ID is 400",
            &["sse.malformed-id"],
            malformed_id,
        ),
        Check::new("sse.unknown", "the stream of an unknown session is 404", &["sse.unknown"], unknown),
    ]
}

/// What others ask in the session is seen as it happens.
async fn live(cx: Context) -> Step {
    let (session, _) = session(&cx).await?;
    let mut stream = cx.stream(progress(&cx, &session, "")).await?;
    let (asker, _) = cx.join_with(Door::Query, &session, json!({"user_id": "suite"})).await?;
    asker.send(&query(&json!({}))).await;
    for name in ["query_accepted", "progress_update", "query_result"] {
        stream.expect(name, work(&cx)).await?;
    }
    Ok(())
}

/// It goes on after the end of a query.
async fn goes_on(cx: Context) -> Step {
    let (session, _) = session(&cx).await?;
    let mut stream = cx.stream(progress(&cx, &session, "")).await?;
    for _ in 0..2 {
        let mut asked = cx.stream(question(&cx, &json!({})).header("X-Session-Id", &session)).await?;
        asked.expect("query_result", work(&cx)).await?;
        stream.expect("query_result", work(&cx)).await?;
    }
    Ok(())
}

/// Another session's events are not in it.
async fn own_session(cx: Context) -> Step {
    let (session, _) = session(&cx).await?;
    let mut stream = cx.stream(progress(&cx, &session, "")).await?;
    let (_, _, others) = finished(&cx).await?;
    let mut own = cx.stream(question(&cx, &json!({})).header("X-Session-Id", &session)).await?;
    own.expect("query_accepted", work(&cx)).await?;
    let first = stream.expect("query_accepted", cx.soon()).await?.value;
    let leaked = first["transaction_id"] == others[0].value["transaction_id"];
    ensure(!leaked, ReasonCode::Leak, "events of the own session", &first)?;
    field::equals(&first, "session_id", session)
}

async fn resumed(cx: &Context, stream: &mut EventStream, last: u64) -> Step {
    let resumed = stream.expect("resumed", cx.soon()).await?.value;
    if resumed["reason"] == "EXPIRED" {
        return Err(Stop::Harness("the history forgot events within moments".to_owned()));
    }
    field::equals(&resumed, "recovered", true)?;
    let Some(next) = stream.next_event("the first missed event", cx.soon()).await? else {
        return fail(ReasonCode::Lost, "the first missed event", "the end of the stream");
    };
    field::equals(&next.value, "offset", last + 1)
}

/// `Last-Event-ID` resumes behind that event.
async fn last_event_id(cx: Context) -> Step {
    let (session, epoch, _) = finished(&cx).await?;
    let request = progress(&cx, &session, "").header("Last-Event-ID", &format!("{epoch}:2"));
    resumed(&cx, &mut cx.stream(request).await?, 2).await
}

/// So do the parameters of the address.
async fn address(cx: Context) -> Step {
    let (session, epoch, _) = finished(&cx).await?;
    let request = progress(&cx, &session, &format!("?epoch={epoch}&offset=1"));
    resumed(&cx, &mut cx.stream(request).await?, 1).await
}

/// The field wins over the address: an event source comes back to the address it began with.
async fn field_wins(cx: Context) -> Step {
    let (session, epoch, _) = finished(&cx).await?;
    let request = progress(&cx, &session, &format!("?epoch={epoch}&offset=0"));
    let request = request.header("Last-Event-ID", &format!("{epoch}:2"));
    resumed(&cx, &mut cx.stream(request).await?, 2).await
}

/// Another epoch: nothing is recovered, and the state is told.
async fn other_epoch(cx: Context) -> Step {
    let (session, _, _) = finished(&cx).await?;
    let request = progress(&cx, &session, "").header("Last-Event-ID", "no-such-epoch:1");
    let mut stream = cx.stream(request).await?;
    let resumed = stream.expect("resumed", cx.soon()).await?.value;
    field::equals(&resumed, "recovered", false)?;
    field::equals(&resumed, "reason", "EPOCH_MISMATCH")?;
    let Some(next) = stream.next_event("session_snapshot", cx.soon()).await? else {
        return fail(ReasonCode::Missing, "session_snapshot", "the end of the stream");
    };
    ensure_eq("what follows", next.name(), "session_snapshot")
}

/// A malformed id is a mistake of the client.
async fn malformed_id(cx: Context) -> Step {
    let (session, epoch) = session(&cx).await?;
    for id in ["nonsense".to_owned(), format!("{epoch}:-1"), format!("{epoch}:one")] {
        let request = progress(&cx, &session, "").header("Last-Event-ID", &id);
        match cx.stream_or_answer(request).await? {
            Ok(_) => return fail(ReasonCode::Accepted, format!("400 for {id:?}"), "a stream"),
            Err(response) => refused(&response, 400, "INVALID_MESSAGE")?,
        };
    }
    Ok(())
}

/// An unknown session is 404.
async fn unknown(cx: Context) -> Step {
    match cx.stream_or_answer(progress(&cx, &cx.fresh_session(), "")).await? {
        Ok(_) => fail(ReasonCode::Accepted, "404 INVALID_SESSION", "a stream"),
        Err(response) => refused(&response, 404, "INVALID_SESSION").map(|_| ()),
    }
}

/// The stream ends with its session.
async fn deleted(cx: Context) -> Step {
    let (session, _) = session(&cx).await?;
    let mut stream = cx.stream(progress(&cx, &session, "")).await?;
    let path = cx.target().rest(&format!("/api/sessions/{session}"));
    status(&cx.http(Request::new("DELETE", &path)).await?, 204)?;
    stream.expect_end(cx.soon()).await
}

/// It is a connection of its session.
async fn counted(cx: Context) -> Step {
    let (session, _) = session(&cx).await?;
    let _stream = cx.stream(progress(&cx, &session, "")).await?;
    let path = cx.target().rest(&format!("/api/sessions/{session}"));
    let found = cx.http(Request::get(&path)).await?.json().unwrap_or_default();
    field::equals(&found, "connections", 1)
}

/// Where nothing happens, something comes all the same: proxies end what is silent.
async fn kept_alive(cx: Context) -> Step {
    let (session, _) = session(&cx).await?;
    let peer = cx.open(Door::Query).await?;
    let interval = peer.timers()?.ping_interval;
    cx.affordable(interval * 3)?;
    let mut stream = cx.stream(progress(&cx, &session, "")).await?;
    // The opening is no sign of life.
    let mut seen = 0;
    while seen < 3 {
        let within = cx.within(interval * 2);
        let Some((_, block)) = stream.next_block("a comment", within).await? else {
            return fail(ReasonCode::Closed, "a comment", "the end of the stream");
        };
        seen += usize::from(block.starts_with(':') && SseEvent::parse(&block).data.is_none());
    }
    Ok(())
}

/// An event source is told how soon it may come back.
async fn retry(cx: Context) -> Step {
    let (session, _) = session(&cx).await?;
    let mut stream = cx.stream(progress(&cx, &session, "")).await?;
    let _asked = cx.stream(question(&cx, &json!({})).header("X-Session-Id", &session)).await?;
    while let Some((_, block)) = stream.next_block("a block with retry", work(&cx)).await? {
        let event = SseEvent::parse(&block);
        if event.retry.is_some() {
            return Ok(());
        }
        if event.name.as_deref() == Some("query_accepted") {
            break;
        }
    }
    fail(ReasonCode::Missing, "retry before the first event", "none")
}
