//! Events of a session in the order of their offsets, and coming back to them.

use std::future::Future;

use serde_json::{Value, json};

use crate::checks::query::run::{QUESTION, is_terminal, work};
use crate::checks::{Context, Peer, ReasonCode, Step, Stop, fail, field};
use crate::target::Door;

/// Attempts where a short history may have forgotten too soon.
const ATTEMPTS: usize = 3;

/// A session whose events are looked at.
#[derive(Debug, Clone)]
pub(in crate::checks) struct Session {
    pub(in crate::checks) id: String,
    pub(in crate::checks) epoch: String,
}

/// True for what has an offset.
pub(in crate::checks) fn is_event(message: &Value) -> bool {
    let named = matches!(
        field::name(message),
        "query_accepted" | "progress_update" | "partial_result" | "query_result" | "query_cancelled"
    );
    named || (field::name(message) == "error" && message.get("transaction_id").is_some())
}

/// A connection of a new session, as the agent `suite`.
pub(in crate::checks) async fn begin(cx: &Context) -> Step<(Peer, Session)> {
    let id = cx.fresh_session();
    let (peer, acknowledged) = cx.join(Door::Query, &id).await?;
    let epoch = field::text(&acknowledged, "epoch")?.to_owned();
    Ok((peer, Session { id, epoch }))
}

pub(in crate::checks) async fn ask(peer: &Peer) {
    peer.send(&json!({"type": "query", "query": QUESTION})).await;
}

/// The next event, which must be that after `last`: an earlier one is a `duplicate`, a later one means that
/// something is `lost`.
pub(in crate::checks) async fn next_after(cx: &Context, peer: &mut Peer, last: u64) -> Step<Value> {
    let what = format!("the event with offset {}", last + 1);
    let snapshot = |value: &Value| is_event(value) || field::name(value) == "session_snapshot";
    let event = peer.expect(&what, work(cx), snapshot).await?.value;
    if !is_event(&event) {
        return fail(ReasonCode::Lost, what, event.to_string());
    }
    let offset = field::integer(&event, "offset")?;
    match offset {
        _ if offset <= last => fail(ReasonCode::Duplicate, what, format!("offset {offset} again")),
        _ if offset > last + 1 => fail(ReasonCode::Lost, what, format!("offset {offset}")),
        _ => Ok(event),
    }
}

/// All events after `last` up to the end of a query; gives the offset of its terminal message.
pub(in crate::checks) async fn to_the_end(cx: &Context, peer: &mut Peer, last: u64) -> Step<u64> {
    let mut last = last;
    loop {
        let event = next_after(cx, peer, last).await?;
        last += 1;
        if is_terminal(&event) {
            return Ok(last);
        }
    }
}

/// A new session with one finished query; gives the offset of its last event.
pub(in crate::checks) async fn finished(cx: &Context) -> Step<(Peer, Session, u64)> {
    let (mut peer, session) = begin(cx).await?;
    ask(&peer).await;
    let last = to_the_end(cx, &mut peer, 0).await?;
    Ok((peer, session, last))
}

/// Comes back by handshake; gives the `resumed`.
pub(in crate::checks) async fn resume(
    cx: &Context,
    session: &Session,
    agent: &str,
    epoch: &str,
    offset: u64,
) -> Step<(Peer, Value)> {
    let more = json!({"agent_id": agent, "resume": {"epoch": epoch, "offset": offset}});
    let (mut peer, _) = cx.join_with(Door::Query, &session.id, more).await?;
    let resumed = peer.expect_type("resumed", cx.soon()).await?.value;
    Ok((peer, resumed))
}

/// What was missed came back. A history that was too short for a stalled machine is not the target's fault.
pub(in crate::checks) fn recovered(resumed: &Value) -> Step {
    if field::boolean(resumed, "recovered")? {
        return Ok(());
    }
    if resumed["reason"] == "EXPIRED" {
        return Err(Stop::Harness("the history forgot events within moments".to_owned()));
    }
    fail(ReasonCode::Refused, "what was missed", resumed.to_string())
}

/// Tries again when the history forgot too soon.
pub(in crate::checks) async fn unless_expired<F, Fut>(attempt: F) -> Step
where
    F: Fn() -> Fut,
    Fut: Future<Output = Step>,
{
    let mut verdict = attempt().await;
    for _ in 1..ATTEMPTS {
        if !matches!(verdict, Err(Stop::Harness(_))) {
            break;
        }
        verdict = attempt().await;
    }
    verdict
}

/// No event comes, for a moment.
pub(in crate::checks) async fn no_event(cx: &Context, peer: &mut Peer) -> Step {
    let moment = cx.quiet(std::time::Duration::from_millis(300));
    peer.expect_silence("no event", moment, |message| message.to_json().is_some_and(|value| is_event(&value)))
        .await
}
