//! The workflow `research`.

use serde_json::{Value, json};

use super::run::{Run, answered};
use crate::checks::{Check, Context, ReasonCode, Step, ensure, ensure_eq, field};

/// Its stages in their order.
const STAGES: [&str; 3] = ["research", "analyst", "reporting"];

pub(super) fn checks() -> Vec<Check> {
    let all = vec![
        check!("query", "research", "research answers with columns, rows and a chart", table),
        check!("query", "research-stages", "research runs its own three stages in order", stages),
        check!("query", "research-progress", "each stage of research is seen", progress),
        check!("query", "research-report", "research reports in words", report),
    ];
    all.into_iter().map(|check| check.features(&["research"])).collect()
}

async fn studied(cx: &Context) -> Step<Run> {
    let (_, run) = answered(cx, &json!({"preferences": {"workflow": "research"}})).await?;
    Ok(run)
}

/// A result like any other.
async fn table(cx: Context) -> Step {
    let run = studied(&cx).await?;
    let result = run.result()?;
    field::equals(result, "status", "completed")?;
    let columns = field::array(result, "columns")?;
    ensure(!columns.is_empty(), ReasonCode::Missing, "columns", "none")?;
    field::equals(result, "row_count", field::array(result, "rows")?.len())?;
    field::object(result, "/visualization/spec").map(|_| ())
}

/// Not those of the usual workflow.
async fn stages(cx: Context) -> Step {
    let run = studied(&cx).await?;
    for update in run.updates()? {
        let order = field::array(&update.value, "execution_order")?;
        let agents: Vec<&str> = order.iter().filter_map(|stage| stage["agent"].as_str()).collect();
        ensure_eq("execution_order", &agents, &STAGES.to_vec())?;
    }
    Ok(())
}

/// People watch research as they watch anything else.
async fn progress(cx: Context) -> Step {
    let run = studied(&cx).await?;
    for stage in STAGES {
        let seen = run.updates()?.iter().any(|update| update.value["current_agent"] == stage);
        ensure(seen, ReasonCode::Missing, &format!("progress of {stage} before the result"), "none")?;
    }
    Ok(())
}

/// Title, text, and findings that say how sure they are.
async fn report(cx: Context) -> Step {
    let run = studied(&cx).await?;
    let report = field::any(run.result()?, "report")?;
    field::text(report, "title")?;
    let text = field::text(report, "text")?;
    ensure(!text.trim().is_empty(), ReasonCode::WrongValue, "a report in words", format!("{text:?}"))?;
    for finding in field::array(report, "findings")? {
        field::text(finding, "statement")?;
        let sure: Value = field::any(finding, "confidence")?.clone();
        let share = sure.as_f64().is_some_and(|sure| (0.0..=1.0).contains(&sure));
        ensure(share, ReasonCode::WrongValue, "a confidence of 0 to 1", sure)?;
    }
    Ok(())
}
