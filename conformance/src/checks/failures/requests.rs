//! Failed queries over HTTP: event streams and transactions.

use serde_json::{Value, json};

use super::cause::UNREACHABLE;
use crate::checks::polling::asking::{asked, looks};
use crate::checks::query::run::{query, work};
use crate::checks::{Check, Context, ReasonCode, Step, ensure, fail, field};
use crate::peer::Request;

pub(super) fn checks() -> Vec<Check> {
    let all = vec![
        check!("failures", "stream", "an event stream ends with the error", stream),
        check!("failures", "polled", "a failed transaction says so, with its error", polled),
        check!("failures", "stage", "the stage that failed says so", stage),
    ];
    all.into_iter().map(|check| UNREACHABLE.of(check)).collect()
}

/// The last event is the error, under the name `error`.
async fn stream(cx: Context) -> Step {
    let asking = query(&UNREACHABLE.asking(&json!({})));
    let request = Request::post_json(&cx.target().rest("/api/query"), &asking);
    let mut stream = cx.stream(request.header("Accept", "text/event-stream")).await?;
    let mut last = None;
    while let Some(event) = stream.next_event("the query's events", work(&cx)).await? {
        last = Some(event);
    }
    let Some(last) = last.filter(|last| last.name() == "error") else {
        return fail(ReasonCode::Missing, "error as the last event", "another one");
    };
    field::equals(&last.value, "code", "AGENT_UNAVAILABLE")?;
    let named = last.event.name.as_deref() == Some("error");
    ensure(named, ReasonCode::WrongValue, "an event called error", format!("{:?}", last.event.name))
}

/// The transaction of a failed query, when it is over.
async fn failed(cx: &Context) -> Step<Value> {
    let (_, id) = asked(cx, &UNREACHABLE.asking(&json!({}))).await?;
    Ok(looks(cx, &id).await?.pop().unwrap_or_default())
}

/// Status and error.
async fn polled(cx: Context) -> Step {
    let last = failed(&cx).await?;
    field::equals(&last, "status", "failed")?;
    field::equals(&last, "/error/code", "AGENT_UNAVAILABLE")
}

/// Of the stages one has failed: the one whose agent is not there.
async fn stage(cx: Context) -> Step {
    let last = failed(&cx).await?;
    let order = field::array(&last, "execution_order")?;
    let failed = |stage: &Value| stage["status"] == "failed";
    let found: Vec<&Value> = order.iter().filter(|stage| failed(stage)).collect();
    let one = found.len() == 1 && order.last().is_some_and(failed);
    ensure(one, ReasonCode::WrongValue, "the last stage alone as failed", json!(order))
}
