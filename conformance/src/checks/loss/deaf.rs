//! One who hears nothing while its session is told more than any server keeps for one client.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::{Instant, sleep, timeout};

use super::agent::{begin, beside, stay};
use super::slow::LARGE;
use crate::checks::query::run::{is_terminal, query, work};
use crate::checks::rest::operations::{body, status};
use crate::checks::resume::events::{Session, is_event};
use crate::checks::{Check, Context, Peer, ReasonCode, Step, Stop, fail, field};
use crate::loss::{Ending, Line, Loss, Way};
use crate::peer::{EventKind, Message, Request};

/// Queries at one time, and how often.
const BATCH: usize = 3;
const BATCHES: usize = 6;
/// More than the queue of a slow client and what is on its way.
const MUCH: usize = 3 * 1024 * 1024;
/// Pause between two looks.
const PAUSE: Duration = Duration::from_millis(50);
/// A write that is blocked so long is given up (before scaling).
const BLOCKED: Duration = Duration::from_secs(3);

pub(super) fn checks() -> Vec<Check> {
    vec![
        check!("loss", "deaf", "who reads nothing is given up, or told everything: never a part", no_gap)
            .tags(&["slow"]),
        check!("loss", "deaf-closed", "who is given up for its slowness is told so, alone", closed)
            .tags(&["slow"]),
        check!("loss", "dead-letters", "what could not be delivered is in the dead letters", dead_letters)
            .tags(&["slow"])
            .features(&["dead-letters"]),
    ]
}

/// What is known of a connection that reads nothing.
struct Deaf {
    line: Line,
    peer: Peer,
    session: Session,
}

/// A connection that reads nothing, and the other window of its session.
async fn deaf(cx: &Context) -> Step<(Deaf, Peer)> {
    let line = cx.through(Loss::Nothing).await?;
    let (mut peer, session) = begin(&line).await?;
    stay(cx, &mut peer).await?;
    let asker = beside(cx, &session).await?;
    line.hold(Way::Down);
    Ok((Deaf { line, peer, session }, asker))
}

/// Asks for much, and is told all of it; gives the session's last offset.
async fn flood(cx: &Context, asker: &mut Peer) -> Step<u64> {
    let large = query(&json!({"query": LARGE, "preferences": {"stream": true}}));
    let (start, mut top, mut bytes) = (Instant::now(), 0, 0);
    for _ in 0..BATCHES {
        for _ in 0..BATCH {
            asker.send(&large).await;
        }
        let mut ended = 0;
        while ended < BATCH {
            let event = asker.expect("the queries' events", work(cx), is_event).await?.value;
            top = field::integer(&event, "offset")?;
            bytes += event.to_string().len();
            ended += usize::from(is_terminal(&event));
        }
        if bytes > MUCH || start.elapsed() > cx.pace().limit / 3 {
            break;
        }
    }
    Ok(top)
}

/// Waits until the session has one connection less.
async fn until_given_up(cx: &Context, session: &Session) -> Step {
    let path = cx.target().rest(&format!("/api/sessions/{}", session.id));
    loop {
        let response = cx.http(Request::get(&path)).await?;
        status(&response, 200)?;
        if field::integer(&body(&response)?, "connections")? < 2 {
            return Ok(());
        }
        sleep(PAUSE).await;
    }
}

/// What comes is in order, up to the last event or to the end of the connection.
async fn no_gap(cx: Context) -> Step {
    let (Deaf { line, mut peer, .. }, mut asker) = deaf(&cx).await?;
    let top = flood(&cx, &mut asker).await?;
    line.release(Way::Down);
    let mut last = 0;
    while last < top {
        let Some(event) = peer.next_event(work(&cx).end()).await else {
            return fail(ReasonCode::Lost, "all events, or the end of the connection", "silence");
        };
        match event.kind {
            // A close that can't be delivered is none.
            EventKind::End(_) => return Ok(()),
            EventKind::Fault(fault) => return fail(ReasonCode::Malformed, "messages", fault.to_string()),
            EventKind::Message(Message::Close(close)) => return slow_consumer(close.as_ref()),
            EventKind::Message(message) => {
                let Some(event) = message.to_json().filter(is_event) else { continue };
                let offset = field::integer(&event, "offset")?;
                if offset != last + 1 {
                    let code = if offset <= last { ReasonCode::Duplicate } else { ReasonCode::Lost };
                    return fail(code, format!("the event with offset {}", last + 1), format!("{offset}"));
                }
                last = offset;
            }
        }
    }
    Ok(())
}

/// As soon as it is given up it reads again: the close is behind what was on its way, and the asker goes on.
async fn closed(cx: Context) -> Step {
    let (Deaf { line, mut peer, session }, mut asker) = deaf(&cx).await?;
    let told = tokio::select! {
        given_up = until_given_up(&cx, &session) => given_up,
        flooded = flood(&cx, &mut asker) => {
            flooded?;
            let blocked = timeout(cx.within(BLOCKED).limit(), until_given_up(&cx, &session)).await;
            blocked.unwrap_or_else(|_| Err(Stop::NotApplicable("so much is kept for a slow client".to_owned())))
        }
    };
    told?;
    line.release(Way::Down);
    while let Some(event) = peer.next_event(work(&cx).end()).await {
        match event.kind {
            // A close that can't be delivered is none.
            EventKind::End(_) => return asker.expect_open(cx.soon()).await,
            EventKind::Fault(fault) => return fail(ReasonCode::Malformed, "messages", fault.to_string()),
            EventKind::Message(Message::Close(close)) => {
                slow_consumer(close.as_ref())?;
                return asker.expect_open(cx.soon()).await;
            }
            EventKind::Message(_) => {}
        }
    }
    fail(ReasonCode::NotClosed, "1008 \"Slow consumer\"", "an open connection")
}

fn slow_consumer(close: Option<&(u16, String)>) -> Step {
    match close {
        Some((1008, reason)) if reason == "Slow consumer" => Ok(()),
        Some((1008, reason)) => fail(ReasonCode::WrongCloseReason, "Slow consumer", reason.clone()),
        other => fail(ReasonCode::WrongCloseCode, "1008 \"Slow consumer\"", format!("{other:?}")),
    }
}

/// Its connection breaks with much unread, and it does not come back.
async fn dead_letters(cx: Context) -> Step {
    let (Deaf { line, session, .. }, mut asker) = deaf(&cx).await?;
    flood(&cx, &mut asker).await?;
    line.cut(Ending::Reset);
    let end = work(&cx).end();
    loop {
        let response = cx.http(Request::get(&cx.target().rest("/api/admin/dead-letters"))).await?;
        status(&response, 200)?;
        let list = body(&response)?;
        let own = |letter: &&Value| letter.to_string().contains(&session.id);
        if field::array(&list, "dead_letters")?.iter().any(|letter| own(&letter)) {
            return Ok(());
        }
        if Instant::now() > end {
            return fail(ReasonCode::Missing, "dead letters of the session", "none");
        }
        sleep(PAUSE).await;
    }
}
