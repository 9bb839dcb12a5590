//! Calling a tool: progress while it runs, a stop when the client cancels, the result as structured content.

use std::time::{Duration, Instant};

use rmcp::model::{
    CallToolRequestParams, CallToolResult, ContentBlock, JsonObject, LoggingLevel, ProgressNotificationParam,
    ProgressToken, Tool, ToolAnnotations,
};
use rmcp::service::RequestContext;
use rmcp::{ErrorData, RoleServer};
use serde_json::{Value, json};
use tokio::sync::mpsc;

use super::logging::Level;
use crate::listener::TierError;
use crate::mcp::message::Call;
use crate::mcp::tools::{Contract, NAMES, Tools, contracts};

/// Time between two progress notifications.
const TICK: Duration = Duration::from_secs(1);

/// The tools with their schemas and annotations: all of them only read, and reading twice is as good as once.
pub(super) fn tools() -> Vec<Tool> {
    contracts().into_iter().map(tool).collect()
}

fn tool(contract: Contract) -> Tool {
    let annotations = ToolAnnotations::with_title(contract.title)
        .read_only(true)
        .destructive(false)
        .idempotent(true)
        .open_world(false);
    Tool::new(contract.name, contract.description, contract.input)
        .with_title(contract.title)
        .with_raw_output_schema(contract.output.into())
        .with_annotations(annotations)
}

/// Calls one of the tools.
pub(super) async fn call(
    tools: &Tools,
    level: &Level,
    limit: Duration,
    request: CallToolRequestParams,
    context: &RequestContext<RoleServer>,
) -> Result<CallToolResult, ErrorData> {
    let name = request.name.into_owned();
    let Some(contract) = contracts().into_iter().find(|contract| contract.name == name) else {
        return Err(ErrorData::invalid_params("unknown tool", Some(json!({ "tools": NAMES }))));
    };
    let arguments = request.arguments.unwrap_or_default();
    if let Some(error) = unknown_argument(&contract, &arguments) {
        return Ok(failed(&error));
    }
    level.say(LoggingLevel::Debug, json!({ "tool": name, "arguments": arguments }), context).await;
    let began = Instant::now();
    let traceparent = context.meta.get_traceparent().map(str::to_owned);
    let outcome = run(tools, Call { name: name.clone(), arguments, traceparent }, limit, context).await;
    let elapsed_ms = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
    match outcome {
        Ok(result) => {
            let mut said = json!({ "tool": name, "elapsed_ms": elapsed_ms });
            if let Some(rows) = result.get("row_count") {
                said["row_count"] = rows.clone();
            }
            level.say(LoggingLevel::Info, said, context).await;
            Ok(CallToolResult::structured(result))
        }
        Err(error) => {
            let said = json!({ "tool": name, "elapsed_ms": elapsed_ms, "code": error.code });
            level.say(LoggingLevel::Warning, said, context).await;
            Ok(failed(&error))
        }
    }
}

/// Runs the call until it is done, its time is over, or the client cancels; dropping it stops the statement.
async fn run(
    tools: &Tools,
    call: Call,
    limit: Duration,
    context: &RequestContext<RoleServer>,
) -> Result<Value, TierError> {
    let (pieces, _) = mpsc::channel(1);
    let work = async {
        tokio::time::timeout(limit, tools.call(call, pieces)).await.unwrap_or_else(|_| {
            Err(TierError::new("QUERY_TIMEOUT", format!("the call took longer than {limit:?}")))
        })
    };
    let cancelled =
        || TierError::new("QUERY_FAILED", "cancelled").with_details(json!({ "reason": "cancelled" }));
    let Some(token) = context.meta.get_progress_token() else {
        return tokio::select! {
            outcome = work => outcome,
            () = context.ct.cancelled() => Err(cancelled()),
        };
    };
    let mut progress = Progress { context, token, steps: 0.0 };
    progress.tell("running").await;
    let began = Instant::now();
    let mut ticks = tokio::time::interval_at(tokio::time::Instant::now() + TICK, TICK);
    tokio::pin!(work);
    let outcome = loop {
        tokio::select! {
            outcome = &mut work => break outcome,
            () = context.ct.cancelled() => return Err(cancelled()),
            _ = ticks.tick() => progress.tell(&format!("running for {} s", began.elapsed().as_secs())).await,
        }
    };
    let rows = outcome.as_ref().ok().and_then(|result| result.get("row_count")).and_then(Value::as_u64);
    progress.tell(&rows.map_or_else(|| "done".to_owned(), |rows| format!("done, {rows} rows"))).await;
    outcome
}

/// Progress of one call. How long a statement takes is not known before it ends, so there is no total; the
/// number only rises.
struct Progress<'a> {
    context: &'a RequestContext<RoleServer>,
    token: ProgressToken,
    steps: f64,
}

impl Progress<'_> {
    async fn tell(&mut self, message: &str) {
        let note = ProgressNotificationParam::new(self.token.clone(), self.steps).with_message(message);
        self.steps += 1.0;
        if let Err(error) = self.context.peer.notify_progress(note).await {
            tracing::debug!(%error, "progress not delivered");
        }
    }
}

/// The tool ran and said no: the model is to read why, so it is a result and no protocol error.
fn failed(error: &TierError) -> CallToolResult {
    CallToolResult::error(vec![ContentBlock::text(json!(error).to_string())])
}

fn unknown_argument(contract: &Contract, arguments: &JsonObject) -> Option<TierError> {
    let known = contract.input.get("properties")?.as_object()?;
    let name = arguments.keys().find(|name| !known.contains_key(*name))?;
    let shown: String = name.chars().take(64).collect();
    let error = TierError::new("INVALID_MESSAGE", format!("arguments: unknown field `{shown}`"));
    Some(error.with_details(json!({ "arguments": known.keys().collect::<Vec<_>>() })))
}
