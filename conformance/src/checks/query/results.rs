//! Results: whole, or streamed in parts.

use serde_json::{Value, json};

use super::run::{Run, STAGES, answered, ask};
use crate::checks::{Context, ReasonCode, Step, ensure, field};
use crate::target::Door;

/// Many rows, if the target's data have them.
pub(super) const MANY: &str = "Show me the top 1200 customers by total purchase amount";
/// Fewer rows than there are months.
const FEW: usize = 3;
/// Rows of one part at most.
const PART_ROWS: usize = 500;
/// A part's rows at most, as JSON.
const PART_BYTES: usize = 64 * 1024;

/// Columns have names and types, rows as many values, and the count is that of the rows.
pub(super) async fn table(cx: Context) -> Step {
    let (_, run) =
        answered(&cx, &json!({"query": "What is the average order value per month for 2024?"})).await?;
    let result = run.result()?;
    field::text(result, "sql")?;
    field::boolean(result, "truncated")?;
    let columns = field::array(result, "columns")?;
    for column in columns {
        field::text(column, "name")?;
        field::text(column, "type")?;
    }
    let rows = field::array(result, "rows")?;
    let widths = rows.iter().all(|row| row.as_array().is_some_and(|row| row.len() == columns.len()));
    let expected = format!("rows of {} values", columns.len());
    ensure(widths, ReasonCode::WrongValue, &expected, Value::from(rows.clone()))?;
    field::equals(result, "row_count", rows.len())
}

/// The chart is a Vega-Lite 5 specification over columns of the result.
pub(super) async fn chart(cx: Context) -> Step {
    let (_, run) =
        answered(&cx, &json!({"query": "What is the average order value per month for 2024?"})).await?;
    let result = run.result()?;
    field::text(result, "/visualization/chart_type")?;
    field::text(result, "/visualization/title")?;
    for axis in ["/visualization/x", "/visualization/y"] {
        if !field::any(result, axis)?.is_null() {
            let column = field::text(result, axis)?;
            let known = field::array(result, "columns")?.iter().any(|known| known["name"] == column);
            ensure(known, ReasonCode::WrongValue, &format!("{axis} as a column of the result"), column)?;
        }
    }
    let schema = field::text(result, "/visualization/spec/$schema")?;
    let vega = schema.contains("vega-lite/v5");
    ensure(vega, ReasonCode::WrongValue, "the schema of Vega-Lite 5", schema)
}

/// The time of each stage is told.
pub(super) async fn timings(cx: Context) -> Step {
    let (_, run) = answered(&cx, &json!({})).await?;
    for stage in STAGES {
        let time = field::number(run.result()?, &format!("/timings_ms/{stage}"))?;
        ensure(time >= 0.0, ReasonCode::WrongValue, "a time of 0 ms or more", time)?;
    }
    Ok(())
}

/// The result says which database it is from, and who chose it.
pub(super) async fn context(cx: Context) -> Step {
    let (_, run) = answered(&cx, &json!({})).await?;
    let database = field::text(run.result()?, "/database_context/database")?.to_owned();
    field::equals(run.result()?, "/database_context/source", "default")?;
    let named = json!({"database_context": {"database": database}});
    let (_, run) = answered(&cx, &named).await?;
    field::equals(run.result()?, "/database_context/database", database)?;
    field::equals(run.result()?, "/database_context/source", "message")
}

/// As many rows as were asked for and no more, where there are more, and the result says that it was cut; a whole one
/// says that it was not.
pub(super) async fn max_rows(cx: Context) -> Step {
    let question = "What is the average order value per month for 2024?";
    let (_, run) = answered(&cx, &json!({"query": question})).await?;
    let whole = field::array(run.result()?, "rows")?.len();
    field::equals(run.result()?, "truncated", false)?;
    if whole <= FEW {
        return Err(cx.unseen("large-results", format!("{question:?} has {whole} rows")));
    }
    let (_, run) = answered(&cx, &json!({"query": question, "preferences": {"max_rows": FEW}})).await?;
    let rows = field::array(run.result()?, "rows")?.len();
    ensure(rows == FEW, ReasonCode::WrongValue, &format!("{FEW} rows"), rows)?;
    field::equals(run.result()?, "row_count", FEW)?;
    field::equals(run.result()?, "truncated", true)
}

/// A streamed result of many rows.
pub(super) async fn streamed(cx: &Context) -> Step<Run> {
    let mut peer = cx.open(Door::Query).await?;
    let run = ask(cx, &mut peer, &json!({"query": MANY, "preferences": {"stream": true}})).await?;
    if run.terminal()?.value["details"]["reason"] == "not_understood" {
        return Err(cx.unseen("large-results", format!("{MANY:?} is not understood")));
    }
    run.result()?;
    ensure(!run.named("partial_result").is_empty(), ReasonCode::Missing, "partial_result", "none")?;
    Ok(run)
}

/// Parts are numbered from 0, one by one.
pub(super) async fn sequence(cx: Context) -> Step {
    let run = streamed(&cx).await?;
    for (number, part) in run.named("partial_result").iter().enumerate() {
        field::equals(&part.value, "sequence", number)?;
    }
    Ok(())
}

/// The columns are in the first part and in no other.
pub(super) async fn columns_first(cx: Context) -> Step {
    let run = streamed(&cx).await?;
    let parts = run.named("partial_result");
    for column in field::array(&parts[0].value, "columns")? {
        field::text(column, "name")?;
        field::text(column, "type")?;
    }
    parts[1..].iter().try_for_each(|part| field::absent(&part.value, "columns"))
}

/// No part is larger than 500 rows or 64 KiB.
pub(super) async fn part_size(cx: Context) -> Step {
    let run = streamed(&cx).await?;
    for part in run.named("partial_result") {
        let rows = field::array(&part.value, "rows")?;
        ensure(rows.len() <= PART_ROWS, ReasonCode::WrongValue, "500 rows a part at most", rows.len())?;
        let bytes = field::any(&part.value, "rows")?.to_string().len();
        // A single row may be larger than any part.
        let fits = bytes <= PART_BYTES || rows.len() == 1;
        ensure(fits, ReasonCode::WrongValue, "64 KiB of rows a part at most", bytes)?;
    }
    Ok(())
}

/// The parts together are the result: as many rows as it counts, and it repeats none of them.
pub(super) async fn parts_are_all(cx: Context) -> Step {
    let run = streamed(&cx).await?;
    let mut rows = 0;
    for part in run.named("partial_result") {
        rows += field::array(&part.value, "rows")?.len();
    }
    field::equals(run.result()?, "row_count", rows)?;
    let repeated = field::array(run.result()?, "rows")?.len();
    ensure(repeated == 0, ReasonCode::Duplicate, "no rows in a streamed result", repeated)
}
