//! What the server tells of itself: agents, figures, plans.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::{Value, json};

use super::watching::{ask, named, request, seen, two};
use crate::checks::query::run::{STAGES, query, work};
use crate::checks::{Check, Context, Deadline, ReasonCode, Step, Stop, ensure, fail, field};
use crate::peer::{EventKind, Message};
use crate::target::Door;

pub(super) fn checks() -> Vec<Check> {
    vec![
        Check::new(
            "events.agent-busy",
            "an agent at work is told while it works",
            &["events.agent-busy"],
            agent_busy,
        )
        .tags(&["slow"]),
        Check::new(
            "events.agent-fields",
            "agent_status has agent, status, in_flight and breaker",
            &["events.agent-fields"],
            agent_fields,
        )
        .tags(&["slow"]),
        Check::new(
            "events.agents-all",
            "every agent of the workflow is told",
            &["events.agents-all"],
            agents_all,
        )
        .tags(&["slow"]),
        Check::new(
            "events.agent-unordered",
            "agent_status is no session event",
            &["events.agent-unordered"],
            agent_unordered,
        )
        .tags(&["slow"]),
        Check::new(
            "events.notices-unwanted",
            "notices come to subscribers only",
            &["events.notices-unwanted"],
            agent_unwanted,
        )
        .tags(&["slow"]),
        Check::new(
            "events.system-metrics",
            "the server's figures come every 5 s",
            &["events.system-metrics"],
            figures,
        )
        .tags(&["slow"]),
        check!("events", "agents-again", "every agent is told again while nothing changes", agents_again)
            .tags(&["slow"])
            .own_process(),
        Check::new("events.belief-told", "an agent's plan is told", &["events.belief-told"], belief_told)
            .tags(&["slow"]),
        Check::new(
            "events.belief-fields",
            "beliefs have a statement and a confidence",
            &["events.belief-fields"],
            belief_fields,
        )
        .tags(&["slow"]),
        Check::new(
            "events.belief-own",
            "a plan is told to its own session",
            &["events.belief-own"],
            belief_own,
        )
        .tags(&["slow"]),
    ]
}

/// Figures come this often at least.
const FIGURES: Duration = Duration::from_secs(5);

/// Status messages of agents during a query.
async fn statuses(cx: &Context) -> Step<Vec<Value>> {
    let (asker, mut watcher, _) = two(cx).await?;
    request(cx, &mut watcher, "subscribe", &["agent_status"]).await?;
    asker.send(&query(&json!({}))).await;
    let mut found = Vec::new();
    loop {
        let told = |value: &Value| matches!(field::name(value), "agent_status" | "query_result");
        let next = watcher.expect("agent_status while a query runs", work(cx), told).await?.value;
        if field::name(&next) == "query_result" {
            return Ok(found);
        }
        found.push(next);
    }
}

/// An agent that begins to work is told as it happens.
async fn agent_busy(cx: Context) -> Step {
    let found = statuses(&cx).await?;
    let busy = found.iter().any(|status| status["in_flight"].as_u64().is_some_and(|count| count > 0));
    ensure(busy, ReasonCode::Missing, "agent_status of an agent at work before the result", json!(found))
}

/// The fields of `agent_status`.
async fn agent_fields(cx: Context) -> Step {
    let found = statuses(&cx).await?;
    ensure(!found.is_empty(), ReasonCode::Missing, "agent_status while a query runs", "none")?;
    for status in &found {
        field::text(status, "agent")?;
        field::text(status, "status")?;
        field::integer(status, "in_flight")?;
        let breaker = field::text(status, "breaker")?;
        let known = ["closed", "open", "half_open", "half-open"].contains(&breaker);
        ensure(known, ReasonCode::WrongValue, "closed, open or half_open", breaker)?;
        field::timestamp(status, "timestamp")?;
    }
    Ok(())
}

/// Each agent of the workflow is told.
async fn agents_all(cx: Context) -> Step {
    let found = statuses(&cx).await?;
    for stage in STAGES {
        let told = found.iter().any(|status| status["agent"] == stage);
        ensure(told, ReasonCode::Missing, &format!("agent_status of {stage}"), json!(found))?;
    }
    Ok(())
}

/// It is no event of a session: it has no place in an order.
async fn agent_unordered(cx: Context) -> Step {
    let found = statuses(&cx).await?;
    ensure(!found.is_empty(), ReasonCode::Missing, "agent_status while a query runs", "none")?;
    found.iter().try_for_each(|status| {
        field::absent(status, "offset")?;
        field::absent(status, "epoch")
    })
}

