//! Reading, writing and timing go on beside each other.

use std::time::Duration;

use serde_json::json;
use tokio::time::Instant;

use crate::checks::{Check, Context, Step, field};
use crate::peer::{EventKind, Frame, Message};
use crate::target::Door;

pub(super) fn checks() -> Vec<Check> {
    vec![
        Check::new(
            "life.at-once",
            "a message that comes between two pings is answered at once",
            &["life.at-once"],
            at_once,
        ),
        Check::new(
            "life.pings-go-on",
            "the server pings who talks as well as who is silent",
            &["life.pings-go-on"],
            pings_go_on,
        )
        .tags(&["slow"]),
        Check::new(
            "life.ping-frame-between",
            "a ping frame between two fragments is answered before the message is whole",
            &["life.ping-frame-between"],
            between_fragments,
        ),
        Check::new(
            "life.timers-same",
            "all doors announce the same timers",
            &["life.timers-same"],
            timers_same,
        ),
    ]
}

/// Three messages one after the other, none of them waiting for a timer.
async fn at_once(cx: Context) -> Step {
    let mut peer = cx.open(Door::Query).await?;
    for number in 0..3 {
        peer.send(&json!({"type": "subscribe", "id": number, "events": ["query_result"]})).await;
        let answer = peer.expect("the answer to it", cx.soon(), |value| value["id"] == number).await?;
        field::equals(&answer.value, "type", "subscribed")?;
    }
    Ok(())
}

/// Two pings while a message goes out every third of the interval.
async fn pings_go_on(cx: Context) -> Step {
    let mut peer = cx.open(Door::Query).await?;
    let interval = peer.timers()?.ping_interval;
    cx.affordable(interval.mul_f64(1.5) * 3)?;
    // A live subscription keeps the idle timer out of it, however long the way makes the wait.
    peer.send(&json!({"type": "subscribe", "id": "live", "events": ["query_result"]})).await;
    peer.expect("the answer to it", cx.soon(), |value| value["id"] == "live").await?;
    let mut last = Instant::now();
    for _ in 0..2 {
        let deadline = cx.within(interval.mul_f64(1.5)).from(last);
        last = loop {
            peer.send(&json!({"type": "ping", "id": "talk"})).await;
            let look = (Instant::now() + interval / 3).min(deadline.end());
            let mut pinged = None;
            while let Some(event) = peer.next_event(look).await {
                match event.kind {
                    EventKind::Message(Message::Ping(_)) => {
                        pinged = Some(event.at);
                        break;
                    }
                    EventKind::Message(Message::Close(_)) | EventKind::End(_) | EventKind::Fault(_) => {
                        return peer.expect_ping(deadline).await.map(|_| ());
                    }
                    EventKind::Message(_) => {}
                }
            }
            match pinged {
                Some(at) => break at,
                None if Instant::now() >= deadline.end() => {
                    return peer.expect_ping(cx.within(Duration::ZERO)).await.map(|_| ());
                }
                None => {}
            }
        };
        if deadline.is_late(last) {
            let expected = format!("a ping within {:?}", deadline.limit());
            return crate::checks::fail(crate::checks::ReasonCode::Late, expected, deadline.elapsed(last));
        }
    }
    Ok(())
}

/// RFC 6455 §5.4: control frames may come between fragments.
async fn between_fragments(cx: Context) -> Step {
    let mut peer = cx.open(Door::Query).await?;
    let text = json!({"type": "ping", "id": "whole"}).to_string();
    let (one, two) = text.as_bytes().split_at(8);
    peer.send_frame(Frame::text(one).more()).await;
    peer.send_frame(Frame::ping("between")).await;
    peer.expect_pong(b"between", cx.soon()).await?;
    peer.send_frame(Frame::continuation(two)).await;
    let pong = peer.expect_type("pong", cx.soon()).await?;
    field::equals(&pong.value, "id", "whole")
}

/// Clients of either dialect live with the same server.
async fn timers_same(cx: Context) -> Step {
    let first = cx.open(Door::Query).await?.established()["timers"].clone();
    field::integer(&first, "ping_interval_ms")?;
    for door in [Door::Chat, Door::Demo, Door::DemoApi] {
        let peer = cx.open(door).await?;
        field::equals(peer.established(), "timers", first.clone())?;
    }
    Ok(())
}
