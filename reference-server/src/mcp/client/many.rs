//! Several calls at once: one message over the WebSocket, a few at a time over HTTP.

use futures_util::{StreamExt, stream};
use serde_json::{Map, Value};

use super::error::Trouble;
use super::statistics::{Recorder, Transport};
use super::{McpClient, McpError};
use crate::listener::TierError;
use crate::mcp::message::Call;

/// Calls of one message.
const LARGEST: usize = 64;
/// Calls under way at a time over HTTP.
const AT_A_TIME: usize = 8;

impl McpClient {
    /// Calls several tools at once; the answers come in the order of the calls, each with its own outcome.
    pub async fn batch(&self, calls: Vec<(&str, Map<String, Value>)>) -> Vec<Result<Value, McpError>> {
        let calls: Vec<Call> =
            calls.into_iter().map(|(name, arguments)| Call::new(name, arguments)).collect();
        let mut answers = Vec::with_capacity(calls.len());
        for calls in calls.chunks(LARGEST) {
            match self.together(calls).await {
                Some(outcomes) => answers.extend(outcomes),
                None => answers.extend(self.apart(calls).await),
            }
        }
        answers
    }

    /// One message; `None` when the WebSocket is not to be had, or is lost meanwhile.
    async fn together(&self, calls: &[Call]) -> Option<Vec<Result<Value, McpError>>> {
        let permit = self.inner.breaker.admit().ok()?;
        let Ok(websocket) = self.inner.websocket.admit() else {
            drop(permit);
            return None;
        };
        let mut recorders: Vec<Recorder> =
            calls.iter().map(|call| Recorder::new(&self.inner.statistics, &call.name)).collect();
        recorders.iter_mut().for_each(|recorder| recorder.over(Transport::WebSocket));
        let asked = async { self.socket().await?.call_all(calls).await };
        let limit = self.inner.timeouts.call;
        match tokio::time::timeout(limit, asked).await {
            Ok(Ok(outcomes)) => {
                websocket.success();
                permit.success();
                self.inner.statistics.batched();
                Some(
                    recorders
                        .into_iter()
                        .zip(outcomes)
                        .map(|(recorder, outcome)| told(recorder, outcome))
                        .collect(),
                )
            }
            Ok(Err(Trouble::Lost(cause) | Trouble::LostInside(cause))) => {
                websocket.failure();
                // Asked again over HTTP, where the outcome is counted.
                drop(permit);
                recorders.into_iter().for_each(Recorder::passed_on);
                tracing::debug!(%cause, "MCP WebSocket failed inside a batch, falling back to HTTP");
                None
            }
            Ok(Err(_)) => None,
            Err(_) => {
                permit.failure();
                recorders.into_iter().for_each(Recorder::timed_out);
                Some(calls.iter().map(|_| Err(McpError::Timeout { limit })).collect())
            }
        }
    }

    async fn apart(&self, calls: &[Call]) -> Vec<Result<Value, McpError>> {
        stream::iter(calls.to_vec()).map(|call| self.exchange(call, None)).buffered(AT_A_TIME).collect().await
    }
}

fn told(recorder: Recorder, outcome: Result<Value, TierError>) -> Result<Value, McpError> {
    match outcome {
        Ok(value) => {
            recorder.succeeded();
            Ok(value)
        }
        Err(error) => {
            recorder.failed();
            Err(McpError::Tool(error))
        }
    }
}
