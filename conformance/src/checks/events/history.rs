//! The course of a query as its updates tell it: nothing goes backwards.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::checks::query::run::{STAGES, answered};
use crate::checks::{Check, Context, ReasonCode, Step, ensure, fail, field};

pub(super) fn checks() -> Vec<Check> {
    vec![
        Check::new(
            "events.stages-forward",
            "a stage never goes back",
            &["events.stages-forward"],
            stages_forward,
        ),
        Check::new(
            "events.stages-one-after-another",
            "stages run one after the other",
            &["events.stages-one-after-another"],
            one_after_another,
        ),
        Check::new(
            "events.started-first",
            "an agent starts before it completes",
            &["events.started-first"],
            started_first,
        ),
        Check::new(
            "events.starts-told",
            "the start of each agent is told",
            &["events.starts-told"],
            starts_told,
        ),
        Check::new("events.instants", "progress events do not run backwards", &["events.instants"], instants),
        Check::new("events.stamps", "messages are stamped in their order", &["events.stamps"], stamps),
        Check::new(
            "events.whole-order",
            "the whole workflow is known at once",
            &["events.whole-order"],
            whole_order,
        ),
    ]
}

fn rank(status: &str) -> u8 {
    match status {
        "pending" => 0,
        "running" => 1,
        _ => 2,
    }
}

/// A stage never goes back: pending, running, then over.
async fn stages_forward(cx: Context) -> Step {
    let (_, run) = answered(&cx, &json!({})).await?;
    let mut reached: BTreeMap<String, u8> = BTreeMap::new();
    for update in run.updates()? {
        for stage in field::array(&update.value, "execution_order")? {
            let (agent, status) = (field::text(stage, "agent")?, field::text(stage, "status")?);
            let before = reached.insert(agent.to_owned(), rank(status)).unwrap_or_default();
            let forward = rank(status) >= before;
            ensure(forward, ReasonCode::WrongOrder, &format!("{agent} not to go back"), status)?;
        }
    }
    Ok(())
}

/// A stage runs when those before it are over.
async fn one_after_another(cx: Context) -> Step {
    let (_, run) = answered(&cx, &json!({})).await?;
    for update in run.updates()? {
        let order = field::array(&update.value, "execution_order")?;
        let ranks: Vec<u8> =
            order.iter().map(|stage| rank(stage["status"].as_str().unwrap_or_default())).collect();
        let sorted = ranks.windows(2).all(|pair| pair[0] >= pair[1]);
        let told = json!(order);
        ensure(sorted, ReasonCode::WrongOrder, "stages one after the other", told)?;
    }
    Ok(())
}

/// All progress events of a query, in the order they came.
async fn progress_events(cx: &Context) -> Step<Vec<Value>> {
    let (_, run) = answered(cx, &json!({})).await?;
    let mut events = Vec::new();
    for update in run.updates()? {
        events.extend(field::array(&update.value, "progress_events")?.clone());
    }
    ensure(!events.is_empty(), ReasonCode::Missing, "progress events", "none in any update")?;
    Ok(events)
}

/// An agent starts before it completes.
async fn started_first(cx: Context) -> Step {
    let events = progress_events(&cx).await?;
    for stage in STAGES {
        let at = |kind: &str| {
            events.iter().position(|event| event["agent"] == stage && event["event_type"] == kind)
        };
        if let Some(completed) = at("agent_completed") {
            let started = at("agent_started");
            let before = started.is_some_and(|started| started < completed);
            ensure(
                before,
                ReasonCode::WrongOrder,
                &format!("agent_started of {stage} first"),
                json!(events),
            )?;
        }
    }
    Ok(())
}

/// Each stage's start is told.
async fn starts_told(cx: Context) -> Step {
    let events = progress_events(&cx).await?;
    for stage in STAGES {
        let told =
            events.iter().any(|event| event["agent"] == stage && event["event_type"] == "agent_started");
        ensure(told, ReasonCode::Missing, &format!("agent_started of {stage}"), json!(events))?;
    }
    Ok(())
}

/// The instants of progress events do not run backwards.
async fn instants(cx: Context) -> Step {
    let mut last = None;
    for event in progress_events(&cx).await? {
        let at = field::timestamp(&event, "timestamp")?;
        let forward = last.is_none_or(|last| last <= at);
        ensure(forward, ReasonCode::WrongOrder, "instants that do not fall", &event)?;
        last = Some(at);
    }
    Ok(())
}

/// Messages of a query are stamped in the order of their offsets.
async fn stamps(cx: Context) -> Step {
    let (_, run) = answered(&cx, &json!({})).await?;
    let mut last = None;
    for message in &run.messages {
        let at = field::timestamp(&message.value, "timestamp")?;
        let forward = last.is_none_or(|last| last <= at);
        ensure(forward, ReasonCode::WrongOrder, "timestamps that do not fall", &message.value)?;
        last = Some(at);
    }
    Ok(())
}

/// At the first update the whole workflow is known.
async fn whole_order(cx: Context) -> Step {
    let (_, run) = answered(&cx, &json!({})).await?;
    let first = &run.updates()?[0].value;
    let agents: Vec<&str> =
        field::array(first, "execution_order")?.iter().filter_map(|stage| stage["agent"].as_str()).collect();
    if agents == STAGES {
        return Ok(());
    }
    fail(ReasonCode::WrongValue, format!("execution_order of {STAGES:?}"), format!("{agents:?}"))
}
