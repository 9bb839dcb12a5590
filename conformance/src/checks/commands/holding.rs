//! A pause holds before the next stage (§6): nothing begins in it, whatever is told of it and when.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Value, json};
use tokio::time::Instant;

use super::asked::{Asked, asked, ended, send};
use crate::checks::query::run::{ATTEMPTS, follow, is_terminal};
use crate::checks::{Context, ReasonCode, Step, Stop, ensure, fail, field};
use crate::peer::{EventKind, Message};

/// A stage that was about to begin when the pause came may begin this much later, one of them.
const HAIR: Duration = Duration::from_millis(100);

/// When each stage began, by the server's own clock.
type Begun = BTreeMap<String, Timestamp>;

/// While a query is paused, for longer than a whole one takes, no stage is told to begin and none ends it. Resumed,
/// it says when its stages began: none of them in the pause.
pub(super) async fn holds(cx: Context) -> Step {
    let start = Instant::now();
    ended(&cx, &json!({})).await?;
    let quiet = (start.elapsed().mul_f64(1.3) + Duration::from_millis(300)).min(cx.pace().limit / 3);
    let (mut held, paused_at, mut begun) = paused_early(&cx).await?;
    let end = Instant::now() + quiet;
    while let Some(event) = held.peer.next_event(end).await {
        let message = match event.kind {
            EventKind::Message(Message::Close(_)) | EventKind::End(_) => {
                return fail(ReasonCode::Closed, "a paused query", "the end of the connection");
            }
            EventKind::Fault(fault) => return fail(ReasonCode::Malformed, "silence", fault.to_string()),
            EventKind::Message(message) => message.to_json().unwrap_or(Value::Null),
        };
        let what = "nothing that ends a paused query";
        ensure(!is_terminal(&message), ReasonCode::Unexpected, what, &message)?;
        note(&mut begun, &message)?;
        none_between(&begun, paused_at, None)?;
    }
    let resumed_at = resumed(&cx, &mut held).await?;
    let rest = follow(&cx, &mut held.peer).await?;
    rest.result()?;
    rest.messages.iter().try_for_each(|message| note(&mut begun, &message.value))?;
    none_between(&begun, paused_at, Some(resumed_at))
}

/// A query that was paused before its second stage was told, when that was answered, and what had begun by then. One
/// that was quicker is asked again.
async fn paused_early(cx: &Context) -> Step<(Asked, Timestamp, Begun)> {
    for _ in 0..ATTEMPTS {
        let mut asked = asked(cx, &json!({})).await?;
        send(&asked.peer, "pause", &asked.transaction).await;
        let mut begun = Begun::new();
        let answer = loop {
            let message = asked.peer.next_json("the answer to pause", cx.soon()).await?.value;
            match field::name(&message) {
                "command_result" => break message,
                "error" => return fail(ReasonCode::Refused, "command_result of pause", message.to_string()),
                _ => note(&mut begun, &message)?,
            }
        };
        if answer["status"] == "completed" || begun.len() > 1 {
            continue;
        }
        field::equals(&answer, "status", "paused")?;
        return Ok((asked, field::timestamp(&answer, "timestamp")?, begun));
    }
    Err(Stop::Harness(format!("{ATTEMPTS} queries in a row were over before they could be paused")))
}

/// Lets it go on; gives when that was answered.
async fn resumed(cx: &Context, held: &mut Asked) -> Step<Timestamp> {
    send(&held.peer, "resume", &held.transaction).await;
    let answer = held.peer.expect_type("command_result", cx.soon()).await?.value;
    field::equals(&answer, "status", "running")?;
    field::timestamp(&answer, "timestamp")
}

/// Writes down which stages an update says have begun.
fn note(begun: &mut Begun, message: &Value) -> Step {
    if field::name(message) != "progress_update" {
        return Ok(());
    }
    for event in field::array(message, "progress_events")? {
        if event["event_type"] == "agent_started" {
            let agent = field::text(event, "agent")?;
            begun.entry(agent.to_owned()).or_insert(field::timestamp(event, "timestamp")?);
        }
    }
    let current = field::text(message, "current_agent")?;
    if !begun.contains_key(current) {
        begun.insert(current.to_owned(), field::timestamp(message, "timestamp")?);
    }
    Ok(())
}

/// No stage began between a pause and its end, but the one that a hair kept from beginning before.
fn none_between(begun: &Begun, paused_at: Timestamp, resumed_at: Option<Timestamp>) -> Step {
    let within = |at: &Timestamp| *at > paused_at && resumed_at.is_none_or(|resumed| *at < resumed);
    let late = |at: &Timestamp| at.duration_since(paused_at).unsigned_abs() > HAIR;
    let begun_within: Vec<_> = begun.iter().filter(|(_, at)| within(at)).collect();
    let held = begun_within.len() < 2 && !begun_within.iter().any(|(_, at)| late(at));
    let expected = format!("no stage that begins in the pause from {paused_at} on");
    ensure(held, ReasonCode::Unexpected, &expected, format!("{begun_within:?}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_stage_may_begin_with_the_pause_and_none_in_it() {
        let at = |ms: i64| Timestamp::from_millisecond(1_700_000_000_000 + ms).unwrap();
        for (name, begun, holds) in [
            ("before", vec![-20], true),
            ("as it came", vec![-20, 3], true),
            ("two in it", vec![2, 9], false),
            ("one well in it", vec![-20, 400], false),
            ("after it", vec![-20, 1_000, 1_050], true),
        ] {
            let begun: Begun =
                begun.iter().enumerate().map(|(stage, ms)| (stage.to_string(), at(*ms))).collect();
            assert_eq!(none_between(&begun, at(0), Some(at(1_000))).is_ok(), holds, "{name}");
        }
    }
}
