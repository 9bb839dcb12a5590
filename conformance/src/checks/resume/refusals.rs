//! Coming back too late, or with a place that never was.

use serde_json::{Value, json};
use tokio::time::Instant;

use super::events::{Session, begin, finished, is_event, next_after, no_event, resume};
use super::recovery::open_at;
use crate::checks::commands::asked::command;
use crate::checks::query::run::{ATTEMPTS, is_terminal, query, work};
use crate::checks::{Context, Peer, ReasonCode, Step, Stop, ensure, fail, field};
use crate::target::Door;

/// Queries asked at one time, and how often, to fill a history.
const BATCH: usize = 3;
const BATCHES: usize = 5;
/// What no history holds more of.
const FULL_EVENTS: u64 = 300;
const FULL_BYTES: usize = 1024 * 1024;
/// What a query of a snapshot may be.
const RUNNING: [&str; 3] = ["queued", "running", "paused"];
const FINISHED: [&str; 3] = ["completed", "failed", "cancelled"];

pub(super) fn not_recovered(resumed: &Value, reason: &str) -> Step {
    field::equals(resumed, "recovered", false)?;
    field::equals(resumed, "reason", reason)?;
    field::equals(resumed, "from", Value::Null)?;
    field::equals(resumed, "to", Value::Null)
}

/// An offset that no event has had yet.
pub(super) async fn future_offset(cx: Context) -> Step {
    let (_peer, session, last) = finished(&cx).await?;
    let (mut peer, resumed) = resume(&cx, &session, "early", &session.epoch, last + 1).await?;
    not_recovered(&resumed, "FUTURE_OFFSET")?;
    field::equals(&resumed, "top", last)?;
    no_event(&cx, &mut peer).await
}

/// The epoch of another life of the session; `resumed` tells the epoch that counts.
pub(super) async fn other_epoch(cx: Context) -> Step {
    let (_peer, session, last) = finished(&cx).await?;
    let (mut peer, resumed) = resume(&cx, &session, "stranger", "no-such-epoch", last + 9).await?;
    not_recovered(&resumed, "EPOCH_MISMATCH")?;
    field::equals(&resumed, "epoch", session.epoch.as_str())?;
    field::equals(&resumed, "top", last)?;
    no_event(&cx, &mut peer).await
}

/// Who gets nothing back gets the state: what runs, here a query that is paused, and what has ended.
pub(super) async fn snapshot(cx: Context) -> Step {
    let (mut asker, session, _) = finished(&cx).await?;
    let (running, query_id) = paused(&cx, &mut asker).await?;
    let (mut peer, _) = resume(&cx, &session, "lost", "no-such-epoch", 0).await?;
    let state = peer.expect_type("session_snapshot", cx.soon()).await?.value;
    for (list, known) in [("running", &RUNNING), ("finished", &FINISHED)] {
        for transaction in field::array(&state, list)? {
            let status = field::text(transaction, "status")?;
            let expected = format!("{} in {list}", known.join(", "));
            ensure(known.contains(&status), ReasonCode::WrongValue, &expected, status)?;
            field::number(transaction, "percent")?;
            field::text(transaction, "transaction_id")?;
        }
    }
    let ended = field::array(&state, "finished")?;
    let completed = ended.iter().any(|ended| ended["status"] == "completed");
    ensure(completed, ReasonCode::Missing, "the completed query among the finished", &state)?;
    let still = |transaction: &&Value| transaction["transaction_id"] == running.as_str();
    let Some(told) = field::array(&state, "running")?.iter().find(still) else {
        return fail(ReasonCode::Missing, format!("{running} among the running"), state.to_string());
    };
    field::equals(told, "query_id", query_id)?;
    field::equals(told, "status", "paused")?;
    let twice = ended.iter().any(|ended| still(&ended));
    ensure(!twice, ReasonCode::Duplicate, "a running query among the running alone", &state)
}

