//! Computes growth, seasonality and outliers of gathered series.

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::agents::analysis::{FindingKind, Groups, Series, findings};
use crate::agents::{Agent, Belief, Job, Progress};
use crate::mcp::TierError;

/// The second stage of research.
#[derive(Debug)]
pub(in crate::agents) struct Analyst;

/// What it needs of the stage before.
#[derive(Debug, Deserialize)]
struct Input {
    series: Series,
    #[serde(default)]
    volume: Option<Series>,
    #[serde(default)]
    groups: Option<Groups>,
    #[serde(default)]
    subject: String,
    #[serde(default)]
    title: String,
    #[serde(default)]
    columns: Value,
    #[serde(default)]
    statements: Value,
}

async fn analyse(job: &Job, progress: &Progress) -> Result<Value, TierError> {
    let input = Input::deserialize(&job.input)
        .map_err(|error| TierError::new("INVALID_MESSAGE", format!("input: {error}")))?;
    progress.beliefs(&["measure growth", "look for a season", "find what is far off"], Vec::new()).await;
    let analysed = findings(&input.series, input.volume.as_ref(), input.groups.as_ref());
    let Some(analysis) = analysed else {
        return Err(TierError::new("QUERY_REJECTED", "there are no values to analyse")
            .with_details(json!({ "reason": "no_data" })));
    };
    let told = analysis.findings.iter().filter(|finding| finding.kind != FindingKind::Caveat);
    let beliefs = told.map(|finding| Belief::new(finding.statement.clone(), finding.confidence)).collect();
    progress.beliefs(&["hand the findings on"], beliefs).await;
    Ok(json!({
        "subject": input.subject,
        "title": input.title,
        "columns": input.columns,
        "series": input.series,
        "statements": input.statements,
        "analysis": analysis,
    }))
}

impl Agent for Analyst {
    fn name(&self) -> &'static str {
        "analyst"
    }

    fn tasks(&self) -> &'static [&'static str] {
        &["Analysing series...", "Looking for a season...", "Looking for outliers..."]
    }

    fn delay_twentieths(&self) -> u32 {
        7
    }

    fn run<'a>(&'a self, job: &'a Job, progress: &'a Progress) -> BoxFuture<'a, Result<Value, TierError>> {
        analyse(job, progress).boxed()
    }
}
