//! The breaker of an agent, as clients see it.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

use super::cause::{CIRCUIT, Cause, NO_DATABASE};
use crate::checks::query::run::{ask, stay, work};
use crate::checks::{Check, Context, Peer, ReasonCode, Step, ensure, fail, field};
use crate::target::Door;

/// A breaker may stay open so long (before scaling).
const COOLDOWN: Duration = Duration::from_secs(4);
/// Pause between two questions.
const PAUSE: Duration = Duration::from_millis(100);
/// A stalled machine may let the time of an open breaker pass, but not so often in a row.
const ATTEMPTS: usize = 3;

pub(super) fn checks() -> Vec<Check> {
    let alone = |check: Check| CIRCUIT.of(check).tags(&["slow"]).own_process();
    vec![
        CIRCUIT.of(check!(
            "failures",
            "circuit-retry-after",
            "an open breaker says over HTTP when to come back",
            "retry-after",
            |cx| retry_after(cx, &CIRCUIT)
        )),
        NO_DATABASE.of(check!(
            "failures",
            "no-database-retry-after",
            "a database that does not answer says over HTTP when to come back",
            "retry-after",
            |cx| retry_after(cx, &NO_DATABASE)
        )),
        CIRCUIT
            .of(check!(
                "failures",
                "circuit-others",
                "an open breaker stops its own agent only",
                circuit_others
            ))
            .features(&["circuit", "research"]),
        alone(check!("failures", "circuit-probe", "an open breaker lets a probe through in time", probe)),
        alone(check!("failures", "circuit-again", "a probe that failed opens the breaker again", again)),
        alone(check!("failures", "circuit-told", "agent_status tells of an open breaker", told)),
    ]
}

/// Seconds, or a date.
async fn retry_after(cx: Context, cause: &'static Cause) -> Step {
    let response = cause.fails_over_http(&cx).await?;
    let Some(after) = response.field("Retry-After") else {
        return fail(ReasonCode::Missing, "Retry-After", "none");
    };
    let known = after.parse::<u64>().is_ok() || after.ends_with("GMT");
    ensure(known, ReasonCode::Malformed, "whole seconds or a date", after)
}

/// A workflow of other agents is served.
async fn circuit_others(cx: Context) -> Step {
    let mut peer = cx.open(Door::Query).await?;
    CIRCUIT.fails(&cx, &mut peer, &json!({})).await?;
    let others = json!({"preferences": {"workflow": "research"}});
    ask(&cx, &mut peer, &others).await?.result().map(|_| ())
}

/// Asks, and gives the code it ended with.
async fn code(cx: &Context, peer: &mut Peer) -> Step<String> {
    let run = ask(cx, peer, &json!({})).await?;
    let end = &run.terminal()?.value;
    if field::name(end) != "error" {
        return fail(ReasonCode::Accepted, "error CIRCUIT_OPEN", end.to_string());
    }
    let code = field::text(end, "code")?;
    let known = ["CIRCUIT_OPEN", "AGENT_UNAVAILABLE"].contains(&code);
    ensure(known, ReasonCode::WrongValue, "CIRCUIT_OPEN or AGENT_UNAVAILABLE", code)?;
    Ok(code.to_owned())
}

/// Asks until the agent is called again.
async fn until_probed(cx: &Context, peer: &mut Peer) -> Step {
    let end = Instant::now() + cx.within(COOLDOWN).limit();
    while code(cx, peer).await? == "CIRCUIT_OPEN" {
        if Instant::now() > end {
            return fail(ReasonCode::Missing, "a probe of the agent", "CIRCUIT_OPEN all the time");
        }
        sleep(PAUSE).await;
    }
    Ok(())
}

/// A connection that may be idle, and a breaker that has just opened.
async fn opened(cx: &Context) -> Step<Peer> {
    let mut peer = cx.open(Door::Query).await?;
    stay(cx, &mut peer).await?;
    CIRCUIT.fails(cx, &mut peer, &json!({})).await?;
    Ok(peer)
}

/// It is not open for ever.
async fn probe(cx: Context) -> Step {
    let mut peer = opened(&cx).await?;
    until_probed(&cx, &mut peer).await
}

/// One call is enough to see that nothing has changed.
async fn again(cx: Context) -> Step {
    let mut peer = opened(&cx).await?;
    until_probed(&cx, &mut peer).await?;
    for _ in 0..ATTEMPTS {
        if code(&cx, &mut peer).await? == "CIRCUIT_OPEN" {
            return Ok(());
        }
    }
    fail(ReasonCode::Accepted, "CIRCUIT_OPEN behind a failed probe", format!("{ATTEMPTS} more calls"))
}

/// Who watches the agents sees it as it happens.
async fn told(cx: Context) -> Step {
    let mut watcher = cx.open(Door::Query).await?;
    watcher.send(&json!({"type": "subscribe", "events": ["agent_status"]})).await;
    watcher.expect_type("subscribed", cx.soon()).await?;
    let _peer = opened(&cx).await?;
    let open = |value: &Value| field::name(value) == "agent_status" && value["breaker"] == "open";
    let status = watcher.expect("agent_status with an open breaker", work(&cx), open).await?.value;
    field::equals(&status, "agent", "nlp")
}
