//! What a history no longer holds, on a target whose histories are short: 40 events, 64 KiB of them, 3 s.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::sleep;

use super::events::{Session, begin, is_event, next_after, no_event, resume, to_the_end};
use super::refusals::not_recovered;
use crate::checks::query::run::{is_terminal, query, stay, work};
use crate::checks::{Check, Context, Peer, ReasonCode, Step, Stop, ensure, field};

/// What the variant is configured with.
const EVENTS: u64 = 40;
const BYTES: usize = 64 * 1024;
const AGE: Duration = Duration::from_secs(3);
/// Behind its age an event is gone for certain.
const SURELY: Duration = Duration::from_millis(500);
/// Queries at one time whose events are more than are held.
const QUERIES: usize = 7;
/// So often they are asked, one time after the other, where they have few events.
const ROUNDS: usize = 4;
/// Many rows in a few events.
const LARGE: &str = "Show me the top 4000 customers by total purchase amount";
/// A slow machine lets events grow old before there are many of them.
const ATTEMPTS: usize = 3;

pub(super) fn checks() -> Vec<Check> {
    let all = vec![
        check!("resume", "too-many", "where newer events took their place it is TOO_MANY", too_many),
        check!("resume", "trimmed", "where they were too large it is TRIMMED", trimmed),
        check!("resume", "expired", "where they were too old it is EXPIRED", expired),
        check!("resume", "held", "what is still held is replayed, whatever is gone before it", held),
        check!("resume", "newest-kept", "the newest event is held whatever its age", newest),
    ];
    all.into_iter()
        .map(|check| check.tags(&["slow"]).features(&["short-history"]).variant("short-history"))
        .collect()
}

/// Asks `more` `count` times at once; gives the session's last offset and the bytes of the events.
async fn fill(cx: &Context, peer: &mut Peer, more: &Value, count: usize) -> Step<(u64, usize)> {
    for _ in 0..count {
        peer.send(&query(more)).await;
    }
    let (mut ended, mut top, mut bytes) = (0, 0, 0);
    while ended < count {
        let event = peer.expect("the queries' events", work(cx), is_event).await?.value;
        top = field::integer(&event, "offset")?;
        bytes += event.to_string().len();
        ended += usize::from(is_terminal(&event));
    }
    Ok((top, bytes))
}

/// A session that has more events than are held, and its last offset.
async fn crowded(cx: &Context) -> Step<(Peer, Session, u64)> {
    let (mut peer, session) = begin(cx).await?;
    stay(cx, &mut peer).await?;
    let mut top = 0;
    for _ in 0..ROUNDS {
        // Some more, where queries have few events.
        (top, _) = fill(cx, &mut peer, &json!({}), QUERIES).await?;
        if top > EVENTS {
            return Ok((peer, session, top));
        }
    }
    Err(Stop::Harness(format!("{} queries have {top} events only", ROUNDS * QUERIES)))
}

/// Asks for everything; nothing must come back, for `reason`. False when the events were too old first.
async fn gone(cx: &Context, session: &Session, reason: &str) -> Step<bool> {
    let (mut peer, resumed) = resume(cx, session, "late", &session.epoch, 0).await?;
    if reason != "EXPIRED" && resumed["reason"] == "EXPIRED" {
        return Ok(false);
    }
    not_recovered(&resumed, reason)?;
    no_event(cx, &mut peer).await.map(|()| true)
}

fn too_slow() -> Step {
    Err(Stop::Harness(format!("{ATTEMPTS} times in a row events grew old before there were enough of them")))
}

/// More than 40.
async fn too_many(cx: Context) -> Step {
    for _ in 0..ATTEMPTS {
        let (_peer, session, _) = crowded(&cx).await?;
        if gone(&cx, &session, "TOO_MANY").await? {
            return Ok(());
        }
    }
    too_slow()
}

/// More than 64 KiB.
async fn trimmed(cx: Context) -> Step {
    for _ in 0..ATTEMPTS {
        let large = json!({"query": LARGE, "preferences": {"stream": true}});
        let (mut peer, session) = begin(&cx).await?;
        stay(&cx, &mut peer).await?;
        let (top, bytes) = fill(&cx, &mut peer, &large, 1).await?;
        // The server may count less than the frames have, not by a quarter.
        if top > EVENTS || bytes < BYTES * 5 / 4 {
            return Err(cx.unseen("large-results", format!("{LARGE:?} has {bytes} bytes in {top} events")));
        }
        if gone(&cx, &session, "TRIMMED").await? {
            return Ok(());
        }
    }
    too_slow()
}

/// A session with one query whose events are too old.
async fn aged(cx: &Context) -> Step<(Peer, Session, u64)> {
    let age = cx.quiet(AGE + SURELY);
    cx.affordable(age * 2)?;
    let (mut peer, session) = begin(cx).await?;
    stay(cx, &mut peer).await?;
    super::events::ask(&peer).await;
    let top = to_the_end(cx, &mut peer, 0).await?;
    sleep(age).await;
    Ok((peer, session, top))
}

/// Older than 3 s.
async fn expired(cx: Context) -> Step {
    let (_peer, session, _) = aged(&cx).await?;
    gone(&cx, &session, "EXPIRED").await.map(|_| ())
}

/// The last three of many.
async fn held(cx: Context) -> Step {
    for _ in 0..ATTEMPTS {
        let (_peer, session, top) = crowded(&cx).await?;
        let (mut peer, resumed) = resume(&cx, &session, "back", &session.epoch, top - 3).await?;
        if resumed["reason"] == "EXPIRED" {
            continue;
        }
        ensure(resumed["recovered"] == true, ReasonCode::Refused, "the last three events", &resumed)?;
        field::equals(&resumed, "from", top - 2)?;
        for seen in top - 3..top {
            next_after(&cx, &mut peer, seen).await?;
        }
        return Ok(());
    }
    too_slow()
}

/// The last one of old ones.
async fn newest(cx: Context) -> Step {
    let (_peer, session, top) = aged(&cx).await?;
    let (mut peer, resumed) = resume(&cx, &session, "back", &session.epoch, top - 1).await?;
    ensure(resumed["recovered"] == true, ReasonCode::Lost, "the newest event", &resumed)?;
    next_after(&cx, &mut peer, top - 1).await.map(|_| ())
}
