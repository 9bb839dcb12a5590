//! The agent of these checks: it has the check's name, so that a fault can be meant for it alone.

use std::time::Duration;

use serde_json::{Value, json};

use crate::checks::query::run::{QUESTION, work};
use crate::checks::resume::events::{Session, is_event, recovered};
use crate::checks::{Context, Peer, ReasonCode, Step, Stop, fail, field};
use crate::peer::{EventKind, Message};
use crate::target::Door;

/// A stall that people notice.
const STALL: Duration = Duration::from_millis(400);
/// Topics that keep a connection from being idle.
const ALL: [&str; 3] = ["progress_update", "partial_result", "query_result"];

/// A connection of a new session.
pub(super) async fn begin(cx: &Context) -> Step<(Peer, Session)> {
    let id = cx.fresh_session();
    let (peer, told) = cx.join_with(Door::Query, &id, json!({"agent_id": cx.slug()})).await?;
    let epoch = field::text(&told, "epoch")?.to_owned();
    Ok((peer, Session { id, epoch }))
}

/// One more connection of the session, of another agent, that has a reason to stay.
pub(super) async fn beside(cx: &Context, session: &Session) -> Step<Peer> {
    let more = json!({"agent_id": format!("{}-beside", cx.slug())});
    let (mut peer, _) = cx.join_with(Door::Query, &session.id, more).await?;
    stay(cx, &mut peer).await?;
    Ok(peer)
}

/// Subscribes, so that the connection may be idle.
pub(super) async fn stay(cx: &Context, peer: &mut Peer) -> Step {
    peer.send(&json!({"type": "subscribe", "events": ALL})).await;
    peer.expect_type("subscribed", cx.soon()).await.map(|_| ())
}

/// Asks.
pub(super) async fn ask(peer: &Peer) {
    peer.send(&json!({"type": "query", "query": QUESTION, "id": "asked"})).await;
}

/// Comes back from behind `seen`; what was missed must be held. Gives `resumed` too.
pub(super) async fn back(cx: &Context, session: &Session, seen: u64) -> Step<(Peer, Value)> {
    let place = json!({"epoch": session.epoch, "offset": seen});
    let more = json!({"agent_id": cx.slug(), "resume": place});
    let (mut peer, _) = cx.join_with(Door::Query, &session.id, more).await?;
    let resumed = peer.expect_type("resumed", cx.soon()).await?.value;
    recovered(&resumed)?;
    Ok((peer, resumed))
}

/// Reads until the line is cut; gives the offset of the last event that came whole.
pub(super) async fn until_cut(cx: &Context, peer: &mut Peer) -> Step<u64> {
    let mut last = 0;
    loop {
        let Some(event) = peer.next_event(work(cx).end()).await else {
            return Err(Stop::Harness("what the line was to be cut at never came".to_owned()));
        };
        let message = match event.kind {
            EventKind::End(_) => return Ok(last),
            EventKind::Fault(fault) => return fail(ReasonCode::Malformed, "a message", fault.to_string()),
            EventKind::Message(message @ Message::Close(_)) => {
                return fail(ReasonCode::Closed, "an open connection", message.to_string());
            }
            EventKind::Message(message) => message,
        };
        if let Some(event) = message.to_json().filter(is_event) {
            field::equals(&event, "offset", last + 1)?;
            last += 1;
        }
    }
}

/// A silence that no server takes for death: at most a third of the announced one.
pub(super) fn short_silence(peer: &Peer) -> Step<Duration> {
    Ok((peer.timers()?.pong_timeout / 3).min(STALL))
}
