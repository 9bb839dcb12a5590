//! Half-open connections: the client is gone and nobody was told. And signs of life that are lost.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

use super::agent::{ask, back, begin, beside, short_silence, stay};
use crate::checks::life::silence::not_before;
use crate::checks::query::run::work;
use crate::checks::resume::events::{Session, is_event, next_after, to_the_end, unless_expired};
use crate::checks::{Context, Deadline, ReasonCode, Step, Stop, ensure, fail, field};
use crate::loss::{Loss, Way};
use crate::peer::{EventKind, Message, Request};
use crate::target::Door;

/// Time between two looks at how many connections a session has.
const LOOK: Duration = Duration::from_millis(50);
/// More connections than this are not opened for one check.
const MOST: u64 = 128;

/// Gone in mid-query; back on another way, everything is there.
pub(super) async fn loses_nothing(cx: Context) -> Step {
    unless_expired(async || {
        let line = cx.through(Loss::Nothing).await?;
        let (mut old, session) = begin(&line).await?;
        ask(&old).await;
        next_after(&cx, &mut old, 0).await?;
        line.go_silent();
        let (mut peer, _) = back(&cx, &session, 1).await?;
        to_the_end(&cx, &mut peer, 1).await.map(|_| ())
    })
    .await
}

/// A session that is full of connections, one of them dead, lets the dead one's agent come back.
pub(super) async fn makes_room(cx: Context) -> Step {
    let line = cx.through(Loss::Nothing).await?;
    let (old, session) = begin(&line).await?;
    let most = field::integer(old.established(), "/limits/max_connections_per_session")?;
    if most > MOST {
        let why = format!("a session may have {most} connections: start the target with at most {MOST}");
        return Err(Stop::Harness(why));
    }
    let mut others = Vec::new();
    for _ in 1..most {
        others.push(cx.open(Door::Progress(session.id.clone())).await?);
    }
    line.go_silent();
    match back(&cx, &session, 0).await {
        Ok((mut peer, _)) => peer.expect_open(cx.soon()).await,
        Err(Stop::Violation(violation)) => {
            fail(ReasonCode::Refused, "the agent back in its full session", violation.actual)
        }
        Err(stop) => Err(stop),
    }
}

/// How many connections the session has.
pub(super) async fn connections(cx: &Context, session: &Session) -> Step<u64> {
    let path = cx.target().rest(&format!("/api/sessions/{}", session.id));
    let response = cx.http(Request::get(&path)).await?;
    let found: Value = serde_json::from_slice(&response.body).unwrap_or_default();
    field::integer(&found, "connections")
}

/// The session has so few connections before the deadline ends.
pub(super) async fn connections_fall_to(
    cx: &Context,
    session: &Session,
    count: u64,
    deadline: Deadline,
) -> Step {
    loop {
        let found = connections(cx, session).await?;
        if found <= count {
            return Ok(());
        }
        if Instant::now() >= deadline.end() {
            let expected = format!("{count} connections left");
            return fail(ReasonCode::NotClosed, expected, format!("{found} connections"));
        }
        sleep(LOOK).await;
    }
}

/// A dead connection is found dead by its silence, and no longer counts.
pub(super) async fn found_dead(cx: Context) -> Step {
    let line = cx.through(Loss::Nothing).await?;
    let (old, session) = begin(&line).await?;
    let timers = old.timers()?;
    cx.affordable((timers.pong_timeout + timers.ping_interval) * 2)?;
    let _living = beside(&cx, &session).await?;
    line.go_silent();
    // The write of the close may have to be given up too.
    let limit = cx.within((timers.pong_timeout + timers.ping_interval) * 2).briefly();
    connections_fall_to(&cx, &session, 1, limit).await
}

/// A client whose pongs are lost on the way is told when it is given up, not before.
pub(super) async fn told_when_given_up(cx: Context) -> Step {
    let line = cx.through(Loss::Nothing).await?;
    let (mut peer, _) = begin(&line).await?;
    let timers = peer.timers()?;
    cx.affordable(timers.pong_timeout + timers.ping_interval * 2)?;
    let heard = Instant::now();
    stay(&cx, &mut peer).await?;
    line.hold(Way::Up);
    // It may look only as often as it pings.
    let limit = cx.within(timers.pong_timeout + timers.ping_interval * 2);
    let closed = peer.expect_close(1011, Some("Heartbeat timeout"), limit).await?;
    not_before(timers.pong_timeout, heard, closed)
}

