//! Signs of life per window and connection.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::Instant;

use crate::checks::{Check, Context, Peer, ReasonCode, Step, Stop, fail, field};
use crate::peer::Frame;
use crate::target::Door;

use super::answer::{expect_answer_of, expect_error_not, keep_from_idling};
use super::window::Window;

pub(super) fn checks() -> Vec<Check> {
    vec![
        Check::new(
            "limits.life-limit",
            "the 601st sign of life in a window closes the connection",
            &["limits.life-limit"],
            one_more,
        ),
        check!("limits", "life-heartbeats", "heartbeats are signs of life that count", "life-limit", |cx| {
            counted(cx, Frame::text(HEARTBEAT))
        }),
        check!(
            "limits",
            "life-ping-frames",
            "ping frames are signs of life that count",
            "life-limit",
            |cx| { counted(cx, Frame::ping("flood")) }
        ),
        check!(
            "limits",
            "life-pong-frames",
            "pongs that answer no ping are signs of life that count",
            "life-limit",
            |cx| { counted(cx, Frame::pong(UNASKED)) }
        ),
    ]
}

/// A heartbeat.
const HEARTBEAT: &str = r#"{"type":"heartbeat","correlation_id":"flood"}"#;
/// Payload of no ping of a server.
pub(crate) const UNASKED: &str = "unasked by anybody";

/// Signs of life that a connection may give in a window.
const LIMIT: usize = 600;
/// How many are sent at once.
const BURST: usize = 100;
/// Attempts to fill a window within its time.
const ATTEMPTS: usize = 3;

/// Sends as many pings as are allowed; each must be answered.
async fn send_all(cx: &Context, peer: &mut Peer) -> Step {
    let frame = Frame::text(json!({"type": "ping"}).to_string()).masked([1, 2, 3, 4]).encode();
    let deadline = cx.within(Duration::from_secs(3));
    for number in 0..LIMIT {
        if number % BURST == 0 {
            peer.link().send_bytes(&frame.repeat(BURST)).await;
        }
        let answer = expect_answer_of(peer, "600 pings answered", &["pong"], deadline).await?;
        if field::name(&answer) == "error" {
            let actual = format!("number {} answered by {answer}", number + 1);
            return fail(ReasonCode::Refused, "600 pings answered", actual);
        }
    }
    Ok(())
}

/// The 601st sign of life in a window gets its error, then 1008 "Rate limit exceeded".
async fn one_more(cx: Context) -> Step {
    for _ in 0..ATTEMPTS {
        let mut peer = cx.open(Door::Query).await?;
        let window = Window::announced(peer.established())?;
        keep_from_idling(&cx, &mut peer).await?;
        let began = Instant::now();
        send_all(&cx, &mut peer).await?;
        peer.send(&json!({"type": "ping", "id": "over"})).await;
        let error = expect_error_not(&mut peer, "RATE_LIMIT_EXCEEDED", &["pong"], cx.soon()).await;
        if began.elapsed() >= window.length {
            continue;
        }
        return ended(&cx, &mut peer, &error?).await;
    }
    Err(too_slow())
}

/// Nearly all signs that are allowed are of one kind; one more of the kind gets its error and 1008.
async fn counted(cx: Context, sign: Frame) -> Step {
    let sign = sign.masked([1, 2, 3, 4]).encode();
    for _ in 0..ATTEMPTS {
        let mut peer = cx.open(Door::Query).await?;
        let window = Window::announced(peer.established())?;
        keep_from_idling(&cx, &mut peer).await?;
        let began = Instant::now();
        let what = format!("{LIMIT} signs of life taken");
        let deadline = cx.within(Duration::from_secs(3));
        for _ in 0..LIMIT / BURST {
            // Nobody is flooded with answers: the last of each burst is waited for.
            peer.link().send_bytes(&sign.repeat(BURST - 1)).await;
            peer.send(&json!({"type": "ping", "id": "last"})).await;
            let answer = expect_answer_of(&mut peer, &what, &["pong"], deadline).await?;
            if field::name(&answer) == "error" {
                return fail(ReasonCode::Refused, what, answer.to_string());
            }
        }
        // What comes behind it tells when it was taken in silence.
        peer.link().send_bytes(&sign).await;
        peer.send(&json!({"type": "ping", "id": "behind"})).await;
        let error = expect_error_not(&mut peer, "RATE_LIMIT_EXCEEDED", &["pong"], cx.soon()).await;
        if began.elapsed() >= window.length {
            continue;
        }
        return ended(&cx, &mut peer, &error?).await;
    }
    Err(too_slow())
}

/// The error names the limit, and the connection is closed behind it.
async fn ended(cx: &Context, peer: &mut Peer, error: &Value) -> Step {
    field::equals(error, "/details/limit", LIMIT as u64)?;
    peer.expect_close(1008, Some("Rate limit exceeded"), cx.soon()).await.map(|_| ())
}

fn too_slow() -> Stop {
    Stop::Harness("the window is over before it can be filled: start the target with a longer one".to_owned())
}
