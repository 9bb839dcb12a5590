//! Connections that overtake each other, ends that come late, and storms of clients that come back.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::task::JoinSet;
use tokio::time::sleep;

use super::agent::{ask, back, begin, beside, short_silence, stay};
use super::half_open::connections_fall_to;
use crate::checks::resume::events::{Session, is_event, next_after, to_the_end, unless_expired};
use crate::checks::{Context, Peer, ReasonCode, Step, Stop, ensure_eq, fail, field};
use crate::loss::{Ending, Loss, Way};
use crate::target::Door;

/// Sessions of a storm.
const STORM: usize = 8;
/// How often one agent comes back in a row.
const RESTLESS: usize = 5;

/// The end of an old connection that comes after the new one harms nothing of the new one.
pub(super) async fn late_end(cx: Context) -> Step {
    let lag = Duration::from_millis(300);
    let line = cx.through(Loss::LateEnd(cx.quiet(lag))).await?;
    let (old, session) = begin(&line).await?;
    drop(old);
    let (mut peer, _) = back(&cx, &session, 0).await?;
    stay(&cx, &mut peer).await?;
    sleep(cx.quiet(lag * 2)).await;
    ask(&peer).await;
    to_the_end(&cx, &mut peer, 0).await?;
    peer.expect_open(cx.soon()).await
}

/// Two connections of one agent whose handshakes arrive in the other order: the one that arrived last stays.
pub(super) async fn late_handshake(cx: Context) -> Step {
    let (_first, session) = begin(&cx).await?;
    let line = cx.through(Loss::Nothing).await?;
    let mut late = line.open(Door::Query).await?;
    line.hold(Way::Up);
    let place = json!({"epoch": session.epoch, "offset": 0});
    let handshake = json!({
        "type": "connection_handshake", "agent_id": cx.slug(), "session_id": session.id, "resume": place,
    });
    late.send(&handshake).await;
    let (mut early, _) = back(&cx, &session, 0).await?;
    line.release(Way::Up);
    late.expect_type("resumed", cx.soon()).await?;
    early.expect_close(1000, Some("Superseded"), cx.soon()).await?;
    late.expect_open(cx.soon()).await
}

/// Two windows ask; the query sent first is overtaken. Each is run once, and both windows are told the same.
pub(super) async fn overtaken_query(cx: Context) -> Step {
    let line = cx.through(Loss::Nothing).await?;
    let (mut held, session) = begin(&line).await?;
    let mut other = beside(&cx, &session).await?;
    line.hold(Way::Up);
    ask(&held).await;
    ask(&other).await;
    let mut last = 0;
    let first = next_after(&cx, &mut other, 0).await?;
    last += 1;
    line.release(Way::Up);
    let mut ends = Vec::new();
    let mut told = vec![place(&first)];
    while ends.len() < 2 {
        let event = next_after(&cx, &mut other, last).await?;
        last += 1;
        told.push(place(&event));
        if field::name(&event) == "query_result" {
            ends.push(event["transaction_id"].clone());
        }
    }
    if ends[0] == ends[1] {
        return fail(ReasonCode::Duplicate, "one end of each query", format!("{ends:?}"));
    }
    let mut told_held = Vec::new();
    for seen in 0..last {
        told_held.push(place(&next_after(&cx, &mut held, seen).await?));
    }
    ensure_eq("events of the overtaken window", &told_held, &told)
}

fn place(event: &Value) -> (Value, Value, String) {
    (event["offset"].clone(), event["transaction_id"].clone(), field::name(event).to_owned())
}

/// A new command reaches the query of a dead connection.
pub(super) async fn command_from_the_new(cx: Context) -> Step {
    unless_expired(async || {
        let line = cx.through(Loss::Nothing).await?;
        let (mut old, session) = begin(&line).await?;
        ask(&old).await;
        let accepted = next_after(&cx, &mut old, 0).await?;
        line.go_silent();
        let (mut peer, _) = back(&cx, &session, 1).await?;
        let transaction = field::text(&accepted, "transaction_id")?;
        peer.send(&json!({"type": "command", "action": "cancel", "transaction_id": transaction, "id": "c"}))
            .await;
        let answers = |value: &Value| {
            matches!(field::name(value), "command_result")
                || (value["id"] == "c" && field::name(value) == "error")
        };
        let answer = peer.expect("command_result", cx.soon(), answers).await?.value;
        if field::name(&answer) == "error" {
            return fail(ReasonCode::Refused, "command_result", answer.to_string());
        }
        field::equals(&answer, "transaction_id", transaction)
    })
    .await
}

