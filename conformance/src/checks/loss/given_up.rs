//! One who takes nothing, on targets that keep little for such a client, or don't wait long for it: it is given up,
//! is told so, and misses nothing when it comes back.

use std::future::Future;
use std::time::Duration;

use futures_util::future::join_all;
use serde_json::{Value, json};
use tokio::time::{Instant, sleep, timeout};

use super::agent::{begin, stay};
use super::half_open::connections;
use crate::checks::resume::events::{Session, is_event, next_after, recovered};
use crate::checks::{Check, Context, Peer, ReasonCode, Step, Stop, ensure, fail, field};
use crate::loss::{Line, Loss, Way};
use crate::peer::{EventKind, Frame, Message, Request, Response};
use crate::target::Door;

/// Many rows.
const ALL: &str = "show revenue by customer";
/// Queries at one time.
const BATCH: usize = 8;
/// So many that a history of 1 MiB still holds what they said.
const FEW: usize = 3;
/// What a history holds.
const HISTORY: usize = 1024 * 1024;
/// More than all buffers of both systems and of the target's queue together.
const MUCH: usize = 6 * 1024 * 1024;
/// Time of a query of many rows.
const QUERY: Duration = Duration::from_secs(8);
/// When so much was said, time until a blocked write is given up.
const PATIENCE: Duration = Duration::from_secs(2);
/// Time for the next of what is waiting, once the client listens again.
const NEXT: Duration = Duration::from_secs(2);
/// Time between two signs that the client lives.
const LIFE: Duration = Duration::from_millis(200);
/// Time between two looks.
const LOOK: Duration = Duration::from_millis(50);
/// Time for a target to give up what it could not deliver, retries included.
const RETRIES: Duration = Duration::from_secs(3);

pub(super) fn checks() -> Vec<Check> {
    vec![
        check!("loss", "slow-consumer", "who takes nothing is closed as a slow consumer", full_queue)
            .variant("short-queue")
            .features(&["short-queue", "large-results"]),
        check!(
            "loss",
            "slow-consumer-resumes",
            "a slow consumer that comes back has all it missed",
            "slow-consumer",
            resumable
        )
        .variant("short-queue")
        .features(&["short-queue", "large-results"]),
        check!(
            "loss",
            "blocked-write",
            "a write that is blocked too long ends the connection",
            blocked_write
        )
        .variant("short-writes")
        .features(&["short-writes", "large-results"]),
        check!("loss", "dead-letters", "what could not be delivered is among the dead letters", dead_letters)
            .variant("short-writes")
            .features(&["short-writes", "large-results", "dead-letters"]),
    ]
    .into_iter()
    .map(|check| check.tags(&["slow"]).weight(12))
    .collect()
}

/// One who took nothing, and was given up for it.
struct GivenUp {
    line: Line,
    peer: Peer,
    session: Session,
    /// Bytes of what was said to it, about.
    said: usize,
}

/// A client of a new session that hears nothing while `batch` queries at a time are asked over HTTP, until the session has
/// no connection any more, or so much was said that a write is blocked for too long. A target may keep a connection for as
/// long as a close handshake takes: what comes over it then shows whether it was given up.
async fn given_up(cx: &Context, batch: usize) -> Step<GivenUp> {
    let line = cx.through(Loss::Narrow).await?;
    let (mut peer, session) = begin(&line).await?;
    stay(cx, &mut peer).await?;
    let size = asked(cx, None).await?.text().len();
    line.hold(Way::Down);
    let (mut bytes, start) = (0, Instant::now());
    while connections(cx, &session).await? > 0 {
        if bytes > MUCH {
            patience(cx, &peer, &session).await?;
            break;
        }
        if start.elapsed() > cx.pace().limit.mul_f64(1.8) {
            let why =
                format!("only {bytes} bytes were said in {:?}: too few to fill all buffers", start.elapsed());
            return Err(cx.unseen("large-results", why));
        }
        let asking = join_all((0..batch).map(|_| asked(cx, Some(&session))));
        alive_meanwhile(&peer, asking).await.into_iter().try_for_each(|answer| answer.map(|_| ()))?;
        bytes += size * batch;
    }
    Ok(GivenUp { line, peer, session, said: bytes })
}

/// Asks for many rows: streamed in `session` if there is one, else as a whole.
async fn asked(cx: &Context, session: Option<&Session>) -> Step<Response> {
    let mut body = json!({"query": ALL});
    if let Some(session) = session {
        body["session_id"] = session.id.as_str().into();
        body["preferences"] = json!({"stream": true});
    }
    let answer = cx.http_within(Request::post_json(&cx.target().rest("/api/query"), &body), QUERY).await?;
    if answer.status == 422 {
        return Err(cx.unseen("large-results", format!("{ALL:?} is answered by {}", answer.text())));
    }
    ensure(answer.status == 200, ReasonCode::WrongStatus, "200", answer.status)?;
    Ok(answer)
}

/// Waits for `work` while `deaf` shows that it lives.
async fn alive_meanwhile<T>(deaf: &Peer, work: impl Future<Output = T>) -> T {
    let mut work = std::pin::pin!(work);
    loop {
        deaf.send_frame(Frame::pong("alive")).await;
        if let Ok(done) = timeout(LIFE, &mut work).await {
            return done;
        }
    }
}

