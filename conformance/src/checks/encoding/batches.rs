//! Batches: who gets them, their form, their bounds, and what they must not hold back.

use std::time::Duration;

use serde_json::{Value, json};

use crate::checks::query::run::{ATTEMPTS, is_terminal, work};
use crate::checks::{Check, Context, Peer, ReasonCode, Step, ensure, fail, field, millis};

use super::reading::{BATCHED, Got, PLAIN, join, next, question, up_to};

/// Messages of a batch at most.
const MOST: usize = 64;
/// How long an update may be held back.
const HELD: Duration = Duration::from_millis(25);

pub(super) fn checks() -> Vec<Check> {
    vec![
        Check::new(
            "encoding.batch-form",
            "a batch has a timestamp and 2 to 64 whole messages, none of them a batch",
            &["encoding.batch-form"],
            form,
        ),
        Check::new(
            "encoding.batch-unannounced",
            "a client that did not announce batch gets no batch",
            &["encoding.batch-for-those-who-asked"],
            unannounced,
        ),
        Check::new(
            "encoding.batch-order",
            "offsets in and between batches rise by one",
            &["encoding.batch-order"],
            order,
        ),
        Check::new(
            "encoding.batch-delay",
            "updates are held back 25 ms at most",
            &["encoding.batch-delay"],
            delay,
        ),
        Check::new(
            "encoding.batch-holds-no-answer",
            "answers and results are not behind what was held back",
            &["encoding.batch-holds-no-answer"],
            holds_no_answer,
        ),
    ]
}

/// The JSON messages as they come, batches whole, up to a query's end.
async fn frames(cx: &Context, peer: &mut Peer) -> Step<Vec<Value>> {
    peer.send(&question(true)).await;
    let mut all = Vec::new();
    loop {
        let message = peer.next_json("query_result", work(cx)).await?.value;
        let inside = message["messages"].as_array().map_or(&[][..], Vec::as_slice);
        let last = is_terminal(&message) || inside.iter().any(is_terminal);
        all.push(message);
        if last {
            return Ok(all);
        }
    }
}

/// What is ready together is up to the target's pace: without a batch, the question is asked again.
async fn form(cx: Context) -> Step {
    for _ in 0..ATTEMPTS {
        let mut peer = join(&cx, &cx.fresh_session(), BATCHED).await?;
        let frames = frames(&cx, &mut peer).await?;
        let batches: Vec<&Value> = frames.iter().filter(|message| message["type"] == "batch").collect();
        if !batches.is_empty() {
            return batches.into_iter().try_for_each(formed);
        }
    }
    Err(cx.unseen("batch", format!("no batch in {ATTEMPTS} streamed results")))
}

fn formed(batch: &Value) -> Step {
    field::timestamp(batch, "timestamp")?;
    let messages = field::array(batch, "messages")?;
    let count = messages.len();
    ensure((2..=MOST).contains(&count), ReasonCode::WrongValue, "2 to 64 messages in a batch", count)?;
    for message in messages {
        let name = field::text(message, "type")?;
        ensure(name != "batch", ReasonCode::Unexpected, "no batch in a batch", name)?;
        field::timestamp(message, "timestamp")?;
    }
    Ok(())
}

async fn unannounced(cx: Context) -> Step {
    let mut peer = join(&cx, &cx.fresh_session(), PLAIN).await?;
    match frames(&cx, &mut peer).await?.iter().find(|message| message["type"] == "batch") {
        None => Ok(()),
        Some(_) => fail(ReasonCode::Unexpected, "no batch without the capability", "a batch"),
    }
}

/// The events of the session, as a client counts them that would miss one.
async fn order(cx: Context) -> Step {
    let mut peer = join(&cx, &cx.fresh_session(), BATCHED).await?;
    peer.send(&question(true)).await;
    let all = up_to(&cx, &mut peer, "query_result").await?;
    let offsets: Vec<u64> = all.iter().filter_map(|got| got.value["offset"].as_u64()).collect();
    ensure(!offsets.is_empty(), ReasonCode::Missing, "events with an offset", "none")?;
    let mut sorted = offsets.clone();
    sorted.sort_unstable();
    let whole = sorted.windows(2).all(|pair| pair[1] == pair[0] + 1);
    let seen = format!("{offsets:?}");
    ensure(whole, ReasonCode::Lost, "each offset once", &seen)?;
    ensure(sorted == offsets, ReasonCode::WrongOrder, "each offset one more than the last", &seen)
}

/// Two connections of one session, with and without batches: the batch comes hardly later.
async fn delay(cx: Context) -> Step {
    let session = cx.fresh_session();
    let mut plain = join(&cx, &session, PLAIN).await?;
    let mut batched = join(&cx, &session, BATCHED).await?;
    plain.send(&question(false)).await;
    let first = up_to(&cx, &mut plain, "query_result").await?;
    let second = up_to(&cx, &mut batched, "query_result").await?;
    let held = cx.within(HELD);
    let at =
        |all: &[Got], offset: &Value| all.iter().find(|got| got.value["offset"] == *offset).map(|got| got.at);
    let events: Vec<&Got> = first.iter().filter(|got| got.value["offset"].is_u64()).collect();
    ensure(!events.is_empty(), ReasonCode::Missing, "events with an offset", "none")?;
    for got in events {
        let Some(later) = at(&second, &got.value["offset"]) else {
            return fail(ReasonCode::Lost, format!("the event {}", got.value["offset"]), "no such event");
        };
        let deadline = held.from(got.at);
        if deadline.is_late(later) {
            let expected = format!("{} at most {} behind", field::name(&got.value), millis(deadline.limit()));
            return fail(ReasonCode::Late, expected, deadline.elapsed(later));
        }
    }
    Ok(())
}

/// Pings while a query runs are answered, and its result comes with or after every update, not before.
async fn holds_no_answer(cx: Context) -> Step {
    let mut peer = join(&cx, &cx.fresh_session(), BATCHED).await?;
    peer.send(&question(false)).await;
    peer.send(&json!({"type": "ping", "id": "while"})).await;
    let deadline = cx.soon();
    let mut ponged = false;
    while !ponged {
        let some = next(&mut peer, "pong", deadline).await?;
        ponged = some.iter().any(|got| field::name(&got.value) == "pong");
    }
    let rest = up_to(&cx, &mut peer, "query_result").await?;
    match rest.last() {
        Some(last) => field::equals(&last.value, "type", "query_result"),
        None => fail(ReasonCode::Missing, "query_result", "nothing"),
    }
}
