//! Progress is thinned at its source, and nothing of it is lost by that.

use std::time::Duration;

use serde_json::{Value, json};

use super::run::{ATTEMPTS, Run, STAGES, answered, follow, query, work};
use crate::checks::{Check, Context, ReasonCode, Step, ensure, fail, field};
use crate::target::Door;

/// Time in which a transaction has one update at most.
const INTERVAL: Duration = Duration::from_millis(50);
/// So many queries of the same kind are most of those that are looked at.
const MOST: usize = 3;

pub(super) fn checks() -> Vec<Check> {
    vec![
        check!("query", "progress-thinned", "a transaction has one update in 50 ms at most", thinned),
        check!("query", "progress-kept", "what updates were merged of is told", kept),
        check!("query", "cancel-drops", "what was held back at a cancel is not told", dropped),
    ]
}

/// The instant the target wrote into a message.
fn stamp(message: &Value) -> Step<jiff::Timestamp> {
    field::timestamp(message, "timestamp")
}

/// The shortest time, by the target's own clock, between an update and the one before of the same stage.
fn shortest(run: &Run) -> Step<Option<Duration>> {
    let mut shortest: Option<Duration> = None;
    for pair in run.updates()?.windows(2) {
        let [before, update] = [&pair[0].value, &pair[1].value];
        if field::text(before, "current_agent")? == field::text(update, "current_agent")? {
            let apart = stamp(update)?.duration_since(stamp(before)?).unsigned_abs();
            shortest = Some(shortest.map_or(apart, |shortest| shortest.min(apart)));
        }
    }
    Ok(shortest)
}

/// No update of a stage comes within half the interval of the one before, in most of some queries: a message may have
/// been stamped late by a busy machine, so that the next seems to be early, and updates may have been merged by chance.
async fn thinned(cx: Context) -> Step {
    let (mut good, mut seen) = (0, Vec::new());
    while good < MOST {
        let (_, run) = answered(&cx, &json!({})).await?;
        match shortest(&run)? {
            Some(apart) if apart < INTERVAL / 2 => seen.push(apart),
            _ => good += 1,
        }
        if seen.len() == MOST {
            let expected = format!("one update in {INTERVAL:?} at most, beside the first of each stage");
            let actual = format!("two within {seen:?}, in {} queries", good + MOST);
            return fail(ReasonCode::Unexpected, expected, actual);
        }
    }
    Ok(())
}

/// The beginning and the end of every stage, in an update or, at the last, in the terminal message.
async fn kept(cx: Context) -> Step {
    let (_, run) = answered(&cx, &json!({})).await?;
    let mut told: Vec<(&str, &str)> = Vec::new();
    for message in &run.messages {
        let events = message.value.get("progress_events").and_then(Value::as_array);
        for event in events.into_iter().flatten() {
            told.push((field::text(event, "agent")?, field::text(event, "event_type")?));
        }
    }
    for agent in STAGES {
        for kind in ["agent_started", "agent_completed"] {
            let found = told.contains(&(agent, kind));
            ensure(found, ReasonCode::Missing, &format!("{kind} of {agent}"), format!("{told:?}"))?;
        }
    }
    Ok(())
}

/// Between the answer to the cancel and `query_cancelled` nothing of the query is told.
async fn dropped(cx: Context) -> Step {
    for _ in 0..ATTEMPTS {
        let mut peer = cx.open(Door::Query).await?;
        peer.send(&query(&json!({}))).await;
        let update = peer.expect_type("progress_update", work(&cx)).await?.value;
        let transaction = field::text(&update, "transaction_id")?;
        peer.send(&json!({"type": "command", "action": "cancel", "transaction_id": transaction})).await;
        let told = peer.expect_type("command_result", cx.soon()).await?.value;
        if told["status"] == "completed" {
            continue;
        }
        let run = follow(&cx, &mut peer).await?;
        return match run.messages.first() {
            Some(first) if field::name(&first.value) == "query_cancelled" => Ok(()),
            other => fail(ReasonCode::Unexpected, "query_cancelled next", format!("{other:?}")),
        };
    }
    Err(cx
        .unseen("long-queries", format!("{ATTEMPTS} queries in a row ended before they could be cancelled")))
}
