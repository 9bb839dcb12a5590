//! Ids of the client in the answers.

use serde_json::{Value, json};

use super::run::{Run, answered, ask};
use crate::checks::{Context, Step, field};
use crate::target::Door;

fn all_have(run: &Run, name: &str, value: &Value) -> Step {
    for message in &run.messages {
        field::equals(&message.value, name, value.clone())?;
    }
    Ok(())
}

/// All three ids are in every message, as they were sent.
pub(super) async fn texts(cx: Context) -> Step {
    let query_id = format!("q-{}", cx.fresh_session());
    let ids = json!({"id": "Id 1", "query_id": query_id, "correlation_id": "köln/7"});
    let (_, run) = answered(&cx, &ids).await?;
    for name in ["id", "query_id", "correlation_id"] {
        all_have(&run, name, &ids[name])?;
    }
    Ok(())
}

/// A number stays a number.
pub(super) async fn integers(cx: Context) -> Step {
    let (_, run) = answered(&cx, &json!({"id": 9_007_199_254_740_991_u64})).await?;
    all_have(&run, "id", &json!(9_007_199_254_740_991_u64))
}

/// An id that was not given is in no answer; null is as not given.
pub(super) async fn no_others(cx: Context) -> Step {
    let (_, run) = answered(&cx, &json!({"id": "only", "correlation_id": null})).await?;
    for message in &run.messages {
        field::absent(&message.value, "query_id")?;
        field::absent(&message.value, "correlation_id")?;
    }
    Ok(())
}

/// The ids of a refused query come back with its error.
pub(super) async fn of_errors(cx: Context) -> Step {
    let mut peer = cx.open(Door::Query).await?;
    let run = ask(&cx, &mut peer, &json!({"query": "", "id": "refused", "query_id": 12})).await?;
    let last = &run.terminal()?.value;
    field::equals(last, "type", "error")?;
    field::equals(last, "id", "refused")?;
    field::equals(last, "query_id", 12)
}
