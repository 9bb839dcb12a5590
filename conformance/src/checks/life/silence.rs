//! The server's pings, and clients that no longer answer.

use std::time::Duration;

use serde_json::json;
use tokio::time::Instant;

use crate::checks::{Check, Context, ReasonCode, Step, Stop, Violation, ensure};
use crate::peer::Frame;
use crate::target::Door;

/// Clocks tick in steps.
const TICK: Duration = Duration::from_millis(20);

pub(super) fn checks() -> Vec<Check> {
    vec![
        Check::new("life.server-ping", "the server pings", &["life.server-ping"], server_ping)
            .tags(&["slow"]),
        Check::new(
            "life.silent-client",
            "a client that says nothing is closed",
            &["life.silent-client"],
            silent_client,
        )
        .tags(&["slow"]),
        Check::new(
            "life.control-frame-is-life",
            "pings and unasked pongs of a client count as life",
            &["life.any-frame"],
            control_frames,
        )
        .tags(&["slow"]),
        Check::new(
            "life.message-is-life",
            "messages of a client count as life",
            &["life.any-frame"],
            messages,
        )
        .tags(&["slow"]),
    ]
}

/// Two pings, each within the announced interval (and half of it: machines are busy) of what was before.
async fn server_ping(cx: Context) -> Step {
    let mut peer = cx.open(Door::Query).await?;
    let interval = peer.timers()?.ping_interval.mul_f64(1.5);
    cx.affordable(interval * 2)?;
    let first = peer.expect_ping(cx.within(interval)).await.map_err(unasked)?;
    peer.expect_ping(cx.within(interval).from(first)).await.map_err(unasked).map(|_| ())
}

/// Who ends a connection for want of a heartbeat, and has not asked for one, lacks the ping.
fn unasked(stop: Stop) -> Stop {
    match stop {
        Stop::Violation(closed) if closed.actual.contains("\"Heartbeat timeout\"") => {
            Stop::Violation(Violation { code: ReasonCode::Missing, ..closed })
        }
        other => other,
    }
}

/// 1011 "Heartbeat timeout" when `pong_timeout` has passed since the last frame of the client, not before,
/// and at the latest one ping later.
async fn silent_client(cx: Context) -> Step {
    let mut peer = cx.open(Door::Query).await?;
    let timers = peer.timers()?;
    if timers.idle_timeout <= timers.pong_timeout + timers.ping_interval {
        let why = "idle_timeout is too close to pong_timeout: an idle close would come first";
        return Err(Stop::Harness(why.to_owned()));
    }
    cx.affordable(timers.pong_timeout + timers.ping_interval)?;
    peer.set_auto_pong(false);
    let last = Instant::now();
    peer.send(&json!({"type": "ping", "id": "last"})).await;
    let answered = peer.expect_type("pong", cx.soon()).await?.at;
    let deadline = cx.within(timers.pong_timeout + timers.ping_interval).from(answered);
    let closed = peer.expect_close(1011, Some("Heartbeat timeout"), deadline).await?;
    not_before(timers.pong_timeout, last, closed)
}

/// The close must not come before `time` has passed since `last`.
pub(in crate::checks) fn not_before(time: Duration, last: Instant, closed: Instant) -> Step {
    let passed = closed.saturating_duration_since(last);
    let expected = format!("a close after {time:?}");
    ensure(passed + TICK >= time, ReasonCode::Early, &expected, format!("one after {passed:?}"))
}

/// A client that leaves the server's pings unanswered, but sends `next` all the while, is kept.
async fn stays(cx: &Context, mut next: impl FnMut() -> Frame) -> Step {
    let mut peer = cx.open(Door::Query).await?;
    let timers = peer.timers()?;
    let time = timers.pong_timeout.mul_f64(1.5) + timers.ping_interval;
    cx.affordable(time)?;
    peer.set_auto_pong(false);
    // An idle close must not come in between.
    peer.send(&json!({"type": "subscribe", "events": ["progress_update"]})).await;
    let end = Instant::now() + time;
    while Instant::now() < end {
        peer.send_frame(next()).await;
        let what = "a connection that stays open while the client sends";
        peer.expect_silence(what, timers.pong_timeout / 5, |_| false).await?;
    }
    peer.expect_open(cx.soon()).await
}

/// Control frames, by turns.
async fn control_frames(cx: Context) -> Step {
    let mut ping = false;
    stays(&cx, || {
        ping = !ping;
        if ping { Frame::ping("mine") } else { Frame::pong("unasked") }
    })
    .await
}

/// JSON pings.
async fn messages(cx: Context) -> Step {
    stays(&cx, || Frame::text(json!({"type": "ping"}).to_string().into_bytes())).await
}
