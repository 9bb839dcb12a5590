//! What progress updates say, and when they come.

use std::time::Duration;

use serde_json::{Value, json};

use super::run::{ATTEMPTS, Run, STAGES, answered};
use crate::checks::{Context, ReasonCode, Step, Stop, ensure, fail, field};

const EVENTS: [&str; 6] =
    ["agent_started", "task_started", "task_completed", "agent_completed", "warning", "error"];
const STATES: [&str; 5] = ["pending", "running", "completed", "failed", "skipped"];
/// Stages shorter than this are too short to see progress in.
const VISIBLE: f64 = 40.0;

/// The plain fields: whose update it is, where the query is, how far and how long.
pub(super) async fn update_fields(cx: Context) -> Step {
    let (_, run) = answered(&cx, &json!({})).await?;
    for update in run.updates()? {
        let update = &update.value;
        field::text(update, "session_id")?;
        field::text(update, "transaction_id")?;
        field::text(update, "current_agent")?;
        let percent = field::number(update, "percent")?;
        ensure((0.0..=100.0).contains(&percent), ReasonCode::WrongValue, "percent 0 to 100", percent)?;
        if !field::any(update, "eta_ms")?.is_null() {
            let eta = field::number(update, "eta_ms")?;
            ensure(eta >= 0.0, ReasonCode::WrongValue, "eta_ms of 0 or more", eta)?;
        }
    }
    Ok(())
}

/// Tasks are texts, listed by agent, and those of the current agent are among them.
pub(super) async fn tasks(cx: Context) -> Step {
    let (_, run) = answered(&cx, &json!({})).await?;
    for update in run.updates()? {
        for (agent, tasks) in field::object(&update.value, "current_tasks")? {
            let texts = tasks.as_array().is_some_and(|tasks| tasks.iter().all(Value::is_string));
            ensure(texts, ReasonCode::WrongType, &format!("current_tasks of {agent} as texts"), tasks)?;
        }
        let current = field::text(&update.value, "current_agent")?;
        field::array(&update.value, &format!("/current_tasks/{current}"))?;
    }
    Ok(())
}

/// Progress events have an id of their own, an agent, a known kind, a text and a time.
pub(super) async fn events(cx: Context) -> Step {
    let (_, run) = answered(&cx, &json!({})).await?;
    let mut seen = Vec::new();
    for update in run.updates()? {
        for event in field::array(&update.value, "progress_events")? {
            field::text(event, "agent")?;
            field::text(event, "message")?;
            field::timestamp(event, "timestamp")?;
            let kind = field::text(event, "event_type")?;
            ensure(EVENTS.contains(&kind), ReasonCode::WrongValue, "a known event_type", kind)?;
            let id = field::text(event, "event_id")?.to_owned();
            ensure(!seen.contains(&id), ReasonCode::Duplicate, "each progress event once", &id)?;
            seen.push(id);
        }
    }
    ensure(!seen.is_empty(), ReasonCode::Missing, "progress events", "none in any update")
}

/// The execution order lists the stages, in their order, with known states and times.
pub(super) async fn execution_order(cx: Context) -> Step {
    let (_, run) = answered(&cx, &json!({})).await?;
    for update in run.updates()? {
        let order = field::array(&update.value, "execution_order")?;
        let mut agents = Vec::new();
        for stage in order {
            agents.push(field::text(stage, "agent")?);
            let status = field::text(stage, "status")?;
            ensure(STATES.contains(&status), ReasonCode::WrongValue, "a known status", status)?;
            for time in ["started_at", "completed_at"] {
                if stage.get(time).is_some_and(|time| !time.is_null()) {
                    field::timestamp(stage, time)?;
                }
            }
        }
        ensure(agents == STAGES, ReasonCode::WrongValue, "nlp, data, viz in this order", agents.join(", "))?;
    }
    Ok(())
}

/// The stage an update names as current is under way, or done, in its execution order.
pub(super) async fn current_is_running(cx: Context) -> Step {
    let (_, run) = answered(&cx, &json!({})).await?;
    for update in run.updates()? {
        let current = field::text(&update.value, "current_agent")?;
        let order = field::array(&update.value, "execution_order")?;
        let status = order.iter().find(|stage| stage["agent"] == current).map(|stage| &stage["status"]);
        let sound = status.is_some_and(|status| *status == "running" || *status == "completed");
        let actual = format!("{status:?}");
        ensure(sound, ReasonCode::WrongValue, &format!("{current} as running or completed"), actual)?;
    }
    Ok(())
}

/// The share done never falls.
pub(super) async fn percent_never_falls(cx: Context) -> Step {
    let (_, run) = answered(&cx, &json!({})).await?;
    let mut before = 0.0;
    for update in run.updates()? {
        let percent = field::number(&update.value, "percent")?;
        ensure(percent >= before, ReasonCode::WrongValue, &format!("percent of {before} or more"), percent)?;
        before = percent;
    }
    Ok(())
}

/// The first task of each stage is named as users know it.
pub(super) async fn first_tasks(cx: Context) -> Step {
    let (_, run) = answered(&cx, &json!({})).await?;
    for (stage, text) in STAGES.iter().zip(["Processing NLP...", "Executing SQL...", "Generating Viz..."]) {
        let updates = run.updates()?;
        let first = updates.iter().find(|update| update.value["current_agent"] == *stage);
        let Some(first) = first else {
            return fail(ReasonCode::Missing, format!("progress of {stage}"), "none");
        };
        field::equals(&first.value, &format!("/current_tasks/{stage}/0"), text)?;
    }
    Ok(())
}

/// Progress comes while a stage works, not after: its first update is there at least half the stage's own
/// time before the result is. A machine that stalls makes bursts too, so it may try again.
pub(super) async fn while_working(cx: Context) -> Step {
    let mut verdict = Ok(());
    for _ in 0..ATTEMPTS {
        let (_, run) = answered(&cx, &json!({})).await?;
        verdict = spread(&run);
        if verdict.is_ok() {
            break;
        }
    }
    verdict
}

fn spread(run: &Run) -> Step {
    let end = run.terminal()?.at;
    let mut judged = false;
    for stage in STAGES {
        let took = field::number(run.result()?, &format!("/timings_ms/{stage}"))?;
        if took < VISIBLE {
            continue;
        }
        judged = true;
        let updates = run.updates()?;
        let Some(first) = updates.iter().find(|update| update.value["current_agent"] == stage) else {
            return fail(ReasonCode::Missing, format!("progress of {stage}"), "none");
        };
        let before = end.saturating_duration_since(first.at);
        if before < Duration::from_secs_f64(took / 2e3) {
            let expected = format!("progress of {stage}, which took {took:.0} ms, while it worked");
            let actual = format!("it {} ms before the result", before.as_millis());
            return fail(ReasonCode::Late, expected, actual);
        }
    }
    if judged { Ok(()) } else { Err(Stop::Harness("every stage was too quick to be watched".to_owned())) }
}