/// Nobody gets it who did not ask for it.
async fn agent_unwanted(cx: Context) -> Step {
    let (mut asker, mut watcher, _) = two(&cx).await?;
    ask(&cx, &mut asker, &json!({})).await?;
    let seen = seen(&cx, &mut watcher).await?;
    let unwanted = named(&seen, &["agent_status", "system_metrics", "belief_state"]);
    ensure(unwanted.is_empty(), ReasonCode::Unexpected, "session events alone", format!("{unwanted:?}"))
}

/// Every agent is told again, on a server that has nothing to do. How often can't be asked for: a target that
/// takes longer than a check may is not judged.
async fn agents_again(cx: Context) -> Step {
    let mut peer = cx.open(Door::Query).await?;
    request(&cx, &mut peer, "subscribe", &["agent_status"]).await?;
    let end = tokio::time::Instant::now() + cx.pace().limit.mul_f64(0.9);
    let mut told: BTreeMap<String, u32> = BTreeMap::new();
    while let Some(event) = peer.next_event(end).await {
        let message = match event.kind {
            EventKind::Message(message) if !matches!(message, Message::Close(_)) => message,
            _ => return fail(ReasonCode::Closed, "agent_status of every agent", "the end of the connection"),
        };
        let Some(status) = message.to_json().filter(|value| field::name(value) == "agent_status") else {
            continue;
        };
        *told.entry(field::text(&status, "agent")?.to_owned()).or_default() += 1;
        let missing = STAGES.iter().find(|stage| !told.contains_key(**stage));
        match missing {
            None => return Ok(()),
            Some(missing) if told.values().any(|times| *times > 2) => {
                let expected = format!("agent_status of {missing} among the others");
                return fail(ReasonCode::Missing, expected, format!("{told:?}"));
            }
            Some(_) => {}
        }
    }
    Err(Stop::Harness("agent_status comes every 10 s: start the target with a shorter interval".to_owned()))
}

/// The server's figures come again and again.
async fn figures(cx: Context) -> Step {
    cx.affordable(FIGURES + Duration::from_secs(1))?;
    let mut peer = cx.open(Door::Query).await?;
    request(&cx, &mut peer, "subscribe", &["system_metrics"]).await?;
    let limit = cx.within(FIGURES).limit();
    let deadline = Deadline::new(tokio::time::Instant::now(), limit, Duration::from_millis(500));
    let figures = peer.expect_type("system_metrics", deadline).await?.value;
    field::timestamp(&figures, "timestamp")?;
    field::absent(&figures, "offset")
}

/// What an agent of the asker's query is after, and takes for true.
async fn beliefs(cx: &Context) -> Step<Vec<Value>> {
    let (asker, mut watcher, _) = two(cx).await?;
    request(cx, &mut watcher, "subscribe", &["belief_state"]).await?;
    asker.send(&query(&json!({}))).await;
    let mut found = Vec::new();
    loop {
        let told = |value: &Value| matches!(field::name(value), "belief_state" | "query_result");
        let next = watcher.expect("belief_state while a query runs", work(cx), told).await?.value;
        if field::name(&next) == "query_result" {
            return Ok(found);
        }
        found.push(next);
    }
}

/// At least one plan changes during a query.
async fn belief_told(cx: Context) -> Step {
    let found = beliefs(&cx).await?;
    ensure(!found.is_empty(), ReasonCode::Missing, "belief_state while a query runs", "none")
}

/// Agent, goals, and beliefs with a statement and a confidence of 0 to 1.
async fn belief_fields(cx: Context) -> Step {
    let mut believed = 0;
    for state in beliefs(&cx).await? {
        field::text(&state, "agent")?;
        field::array(&state, "goals")?;
        for belief in field::array(&state, "beliefs")? {
            believed += 1;
            field::text(belief, "statement")?;
            let confidence = field::number(belief, "confidence")?;
            let share = (0.0..=1.0).contains(&confidence);
            ensure(share, ReasonCode::WrongValue, "a confidence of 0 to 1", confidence)?;
        }
    }
    ensure(believed > 0, ReasonCode::Missing, "a belief while a query runs", "none")
}

/// A plan is its session's own.
async fn belief_own(cx: Context) -> Step {
    let (mut asker, _watcher, _) = two(&cx).await?;
    let (mut other, _) = cx.join(Door::Query, &cx.fresh_session()).await?;
    request(&cx, &mut other, "subscribe", &["belief_state"]).await?;
    let end = ask(&cx, &mut asker, &json!({})).await?;
    let transaction = field::text(&end, "transaction_id")?;
    let seen = seen(&cx, &mut other).await?;
    let leaked = seen.iter().find(|state| state.to_string().contains(transaction));
    ensure(leaked.is_none(), ReasonCode::Leak, "no plan of another session", format!("{leaked:?}"))
}