/// A query of this session that is paused: its transaction and its `query_id`. One that was quicker is asked again.
async fn paused(cx: &Context, asker: &mut Peer) -> Step<(String, String)> {
    for attempt in 1..=ATTEMPTS {
        let query_id = format!("paused-{attempt}");
        asker.send(&query(&json!({"query_id": query_id}))).await;
        let accepted = asker.expect_type("query_accepted", work(cx)).await?.value;
        let transaction = field::text(&accepted, "transaction_id")?;
        if command(cx, asker, "pause", transaction).await? == "paused" {
            return Ok((transaction.to_owned(), query_id));
        }
    }
    Err(Stop::Harness(format!("{ATTEMPTS} queries in a row ended before they could be paused")))
}

/// A history that is full gives all it was asked for, or nothing of it.
pub(super) async fn all_or_nothing(cx: Context) -> Step {
    let (session, top) = flooded(&cx).await?;
    let (mut peer, resumed) = resume(&cx, &session, "late", &session.epoch, 0).await?;
    if field::boolean(&resumed, "recovered")? {
        for last in 0..top {
            next_after(&cx, &mut peer, last).await?;
        }
        return Ok(());
    }
    let reason = field::text(&resumed, "reason")?;
    let known = ["TOO_MANY", "TRIMMED", "EXPIRED"].contains(&reason);
    ensure(known, ReasonCode::WrongValue, "TOO_MANY, TRIMMED or EXPIRED", reason)?;
    not_recovered(&resumed, reason)?;
    field::equals(&resumed, "top", top)?;
    no_event(&cx, &mut peer).await
}

/// A session with more events than are held; gives the offset of the last. What a slow target has not made
/// after a third of the check's time is not waited for: the verdict is fair with any number of events.
async fn flooded(cx: &Context) -> Step<(Session, u64)> {
    let start = Instant::now();
    let (mut peer, session) = begin(cx).await?;
    let rows = "Show me the top 4000 customers by total purchase amount";
    let large = query(&json!({"query": rows, "preferences": {"stream": true}}));
    let (mut top, mut bytes) = (0, 0);
    for _ in 0..BATCHES {
        for _ in 0..BATCH {
            peer.send(&large).await;
        }
        let mut ended = 0;
        while ended < BATCH {
            let event = peer.expect("the queries' events", work(cx), is_event).await?.value;
            top = field::integer(&event, "offset")?;
            bytes += event.to_string().len();
            ended += usize::from(is_terminal(&event));
        }
        let full = top > FULL_EVENTS || bytes > FULL_BYTES + FULL_BYTES / 8;
        if full || start.elapsed() > cx.pace().limit / 3 {
            break;
        }
    }
    Ok((session, top))
}

async fn refused(peer: &mut Peer, cx: &Context, what: &str) -> Step {
    let answers =
        |value: &Value| matches!(field::name(value), "error" | "connection_acknowledged" | "resumed");
    let answer = peer.expect("error INVALID_MESSAGE", cx.soon(), answers).await?.value;
    if field::name(&answer) != "error" {
        return fail(ReasonCode::Accepted, format!("error INVALID_MESSAGE for {what}"), answer.to_string());
    }
    field::equals(&answer, "code", "INVALID_MESSAGE")
}

/// A place of the wrong type is a mistake of the client, who may try again on the same connection.
pub(super) async fn malformed(cx: Context) -> Step {
    let session = cx.fresh_session();
    let mut peer = cx.open(Door::Query).await?;
    let wrong = [
        json!({"epoch": 7, "offset": 0}),
        json!({"epoch": "e", "offset": -1}),
        json!({"epoch": "e", "offset": "1"}),
        json!({"epoch": "e", "offset": 1.5}),
    ];
    for place in wrong {
        let what = place.to_string();
        let handshake = json!({"type": "connection_handshake", "session_id": session, "resume": place});
        peer.send(&handshake).await;
        refused(&mut peer, &cx, &what).await?;
    }
    peer.send(&json!({"type": "connection_handshake", "session_id": session})).await;
    peer.expect_type("connection_acknowledged", cx.soon()).await.map(|_| ())
}

/// The same in the parameters of the progress door.
pub(super) async fn malformed_url(cx: Context) -> Step {
    let (_peer, session) = begin(&cx).await?;
    for place in ["offset=abc", "offset=-1"] {
        let parameters = format!("epoch={}&{place}", session.epoch);
        let mut peer = open_at(&cx, &session, &parameters).await?;
        refused(&mut peer, &cx, place).await?;
        peer.expect_open(cx.soon()).await?;
    }
    Ok(())
}
