//! Chooses a chart for the rows.

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::agents::viz::visualize;
use crate::agents::{Agent, Job, Progress};
use crate::database::{ResultColumn, Row};
use crate::mcp::TierError;

/// The third stage.
#[derive(Debug)]
pub(in crate::agents) struct Viz;

/// What it needs of the stage before.
#[derive(Debug, Deserialize)]
struct Input {
    columns: Vec<ResultColumn>,
    #[serde(default)]
    rows: Vec<Row>,
    /// First rows of a streamed result.
    #[serde(default)]
    sample: Vec<Row>,
    #[serde(default)]
    title: String,
}

fn choose(job: &Job) -> Result<Value, TierError> {
    let input = Input::deserialize(&job.input)
        .map_err(|error| TierError::new("INVALID_MESSAGE", format!("input: {error}")))?;
    let rows = if input.rows.is_empty() { &input.sample } else { &input.rows };
    if let Some(row) = rows.iter().find(|row| row.len() != input.columns.len()) {
        let message =
            format!("input: a row has {} values, there are {} columns", row.len(), input.columns.len());
        return Err(TierError::new("INVALID_MESSAGE", message));
    }
    Ok(json!({ "visualization": visualize(&input.columns, rows, &input.title) }))
}

impl Agent for Viz {
    fn name(&self) -> &'static str {
        "viz"
    }

    fn tasks(&self) -> &'static [&'static str] {
        &["Generating Viz...", "Choosing a chart..."]
    }

    fn delay_twentieths(&self) -> u32 {
        5
    }

    fn run<'a>(&'a self, job: &'a Job, _progress: &'a Progress) -> BoxFuture<'a, Result<Value, TierError>> {
        async move { choose(job) }.boxed()
    }
}
