//! Connections on which nothing happens.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::Instant;

use super::silence::not_before;
use crate::checks::query::run::ATTEMPTS;
use crate::checks::session::asking::{ask, terminal, work};
use crate::checks::{Check, Context, Deadline, Peer, ReasonCode, Step, Stop, fail, field};
use crate::target::{Door, Timers};

/// Reason of an idle close.
const IDLE: &str = "Idle timeout";

pub(super) fn checks() -> Vec<Check> {
    let checks = vec![
        Check::new("life.idle-close", "an idle connection is closed", &["life.idle-close"], idle_close),
        Check::new(
            "life.idle-despite-life",
            "signs of life do not reset the idle timer",
            &["life.idle-despite-life"],
            despite_life,
        ),
        Check::new(
            "life.idle-restarts",
            "a query starts the idle time anew",
            &["life.idle-restarts"],
            restarts,
        ),
        Check::new(
            "life.server-messages-count",
            "events the server sends start the idle time anew",
            &["life.idle-restarts"],
            server_messages,
        ),
        Check::new(
            "life.subscription-holds",
            "a live subscription holds off the idle close",
            &["life.subscription-holds"],
            subscription,
        ),
        Check::new(
            "life.progress-door-holds",
            "the progress door is never idle",
            &["life.progress-door-holds"],
            progress_door,
        ),
        Check::new(
            "life.running-query-holds",
            "a query that is not over holds off the idle close",
            &["life.running-query-holds"],
            running,
        ),
        Check::new(
            "life.unsubscribed-is-idle",
            "without its subscriptions a connection is idle again",
            &["life.subscription-holds"],
            unsubscribed,
        ),
    ];
    checks.into_iter().map(|check| check.tags(&["slow"])).collect()
}

/// Time after its limit in which an idle close is late, not missing.
const GRACE: Duration = Duration::from_millis(500);

/// The limit for an idle close, `idle_timeout` from now and at the latest one ping later.
fn idle_limit(cx: &Context, timers: &Timers) -> Deadline {
    let deadline = cx.within(timers.idle_timeout + timers.ping_interval);
    Deadline::new(deadline.start(), deadline.limit(), GRACE)
}

/// 1000 "Idle timeout" when `idle_timeout` has passed since the opening, not before.
async fn idle_close(cx: Context) -> Step {
    let start = Instant::now();
    let mut peer = cx.open(Door::Query).await?;
    let timers = peer.timers()?;
    cx.affordable(timers.idle_timeout + timers.ping_interval)?;
    let closed = peer.expect_close(1000, Some(IDLE), idle_limit(&cx, &timers)).await?;
    not_before(timers.idle_timeout, start, closed)
}

/// Heartbeats and JSON pings, by turns, all the time: closed all the same.
async fn despite_life(cx: Context) -> Step {
    let mut peer = cx.open(Door::Query).await?;
    let timers = peer.timers()?;
    cx.affordable(timers.idle_timeout + timers.ping_interval)?;
    let deadline = idle_limit(&cx, &timers);
    while Instant::now() < deadline.end() {
        for kind in ["heartbeat", "ping"] {
            peer.send(&json!({"type": kind})).await;
            let slice = Deadline::new(Instant::now(), timers.idle_timeout / 8, Duration::ZERO);
            match peer.expect_close(1000, Some(IDLE), slice).await {
                Ok(closed) if deadline.is_late(closed) => {
                    return fail(ReasonCode::Late, "an idle close in time", deadline.elapsed(closed));
                }
                Err(Stop::Violation(found)) if found.code == ReasonCode::NotClosed => {}
                found => return found.map(|_| ()),
            }
        }
    }
    let expected = format!("close 1000 {IDLE:?} in spite of heartbeats and pings");
    fail(ReasonCode::NotClosed, expected, "an open connection")
}

/// Waits half the idle time, in which the connection must stay open.
async fn half_idle(cx: &Context, peer: &mut Peer) -> Step<Timers> {
    let timers = peer.timers()?;
    cx.affordable(timers.idle_timeout.mul_f64(1.5) + timers.ping_interval)?;
    peer.expect_silence("an open connection before idle_timeout", timers.idle_timeout / 2, |_| false).await?;
    Ok(timers)
}