/// Clients of many sessions are cut at one moment in mid-query and come back at one moment.
pub(super) async fn reconnect_storm(cx: Context) -> Step {
    unless_expired(async || {
        let line = cx.through(Loss::Nothing).await?;
        let mut clients = Vec::new();
        for _ in 0..STORM {
            let (mut peer, session) = begin(&line).await?;
            stay(&cx, &mut peer).await?;
            clients.push((peer, session));
        }
        for (peer, _) in &clients {
            ask(peer).await;
        }
        for (peer, _) in &mut clients {
            next_after(&cx, peer, 0).await?;
        }
        line.cut(Ending::Reset);
        let sessions: Vec<Session> = clients.into_iter().map(|(_, session)| session).collect();
        let mut storm = JoinSet::new();
        for session in sessions {
            let cx = cx.clone();
            storm.spawn(async move {
                let (mut peer, _) = back(&cx, &session, 1).await?;
                to_the_end(&cx, &mut peer, 1).await.map(|_| ())
            });
        }
        settled(storm).await
    })
    .await
}

/// What all of them came to.
async fn settled(mut storm: JoinSet<Step>) -> Step {
    while let Some(joined) = storm.join_next().await {
        joined.map_err(|error| Stop::Harness(format!("a client ended badly: {error}")))??;
    }
    Ok(())
}

/// Many newcomers shake hands at one moment.
pub(super) async fn newcomers(cx: Context) -> Step {
    let mut storm = JoinSet::new();
    for _ in 0..STORM * 2 {
        let cx = cx.clone();
        storm.spawn(async move {
            let (mut peer, session) = begin(&cx).await?;
            let top = json!({"type": "heartbeat", "correlation_id": session.id});
            peer.send(&top).await;
            let answer = peer.expect_type("heartbeat_response", cx.soon()).await?.value;
            field::equals(&answer, "correlation_id", session.id)
        });
    }
    settled(storm).await
}

/// One agent comes back again and again: each time the one before goes, the last has everything.
pub(super) async fn restless(cx: Context) -> Step {
    unless_expired(async || {
        let (mut first, session) = begin(&cx).await?;
        ask(&first).await;
        // What a connection says and its successor's handshake may overtake each other.
        next_after(&cx, &mut first, 0).await?;
        let mut before: Vec<Peer> = vec![first];
        for _ in 0..RESTLESS {
            before.push(back(&cx, &session, 0).await?.0);
        }
        let Some(mut last) = before.pop() else { return Ok(()) };
        for old in &mut before {
            old.expect_close(1000, Some("Superseded"), cx.soon()).await?;
        }
        let mut seen = 0;
        loop {
            let event = next_after(&cx, &mut last, seen).await?;
            seen += 1;
            if is_event(&event) && field::name(&event) == "query_result" {
                return last.expect_open(cx.soon()).await;
            }
        }
    })
    .await
}

/// Connections that were cut no longer count, however many there were.
pub(super) async fn leaves_nothing(cx: Context) -> Step {
    let (mut kept, session) = begin(&cx).await?;
    stay(&cx, &mut kept).await?;
    for _ in 0..3 {
        let line = cx.through(Loss::Nothing).await?;
        let _cut = beside(&line, &session).await?;
        line.cut(Ending::Reset);
        connections_fall_to(&cx, &session, 1, cx.soon()).await?;
    }
    kept.expect_open(cx.soon()).await
}

/// A reset in the middle of an upgrade, and half an upgrade that is given up, harm nobody else.
pub(super) async fn given_up_upgrades(cx: Context) -> Step {
    let (mut peer, _) = begin(&cx).await?;
    let pause = short_silence(&peer)?;
    stay(&cx, &mut peer).await?;
    let line = cx.through(Loss::Nothing).await?;
    let mut half = Vec::new();
    for _ in 0..4 {
        let mut raw = line.raw().await?;
        let request = line.upgrade_request(&Door::Query).encode();
        raw.send(&request[..request.len() / 2]).await;
        half.push(raw);
    }
    sleep(pause.min(Duration::from_millis(50))).await;
    line.cut(Ending::Reset);
    ask(&peer).await;
    to_the_end(&cx, &mut peer, 0).await?;
    let mut next = cx.open(Door::Query).await?;
    next.expect_open(cx.soon()).await
}
