//! Who hears of a failed query, then and later.

use serde_json::{Value, json};

use super::cause::UNREACHABLE;
use crate::checks::query::run::{stay, work};
use crate::checks::resume::events::{begin, next_after, recovered, resume, unless_expired};
use crate::checks::{Check, Context, Peer, ReasonCode, Step, fail, field};
use crate::target::Door;

pub(super) fn checks() -> Vec<Check> {
    let all = vec![
        check!("failures", "event", "the error is an event of the session, with the next offset", event),
        check!("failures", "seen", "the session's other connections see the same error", seen),
        check!("failures", "unheard", "another session hears nothing of it", unheard),
        check!("failures", "replayed", "an error that was missed is replayed", replayed),
    ];
    all.into_iter().map(|check| UNREACHABLE.of(check)).collect()
}

/// It stands in the session's order like any other end.
async fn event(cx: Context) -> Step {
    let (mut peer, session) = begin(&cx).await?;
    let run = UNREACHABLE.fails(&cx, &mut peer, &json!({})).await?;
    let (error, before) = match run.messages.as_slice() {
        [.., before, error] => (&error.value, &before.value),
        _ => return fail(ReasonCode::Missing, "query_accepted before the error", "none"),
    };
    field::equals(error, "session_id", session.id)?;
    field::equals(error, "epoch", session.epoch)?;
    field::equals(error, "offset", field::integer(before, "offset")? + 1)
}

/// A watcher sees what the asker sees.
async fn seen(cx: Context) -> Step {
    let (mut asker, session) = begin(&cx).await?;
    let mut watcher = watching(&cx, &session.id).await?;
    let run = UNREACHABLE.fails(&cx, &mut asker, &json!({})).await?;
    let theirs = watcher.expect("the error", work(&cx), |value| field::name(value) == "error").await?.value;
    for name in ["code", "transaction_id", "offset"] {
        field::equals(&theirs, name, field::any(&run.terminal()?.value, name)?.clone())?;
    }
    Ok(())
}

/// A stranger does not.
async fn unheard(cx: Context) -> Step {
    let (mut asker, _) = begin(&cx).await?;
    let mut stranger = watching(&cx, &cx.fresh_session()).await?;
    let run = UNREACHABLE.fails(&cx, &mut asker, &json!({})).await?;
    stranger.send(&json!({"type": "ping", "id": "behind"})).await;
    let transaction = run.transaction()?;
    let told = |value: &Value| field::name(value) == "pong" || value.to_string().contains(transaction);
    let next = stranger.expect("pong", cx.soon(), told).await?.value;
    if field::name(&next) != "pong" {
        return fail(ReasonCode::Leak, "nothing of another session", next.to_string());
    }
    Ok(())
}

/// Who was away when it failed finds the error in its place.
async fn replayed(cx: Context) -> Step {
    unless_expired(async || {
        let (mut asker, session) = begin(&cx).await?;
        let run = UNREACHABLE.fails(&cx, &mut asker, &json!({})).await?;
        let top = field::integer(&run.terminal()?.value, "offset")?;
        let (mut peer, resumed) = resume(&cx, &session, "away", &session.epoch, 1).await?;
        recovered(&resumed)?;
        let mut last = Value::Null;
        for seen in 1..top {
            last = next_after(&cx, &mut peer, seen).await?;
        }
        field::equals(&last, "type", "error")?;
        field::equals(&last, "code", "AGENT_UNAVAILABLE")
    })
    .await
}

/// One more connection of `session` that is not idle.
async fn watching(cx: &Context, session: &str) -> Step<Peer> {
    let (mut peer, _) = cx.join_with(Door::Query, session, json!({"agent_id": "watcher"})).await?;
    stay(cx, &mut peer).await?;
    Ok(peer)
}
