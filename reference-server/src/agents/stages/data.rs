//! Runs the statement through the MCP server.

use std::sync::Arc;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::sync::mpsc;

use crate::agents::{Agent, Job, Parts, Progress};
use crate::config::Config;
use crate::database::Row;
use crate::mcp::{McpClient, Rows, Statement, Summary, TierError};

/// Rows of a streamed result that are kept for the next stage.
const SAMPLE: usize = 200;
/// Pieces between the MCP client and the answer.
const PIECES: usize = 2;

/// The second stage.
#[derive(Debug)]
pub(in crate::agents) struct Data {
    mcp: McpClient,
    config: Arc<Config>,
}

/// What it needs of the stage before.
#[derive(Debug, Deserialize)]
struct Input {
    sql: String,
    #[serde(default)]
    title: String,
}

impl Data {
    pub(in crate::agents) fn new(parts: &Parts) -> Self {
        Self { mcp: parts.mcp.clone(), config: Arc::clone(&parts.config) }
    }

    async fn fetch(&self, job: &Job, progress: &Progress) -> Result<Value, TierError> {
        let input = Input::deserialize(&job.input)
            .map_err(|error| TierError::new("INVALID_MESSAGE", format!("input: {error}")))?;
        let cap = self.config.database.max_rows;
        let statement = Statement {
            database: job.database_context.database.clone(),
            sql: input.sql,
            max_rows: Some(job.task.max_rows.map_or(cap, |asked| asked.clamp(1, cap))),
        };
        if !job.task.stream {
            let summary = self.mcp.execute(&statement).await.map_err(|error| error.to_tier_error())?;
            return Ok(output(summary, &input.title));
        }
        let (pieces, received) = mpsc::channel(PIECES);
        let (summary, sample) =
            tokio::join!(self.mcp.execute_streamed(&statement, pieces), forward(received, progress));
        let mut value = output(summary.map_err(|error| error.to_tier_error())?, &input.title);
        value["sample"] = json!(sample);
        Ok(value)
    }
}

fn output(summary: Summary, title: &str) -> Value {
    json!({
        "sql": summary.sql,
        "columns": summary.columns,
        "rows": summary.rows,
        "row_count": summary.row_count,
        "truncated": summary.truncated,
        "title": title,
        "sql_ms": if summary.cached { 0.0 } else { summary.elapsed_ms },
    })
}

/// Hands pieces on as they come and keeps the first rows. The columns go with the first rows, or alone if
/// there are none.
async fn forward(mut received: mpsc::Receiver<Rows>, progress: &Progress) -> Vec<Row> {
    let mut columns = None;
    let mut sample = Vec::new();
    while let Some(piece) = received.recv().await {
        if piece.columns.is_some() {
            columns = piece.columns;
        }
        if piece.rows.is_empty() {
            continue;
        }
        let room = SAMPLE.saturating_sub(sample.len());
        sample.extend(piece.rows.iter().take(room).cloned());
        progress.partial(columns.take(), piece.rows).await;
    }
    if let Some(columns) = columns {
        progress.partial(Some(columns), Vec::new()).await;
    }
    sample
}

impl Agent for Data {
    fn name(&self) -> &'static str {
        "data"
    }

    fn tasks(&self) -> &'static [&'static str] {
        &["Executing SQL...", "Fetching rows..."]
    }

    fn delay_twentieths(&self) -> u32 {
        7
    }

    fn run<'a>(&'a self, job: &'a Job, progress: &'a Progress) -> BoxFuture<'a, Result<Value, TierError>> {
        self.fetch(job, progress).boxed()
    }
}