/// All buffers are full: waits until the session has no connection, and no longer than a write may be blocked.
async fn patience(cx: &Context, deaf: &Peer, session: &Session) -> Step {
    let deadline = cx.within(PATIENCE);
    while !deadline.is_late(Instant::now()) && connections(cx, session).await? > 0 {
        alive_meanwhile(deaf, sleep(LOOK)).await;
    }
    Ok(())
}

/// Lets through what was held: events in order, then the close. Gives the offset of the last event that came, and the
/// bytes of all that came.
async fn farewell(cx: &Context, given_up: &mut GivenUp) -> Step<(u64, usize)> {
    given_up.line.release(Way::Down);
    let (mut last, mut bytes) = (0, 0);
    let mut until = cx.within(NEXT).end();
    loop {
        // Signs of life are no progress.
        let Some(event) = given_up.peer.next_event(until).await else {
            let actual = format!("an open connection, which had taken none of {} bytes", given_up.said);
            return fail(ReasonCode::NotClosed, "the end of the connection", actual);
        };
        match event.kind {
            // A close that can't be delivered is none.
            EventKind::End(_) => return Ok((last, bytes)),
            EventKind::Fault(fault) => return fail(ReasonCode::Malformed, "messages", fault.to_string()),
            EventKind::Message(Message::Close(close)) => {
                return slow_consumer(close.as_ref()).map(|()| (last, bytes));
            }
            EventKind::Message(message) => {
                let Some(event) = message.to_json().filter(is_event) else { continue };
                field::equals(&event, "offset", last + 1)?;
                last += 1;
                bytes += event.to_string().len();
                until = cx.within(NEXT).end();
            }
        }
    }
}

/// 1008 "Slow consumer", and nothing else.
pub(super) fn slow_consumer(close: Option<&(u16, String)>) -> Step {
    match close {
        Some((1008, reason)) if reason == "Slow consumer" => Ok(()),
        // A suite that stood still was silent.
        Some((1011, reason)) if reason == "Heartbeat timeout" => {
            Err(Stop::Harness("the client was silent for too long to be a slow one".to_owned()))
        }
        Some((1008, reason)) => fail(ReasonCode::WrongCloseReason, "Slow consumer", reason.clone()),
        other => fail(ReasonCode::WrongCloseCode, "1008 \"Slow consumer\"", format!("{other:?}")),
    }
}

/// More than 64 messages or 128 KiB don't wait for it.
async fn full_queue(cx: Context) -> Step {
    let mut given_up = given_up(&cx, BATCH).await?;
    farewell(&cx, &mut given_up).await.map(|_| ())
}

/// It comes back from behind the last event that it heard: all the others, in order. Where a system loses more with the
/// connection than a history holds, it is told so.
async fn resumable(cx: Context) -> Step {
    // Little is said between the end and its being noticed: a history holds 300 events and 1 MiB.
    let mut given_up = given_up(&cx, FEW).await?;
    let (last, heard) = farewell(&cx, &mut given_up).await?;
    let place = json!({"epoch": given_up.session.epoch, "offset": last});
    let more = json!({"agent_id": cx.slug(), "resume": place});
    let (mut peer, _) = cx.join_with(Door::Query, &given_up.session.id, more).await?;
    let resumed = peer.expect_type("resumed", cx.soon()).await?.value;
    let too_much = given_up.said.saturating_sub(heard) > HISTORY;
    if too_much && matches!(resumed["reason"].as_str(), Some("TRIMMED" | "TOO_MANY")) {
        return peer.expect_type("session_snapshot", cx.soon()).await.map(|_| ());
    }
    recovered(&resumed)?;
    let top = field::integer(&resumed, "top")?;
    ensure(top > last, ReasonCode::Lost, "events behind the last that came", &resumed)?;
    for seen in last..top {
        next_after(&cx, &mut peer, seen).await?;
    }
    Ok(())
}

/// One second, whatever waits behind it.
async fn blocked_write(cx: Context) -> Step {
    let mut given_up = given_up(&cx, BATCH).await?;
    farewell(&cx, &mut given_up).await.map(|_| ())
}

/// Who was given up and does not come back: an event of its session is listed.
async fn dead_letters(cx: Context) -> Step {
    let given_up = given_up(&cx, BATCH).await?;
    let session = given_up.session.id.as_str();
    let deadline = cx.within(RETRIES);
    loop {
        let response = cx.http(Request::get(&cx.target().rest("/api/admin/dead-letters"))).await?;
        let list = response.json().unwrap_or_default();
        let about = |letter: &&Value| letter.to_string().contains(session);
        if field::array(&list, "dead_letters")?.iter().any(|letter| about(&letter)) {
            return Ok(());
        }
        if deadline.is_late(Instant::now()) {
            let actual = format!("{} letters, none of it", field::array(&list, "dead_letters")?.len());
            return fail(ReasonCode::Missing, "a dead letter of the session", actual);
        }
        sleep(LOOK).await;
    }
}
