//! Results that are larger than they may be, on a target with small ones: 600 rows, 8 KiB of them when not streamed.

use serde_json::json;

use super::run::{Run, ask};
use crate::checks::{Check, Context, ReasonCode, Step, ensure, field};
use crate::target::Door;

/// What the variant is configured with.
const ROWS: usize = 600;
const BYTES: usize = 8 * 1024;
/// A question whose number of rows nobody has limited: the statement is cut, not the question.
const ALL: &str = "show revenue by customer";

pub(super) fn checks() -> Vec<Check> {
    let all = vec![
        check!("query", "row-cap", "at the cap of rows a result is cut, and says so", row_cap),
        check!(
            "query",
            "row-cap-asked",
            "who asks for more rows than the cap has as many as the cap",
            "max-rows-clamped",
            row_cap_asked
        ),
        check!("query", "whole-cut", "a whole result that is too large is cut, and says so", whole_cut),
    ];
    all.into_iter()
        .map(|check| check.features(&["small-results", "large-results"]).variant("small-results"))
        .collect()
}

/// A result that must have been cut.
async fn cut(cx: &Context, preferences: serde_json::Value) -> Step<Run> {
    let mut peer = cx.open(Door::Query).await?;
    let run = ask(cx, &mut peer, &json!({"query": ALL, "preferences": preferences})).await?;
    if run.terminal()?.value["details"]["reason"] == "not_understood" {
        return Err(cx.unseen("large-results", format!("{ALL:?} is not understood")));
    }
    field::equals(run.result()?, "truncated", true)?;
    Ok(run)
}

/// Streamed: exactly as many rows as the cap, counted, and `truncated`.
async fn rows(cx: &Context, preferences: serde_json::Value) -> Step {
    let run = cut(cx, preferences).await?;
    let mut rows = 0;
    for part in run.named("partial_result") {
        rows += field::array(&part.value, "rows")?.len();
    }
    ensure(rows == ROWS, ReasonCode::WrongValue, &format!("{ROWS} rows"), rows)?;
    field::equals(run.result()?, "row_count", ROWS)
}

/// Nothing is asked for.
async fn row_cap(cx: Context) -> Step {
    rows(&cx, json!({"stream": true})).await
}

/// A thousand times the cap is asked for.
async fn row_cap_asked(cx: Context) -> Step {
    rows(&cx, json!({"stream": true, "max_rows": ROWS * 1_000})).await
}

/// As many rows as there is room for: more than half of it is used, `row_count` counts what is there.
async fn whole_cut(cx: Context) -> Step {
    let run = cut(&cx, json!({})).await?;
    let result = run.result()?;
    let bytes = field::any(result, "rows")?.to_string().len();
    ensure(bytes <= BYTES, ReasonCode::WrongValue, &format!("{BYTES} bytes of rows at most"), bytes)?;
    let expected = format!("rows that fill {BYTES} bytes as far as they go");
    ensure(bytes > BYTES / 2, ReasonCode::WrongValue, &expected, format!("{bytes} bytes"))?;
    field::equals(result, "row_count", field::array(result, "rows")?.len())
}
