//! What a streamed result is made of, and how large a whole one may be.

use serde_json::{Value, json};

use super::results::{MANY, streamed};
use super::run::ask;
use crate::checks::{Check, Context, ReasonCode, Step, ensure, fail, field, now};
use crate::target::Door;

/// Rows of a whole result at most, as JSON.
const WHOLE_BYTES: usize = 512 * 1024;
/// A question that no row answers.
const NOTHING: &str = "show revenue by region for 1999";
/// Equal numbers may stand in another order when the same is asked again.
const ATTEMPTS: usize = 2;

pub(super) fn checks() -> Vec<Check> {
    vec![
        check!("query", "stream-named", "each part of a result names its transaction", named),
        check!("query", "stream-same", "the parts of a result are the rows of the whole one", same),
        check!("query", "stream-typed", "in the typed dialect parts are events", typed),
        check!("query", "stream-meanwhile", "parts come while the data stage runs", meanwhile),
        check!("query", "stream-empty", "an empty result is one part with columns", empty),
        check!("query", "whole-size", "a whole result has at most 512 KiB of rows", size),
    ]
}

/// It is of one query among others.
async fn named(cx: Context) -> Step {
    let run = streamed(&cx).await?;
    for part in run.named("partial_result") {
        field::equals(&part.value, "transaction_id", run.transaction()?)?;
    }
    Ok(())
}

/// The rows of some messages, one by one, in an order that does not depend on theirs.
fn rows(messages: &[&Value]) -> Step<Vec<String>> {
    let mut rows = Vec::new();
    for message in messages {
        rows.extend(field::array(message, "rows")?.iter().map(Value::to_string));
    }
    rows.sort_unstable();
    Ok(rows)
}

/// Put together they are what would have come at once.
async fn same(cx: Context) -> Step {
    let mut differs = String::new();
    for _ in 0..ATTEMPTS {
        let run = streamed(&cx).await?;
        let parts: Vec<&Value> = run.named("partial_result").iter().map(|part| &part.value).collect();
        let parts = rows(&parts)?;
        let mut peer = cx.open(Door::Query).await?;
        let whole = ask(&cx, &mut peer, &json!({"query": MANY})).await?;
        let whole = rows(&[whole.result()?])?;
        if parts == whole {
            return Ok(());
        }
        let other = parts.iter().find(|part| whole.binary_search(part).is_err());
        differs = format!("{} rows in parts, {} at once, only in parts: {other:?}", parts.len(), whole.len());
    }
    fail(ReasonCode::WrongValue, "the same rows in parts and at once", differs)
}

/// Events like progress is; the response has no rows.
async fn typed(cx: Context) -> Step {
    let mut peer = cx.open(Door::Demo).await?;
    let wanted = json!({"id": "p-1", "timestamp": now(), "preferences": {"stream": true}});
    let run = ask(&cx, &mut peer, &wanted).await?;
    let parts = run.named("partial_result");
    ensure(!parts.is_empty(), ReasonCode::Missing, "partial_result as an event", "none")?;
    for (number, part) in parts.iter().enumerate() {
        field::equals(&part.value, "type", "event")?;
        field::equals(&part.value, "/payload/sequence", number)?;
        field::array(&part.value, "/payload/rows")?;
    }
    let repeated = field::array(&run.terminal()?.value, "/result/rows")?.len();
    ensure(repeated == 0, ReasonCode::Duplicate, "no rows in the response", repeated)
}

/// No update that tells the end of the data stage comes before a part.
async fn meanwhile(cx: Context) -> Step {
    let run = streamed(&cx).await?;
    let mut over = false;
    for message in &run.messages {
        let stages = message.value.get("execution_order").and_then(Value::as_array);
        over |= stages
            .into_iter()
            .flatten()
            .any(|stage| stage["agent"] == "data" && stage["status"] == "completed");
        let part = field::name(&message.value) == "partial_result";
        let expected = "every part before the data stage is told as completed";
        ensure(!(part && over), ReasonCode::WrongOrder, expected, &message.value["sequence"])?;
    }
    Ok(())
}

/// Number 0, with columns and without rows.
async fn empty(cx: Context) -> Step {
    let mut peer = cx.open(Door::Query).await?;
    let run = ask(&cx, &mut peer, &json!({"query": NOTHING, "preferences": {"stream": true}})).await?;
    if field::integer(run.result()?, "row_count")? > 0 {
        return Err(cx.unseen("empty-results", format!("{NOTHING:?} has rows")));
    }
    let parts = run.named("partial_result");
    let [part] = parts[..] else {
        let code = if parts.is_empty() { ReasonCode::Missing } else { ReasonCode::Duplicate };
        return fail(code, "one partial_result", parts.len().to_string());
    };
    field::equals(&part.value, "sequence", 0)?;
    field::equals(&part.value, "rows", json!([]))?;
    let columns = field::array(&part.value, "columns")?.len();
    ensure(columns > 0, ReasonCode::Missing, "the columns of an empty result", columns)
}

/// More is cut, and said to be.
async fn size(cx: Context) -> Step {
    let mut peer = cx.open(Door::Query).await?;
    let question = "Show me the top 9000 customers by total purchase amount";
    let run = ask(&cx, &mut peer, &json!({"query": question})).await?;
    if run.terminal()?.value["details"]["reason"] == "not_understood" {
        return Err(cx.unseen("large-results", format!("{question:?} is not understood")));
    }
    let bytes = field::any(run.result()?, "rows")?.to_string().len();
    ensure(bytes <= WHOLE_BYTES, ReasonCode::WrongValue, "512 KiB of rows at most", bytes)
}