/// The living connections of a session with a dead one have their answers as ever.
pub(super) async fn harms_nobody(cx: Context) -> Step {
    let line = cx.through(Loss::Nothing).await?;
    let (mut old, session) = begin(&line).await?;
    stay(&cx, &mut old).await?;
    let mut living = beside(&cx, &session).await?;
    line.go_silent();
    ask(&living).await;
    to_the_end(&cx, &mut living, 0).await?;
    living.expect_open(cx.soon()).await
}

/// The query of a client that is gone comes to its end for those who watch.
pub(super) async fn query_ends(cx: Context) -> Step {
    let line = cx.through(Loss::Nothing).await?;
    let (mut asker, session) = begin(&line).await?;
    let mut watcher = beside(&cx, &session).await?;
    ask(&asker).await;
    next_after(&cx, &mut asker, 0).await?;
    line.go_silent();
    let over = |value: &Value| {
        is_event(value) && matches!(field::name(value), "query_result" | "query_cancelled" | "error")
    };
    let end = watcher.expect("the end of the query", work(&cx), over).await?.value;
    ensure(field::name(&end) == "query_result", ReasonCode::Refused, "query_result", &end)
}

/// Pings that never arrive and pongs that are never sent are no death while heartbeats come.
pub(super) async fn heartbeats_alone(cx: Context) -> Step {
    let line = cx.through(Loss::Nothing).await?;
    let (mut peer, _) = begin(&line).await?;
    let pause = peer.timers()?.pong_timeout / 3;
    cx.affordable(pause * 6)?;
    stay(&cx, &mut peer).await?;
    line.hold(Way::Down);
    for number in 0..5 {
        peer.send(&json!({"type": "heartbeat", "correlation_id": number})).await;
        sleep(pause).await;
    }
    line.release(Way::Down);
    peer.expect_open(cx.soon()).await
}

/// Heartbeats whose answers are held up on the way are all answered, in their order.
pub(super) async fn answers_held_up(cx: Context) -> Step {
    let line = cx.through(Loss::Nothing).await?;
    let (mut peer, _) = begin(&line).await?;
    let pause = short_silence(&peer)?;
    line.hold(Way::Down);
    for number in 1..=4 {
        peer.send(&json!({"type": "heartbeat", "correlation_id": format!("h-{number}")})).await;
    }
    sleep(pause).await;
    line.release(Way::Down);
    for number in 1..=4 {
        let answer = peer.expect_type("heartbeat_response", cx.soon()).await?.value;
        field::equals(&answer, "correlation_id", format!("h-{number}"))?;
    }
    Ok(())
}

/// A silence shorter than the announced one ends nothing.
pub(super) async fn short_stall(cx: Context) -> Step {
    let line = cx.through(Loss::Nothing).await?;
    let (mut peer, _) = begin(&line).await?;
    let pause = short_silence(&peer)?;
    stay(&cx, &mut peer).await?;
    for _ in 0..2 {
        line.hold(Way::Up);
        line.hold(Way::Down);
        sleep(pause).await;
        line.release(Way::Up);
        line.release(Way::Down);
        peer.expect_open(cx.soon()).await?;
    }
    Ok(())
}

/// A client that closes and whose answer is held up gets it, and the end of the stream.
pub(super) async fn close_held_up(cx: Context) -> Step {
    let line = cx.through(Loss::Nothing).await?;
    let (mut peer, _) = begin(&line).await?;
    let pause = short_silence(&peer)?;
    line.hold(Way::Down);
    peer.send_frame(crate::peer::Frame::close(1000, "done")).await;
    sleep(pause).await;
    line.release(Way::Down);
    let deadline = cx.soon();
    loop {
        let Some(event) = peer.next_event(deadline.end()).await else {
            return fail(ReasonCode::NotClosed, "close 1000 and the end", "an open connection");
        };
        match event.kind {
            EventKind::Message(Message::Close(Some((1000, _)))) => break,
            EventKind::Message(message @ Message::Close(_)) => {
                return fail(ReasonCode::WrongCloseCode, "close 1000", message.to_string());
            }
            EventKind::End(_) | EventKind::Fault(_) => {
                return fail(ReasonCode::Missing, "close 1000", "the end of the connection");
            }
            EventKind::Message(_) => {}
        }
    }
    peer.expect_end(cx.soon()).await.map(|_| ())
}
