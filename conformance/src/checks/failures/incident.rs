//! What a client is told of the server's own mistakes: a number to ask for, and nothing else.

use serde_json::{Value, json};

use super::cause::INTERNAL;
use crate::checks::security::probing::plain;
use crate::checks::{Check, Context, ReasonCode, Step, ensure, field};
use crate::target::Door;

pub(super) fn checks() -> Vec<Check> {
    let all = vec![
        check!("failures", "incident", "an internal error has an incident_id", incident),
        check!("failures", "incidents-differ", "two internal errors are two incidents", differ),
        check!("failures", "internal-plain", "an internal error tells nothing of the inside", bare),
    ];
    all.into_iter().map(|check| INTERNAL.of(check)).collect()
}

async fn internal(cx: &Context) -> Step<Value> {
    let mut peer = cx.open(Door::Query).await?;
    let run = INTERNAL.fails(cx, &mut peer, &json!({})).await?;
    Ok(run.terminal()?.value.clone())
}

/// Text that the log has too.
async fn incident(cx: Context) -> Step {
    let error = internal(&cx).await?;
    let number = field::text(&error, "/details/incident_id")?;
    ensure(!number.trim().is_empty(), ReasonCode::WrongValue, "an incident_id", format!("{number:?}"))
}

/// Who asks for one must not find the other.
async fn differ(cx: Context) -> Step {
    let (first, second) = (internal(&cx).await?, internal(&cx).await?);
    let number = |error: &Value| field::text(error, "/details/incident_id").map(str::to_owned);
    let (first, second) = (number(&first)?, number(&second)?);
    ensure(first != second, ReasonCode::Duplicate, "another incident_id", second)
}

/// No path, no source, no backtrace.
async fn bare(cx: Context) -> Step {
    plain(&internal(&cx).await?.to_string())
}