/// After a query the whole idle time passes again, from its end.
async fn restarts(cx: Context) -> Step {
    let mut peer = cx.open(Door::Query).await?;
    let timers = half_idle(&cx, &mut peer).await?;
    let asked = Instant::now();
    ask(&peer, "late").await;
    let end = terminal(&cx, &mut peer, "late").await?;
    let limit = idle_limit(&cx, &timers).from(end.at);
    let closed = peer.expect_close(1000, Some(IDLE), limit).await?;
    not_before(timers.idle_timeout, asked, closed)
}

/// The same for one who says nothing and only gets the events of another's query.
async fn server_messages(cx: Context) -> Step {
    let session = cx.fresh_session();
    let (mut listener, _) = cx.join_with(Door::Query, &session, json!({"agent_id": "listener"})).await?;
    let (asker, _) = cx.join_with(Door::Query, &session, json!({"agent_id": "asker"})).await?;
    let timers = half_idle(&cx, &mut listener).await?;
    let asked = Instant::now();
    ask(&asker, "theirs").await;
    let ends = |value: &Value| matches!(field::name(value), "query_result" | "query_cancelled" | "error");
    let end = listener.expect("the end of the query", work(&cx), ends).await?;
    let limit = idle_limit(&cx, &timers).from(end.at);
    let closed = listener.expect_close(1000, Some(IDLE), limit).await?;
    not_before(timers.idle_timeout, asked, closed)
}

/// Stays open longer than an idle connection may.
async fn outlives_idle(cx: &Context, peer: &mut Peer) -> Step {
    let timers = peer.timers()?;
    let time = timers.idle_timeout + timers.ping_interval * 2;
    cx.affordable(time)?;
    peer.expect_silence("an open connection beyond idle_timeout", time, |_| false).await?;
    peer.expect_open(cx.soon()).await
}

/// Who subscribed waits for something.
async fn subscription(cx: Context) -> Step {
    let mut peer = cx.open(Door::Query).await?;
    peer.send(&json!({"type": "subscribe", "events": ["progress_update"]})).await;
    peer.expect_type("subscribed", cx.soon()).await?;
    outlives_idle(&cx, &mut peer).await
}

/// Who opened the progress door too.
async fn progress_door(cx: Context) -> Step {
    let session = cx.fresh_session();
    let (_maker, _) = cx.join(Door::Query, &session).await?;
    let mut peer = cx.open(Door::Progress(session)).await?;
    outlives_idle(&cx, &mut peer).await
}

/// The asker of a query that was paused, and so has nothing to tell, waits for its end; it is told when it goes on.
async fn running(cx: Context) -> Step {
    for _ in 0..ATTEMPTS {
        let mut peer = cx.open(Door::Query).await?;
        ask(&peer, "held").await;
        let accepted = peer.expect_type("query_accepted", work(&cx)).await?.value;
        let transaction = field::text(&accepted, "transaction_id")?;
        let command =
            |action: &str| json!({"type": "command", "action": action, "transaction_id": transaction});
        peer.send(&command("pause")).await;
        let told = peer.expect_type("command_result", cx.soon()).await?.value;
        if told["status"] == "completed" {
            continue;
        }
        field::equals(&told, "status", "paused")?;
        outlives_idle(&cx, &mut peer).await?;
        peer.send(&command("resume")).await;
        return terminal(&cx, &mut peer, "held").await.map(|_| ());
    }
    Err(cx.unseen("long-queries", format!("{ATTEMPTS} queries in a row ended before they could be paused")))
}

/// From the moment the last one is given up.
async fn unsubscribed(cx: Context) -> Step {
    let mut peer = cx.open(Door::Query).await?;
    let timers = peer.timers()?;
    cx.affordable(timers.idle_timeout + timers.ping_interval)?;
    peer.send(&json!({"type": "subscribe", "events": ["progress_update"]})).await;
    peer.expect_type("subscribed", cx.soon()).await?;
    let given_up = Instant::now();
    peer.send(&json!({"type": "unsubscribe", "events": ["progress_update"]})).await;
    let confirmed = peer.expect_type("unsubscribed", cx.soon()).await?.at;
    let limit = idle_limit(&cx, &timers).from(confirmed);
    let closed = peer.expect_close(1000, Some(IDLE), limit).await?;
    not_before(timers.idle_timeout, given_up, closed)
}
