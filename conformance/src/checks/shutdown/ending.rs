//! How a drain ends.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::Instant;

use super::drained::{draining, signal};
use crate::checks::query::run::{is_terminal, query, stay, work};
use crate::checks::rest::sessions::make;
use crate::checks::{Check, Context, Deadline, ReasonCode, Step, ensure, ensure_eq, fail, field};
use crate::peer::{Message, Request};
use crate::target::Door;

pub(super) fn checks() -> Vec<Check> {
    vec![
        Check::new(
            "shutdown.running-query",
            "a running query is let end",
            &["shutdown.running-query"],
            running_query,
        )
        .tags(&["slow"])
        .features(&["shutdown"])
        .own_process(),
        Check::new("shutdown.waits", "clients are given their time", &["shutdown.waits"], waits)
            .tags(&["slow"])
            .features(&["shutdown"])
            .own_process(),
        Check::new("shutdown.closes", "who has not left is closed with 1001", &["shutdown.closes"], closes)
            .tags(&["slow"])
            .features(&["shutdown"])
            .own_process(),
        Check::new("shutdown.exit-code", "the process ends with code 0", &["shutdown.exit-code"], exit_code)
            .tags(&["slow"])
            .features(&["shutdown"])
            .own_process(),
        Check::new(
            "shutdown.leaves-early",
            "nobody left, nothing to wait for",
            &["shutdown.leaves-early"],
            leaves_early,
        )
        .tags(&["slow"])
        .features(&["shutdown"])
        .own_process(),
        Check::new(
            "shutdown.second-signal",
            "a second signal ends at once",
            &["shutdown.second-signal"],
            second_signal,
        )
        .features(&["shutdown"])
        .own_process(),
        Check::new("shutdown.streams", "event streams end with the drain", &["shutdown.streams"], streams)
            .tags(&["slow"])
            .features(&["shutdown"])
            .own_process(),
        Check::new("shutdown.all-told", "who only listens is told too", &["shutdown.all-told"], all_told)
            .features(&["shutdown"])
            .own_process(),
        Check::new(
            "shutdown.status-told",
            "the new state is broadcast to all sessions",
            &["shutdown.status-told"],
            status_told,
        )
        .features(&["shutdown"])
        .own_process(),
    ]
}

/// A query that runs is let end, and its result is delivered.
async fn running_query(cx: Context) -> Step {
    let mut peer = cx.open(Door::Query).await?;
    peer.send(&query(&json!({}))).await;
    peer.expect_type("query_accepted", work(&cx)).await?;
    signal(&cx).await?;
    let end = peer.expect("query_result", work(&cx), is_terminal).await?.value;
    if field::name(&end) != "query_result" {
        return fail(ReasonCode::Refused, "query_result", end.to_string());
    }
    Ok(())
}

/// Clients are given their time: nobody is closed before it is over.
async fn waits(cx: Context) -> Step {
    let mut drained = draining(&cx).await?;
    let drain = Duration::from_millis(field::integer(&drained.notice, "drain_ms")?);
    cx.affordable(drain)?;
    let left = (drained.since + drain / 2).saturating_duration_since(Instant::now());
    let none = |_: &Message| false;
    drained.peer.expect_silence("a connection that is not closed before its time", left, none).await
}

/// Who has not left by then is closed, with the exact reason.
async fn closes(cx: Context) -> Step {
    let mut drained = draining(&cx).await?;
    let drain = drained.peer.timers()?.drain_timeout;
    cx.affordable(drain)?;
    let late = cx.within(drain + Duration::from_secs(1)).limit();
    let deadline = Deadline::new(drained.since, late, Duration::from_millis(500));
    drained.peer.expect_close(1001, Some("Server shutting down"), deadline).await.map(|_| ())
}

/// The process ends with code 0 when its time is over, whoever is still there.
async fn exit_code(cx: Context) -> Step {
    let mut peer = cx.open(Door::Query).await?;
    stay(&cx, &mut peer).await?;
    let drain = peer.timers()?.drain_timeout;
    cx.affordable(drain + Duration::from_secs(2))?;
    signal(&cx).await?;
    let status = cx.process().await?.exit(cx.within(drain + Duration::from_secs(3)).limit()).await?;
    ensure(status.success(), ReasonCode::WrongValue, "exit code 0", status)
}

/// When the last client has left, there is nothing more to wait for.
async fn leaves_early(cx: Context) -> Step {
    let mut drained = draining(&cx).await?;
    let drain = drained.peer.timers()?.drain_timeout;
    drained.peer.close(1000, "", cx.soon()).await?;
    let left = (drained.since + drain.mul_f64(0.8)).saturating_duration_since(Instant::now());
    let status = cx.process().await?.exit(left).await?;
    ensure(status.success(), ReasonCode::WrongValue, "exit code 0", status)
}

/// A second signal ends at once.
async fn second_signal(cx: Context) -> Step {
    let drained = draining(&cx).await?;
    let drain = drained.peer.timers()?.drain_timeout;
    signal(&cx).await?;
    let left = (drained.since + drain.mul_f64(0.8)).saturating_duration_since(Instant::now());
    cx.process().await?.exit(left).await.map(|_| ())
}

/// An event stream over HTTP ends with the drain, when nothing runs.
async fn streams(cx: Context) -> Step {
    let session = cx.fresh_session();
    make(&cx, &session, "suite").await?;
    let peer = cx.open(Door::Query).await?;
    let path = cx.target().rest(&format!("/api/progress/{session}"));
    let mut stream = cx.stream(Request::get(&path)).await?;
    let drain = peer.timers()?.drain_timeout;
    cx.affordable(drain + Duration::from_secs(1))?;
    signal(&cx).await?;
    stream.expect_end(cx.within(drain)).await
}

/// Subscribers of broadcasts need not have asked: who only listens is told too.
async fn all_told(cx: Context) -> Step {
    let session = cx.fresh_session();
    make(&cx, &session, "suite").await?;
    let mut listener = cx.open(Door::Progress(session)).await?;
    let mut idle = cx.open(Door::Query).await?;
    stay(&cx, &mut idle).await?;
    signal(&cx).await?;
    for peer in [&mut listener, &mut idle] {
        let told = |value: &Value| field::name(value) == "server_shutting_down";
        let notice = peer.expect("server_shutting_down", cx.soon(), told).await?.value;
        ensure_eq("offset of a broadcast", &notice.get("offset"), &None::<&Value>)?;
    }
    Ok(())
}

/// That the server drains now is a broadcast to all sessions, in the form of each dialect.
async fn status_told(cx: Context) -> Step {
    let mut named = cx.open(Door::Query).await?;
    stay(&cx, &mut named).await?;
    let mut typed = cx.open(Door::Demo).await?;
    stay(&cx, &mut typed).await?;
    // Before the drain is over, or its end would be seen instead.
    let drain = named.timers()?.drain_timeout;
    let deadline = Deadline::new(signal(&cx).await?, drain / 2, drain / 4);
    let told = named.expect_type("system_status", deadline).await?.value;
    field::equals(&told, "type", "system_status")?;
    field::equals(&told, "status", "draining")?;
    field::absent(&told, "offset")?;
    let told = typed.expect_type("system_status", deadline).await?.value;
    field::equals(&told, "type", "broadcast")?;
    field::equals(&told, "/payload/status", "draining")
}
