//! Coming back to a session whose events are still held.

use super::events::{
    Session, ask, begin, finished, next_after, no_event, recovered, resume, to_the_end, unless_expired,
};
use crate::checks::query::run;
use crate::checks::{Context, Peer, Step, Stop, field};
use crate::target::Door;

/// Events seen before the cut.
const SEEN: u64 = 3;

/// A session whose connection was cut in the middle of a query.
async fn cut(cx: &Context) -> Step<Session> {
    let (mut peer, session) = begin(cx).await?;
    ask(&peer).await;
    for last in 0..SEEN {
        next_after(cx, &mut peer, last).await?;
    }
    drop(peer);
    Ok(session)
}

/// Each event once, in order, over both connections.
pub(super) async fn by_handshake(cx: Context) -> Step {
    unless_expired(async || {
        let session = cut(&cx).await?;
        let (mut peer, resumed) = resume(&cx, &session, "suite", &session.epoch, SEEN).await?;
        recovered(&resumed)?;
        to_the_end(&cx, &mut peer, SEEN).await?;
        no_event(&cx, &mut peer).await
    })
    .await
}

/// Opens the progress door with `parameters` behind its path.
pub(in crate::checks) async fn open_at(cx: &Context, session: &Session, parameters: &str) -> Step<Peer> {
    let mut request = cx.upgrade_request(&Door::Progress(session.id.clone()));
    request.target = format!("{}?{parameters}", request.target);
    let mut peer = cx.upgrade(&request).await?;
    let first = peer.next_json("connection_established", cx.soon()).await?;
    field::equals(&first.value, "type", "connection_established")?;
    Ok(peer)
}

/// The same on the progress door, by its parameters.
pub(super) async fn by_url(cx: Context) -> Step {
    unless_expired(async || {
        let session = cut(&cx).await?;
        let place = format!("epoch={}&offset={SEEN}", session.epoch);
        let mut peer = open_at(&cx, &session, &place).await?;
        let resumed = peer.expect_type("resumed", cx.soon()).await?;
        recovered(&resumed.value)?;
        to_the_end(&cx, &mut peer, SEEN).await?;
        no_event(&cx, &mut peer).await
    })
    .await
}

/// Offset 0 brings everything, also to one who never saw anything.
pub(super) async fn from_the_beginning(cx: Context) -> Step {
    unless_expired(async || {
        let (_peer, session, last) = finished(&cx).await?;
        let (mut peer, resumed) = resume(&cx, &session, "newcomer", &session.epoch, 0).await?;
        recovered(&resumed)?;
        for seen in 0..last {
            next_after(&cx, &mut peer, seen).await?;
        }
        Ok(())
    })
    .await
}

/// Where the replay ends, what happens meanwhile goes on.
pub(super) async fn live_follows(cx: Context) -> Step {
    for _ in 0..run::ATTEMPTS {
        let (mut asker, session) = begin(&cx).await?;
        ask(&asker).await;
        next_after(&cx, &mut asker, 0).await?;
        next_after(&cx, &mut asker, 1).await?;
        let (mut peer, resumed) = resume(&cx, &session, "second", &session.epoch, 0).await?;
        recovered(&resumed)?;
        let end = to_the_end(&cx, &mut peer, 0).await?;
        if field::integer(&resumed, "to")? < end {
            return no_event(&cx, &mut peer).await;
        }
    }
    Err(Stop::Harness("every query ended before it could be joined".to_owned()))
}

/// `resumed` says what it brings: from the one after the offset up to the top.
pub(super) async fn fields(cx: Context) -> Step {
    unless_expired(async || {
        let (_peer, session, last) = finished(&cx).await?;
        let (_again, resumed) = resume(&cx, &session, "again", &session.epoch, 1).await?;
        recovered(&resumed)?;
        field::equals(&resumed, "epoch", session.epoch.as_str())?;
        field::equals(&resumed, "from", 2)?;
        field::equals(&resumed, "to", last)?;
        field::equals(&resumed, "top", last)?;
        field::equals(&resumed, "reason", "OK")
    })
    .await
}

/// Who missed nothing is told so and gets nothing, twice in a row too.
pub(super) async fn nothing_missed(cx: Context) -> Step {
    let (_peer, session, last) = finished(&cx).await?;
    for agent in ["once", "twice"] {
        let (mut peer, resumed) = resume(&cx, &session, agent, &session.epoch, last).await?;
        field::equals(&resumed, "recovered", true)?;
        field::equals(&resumed, "reason", "OK")?;
        for end in ["from", "to"] {
            field::equals(&resumed, end, serde_json::Value::Null)?;
        }
        no_event(&cx, &mut peer).await?;
    }
    Ok(())
}
