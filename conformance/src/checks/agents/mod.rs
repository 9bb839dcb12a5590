//! Agents, asked by themselves (§12): `POST {agent_url}/execute`.

mod execute;
mod refusals;

use serde_json::{Value, json};

use super::{Check, Context, Step};
use crate::checks::query::run::QUESTION;
use crate::checks::rest::operations::{body, status};
use crate::peer::Request;

/// Time for the work of one agent (before scaling).
const WORK: std::time::Duration = std::time::Duration::from_secs(5);
/// The database of jobs.
const DATABASE: &str = "financial_db";

pub(crate) fn checks() -> Vec<Check> {
    let lists = [execute::checks(), refusals::checks()];
    lists.concat().into_iter().map(|check| check.features(&["agents"])).collect()
}

/// A job in a session of its own.
fn job(cx: &Context, input: &Value) -> Value {
    let session = cx.fresh_session();
    json!({
        "transaction_id": format!("tx-{session}"), "session_id": session, "task": {"query": QUESTION},
        "input": input, "database_context": {"database": DATABASE},
    })
}

/// What the agent called `name` makes of `job`.
async fn executed(cx: &Context, name: &str, job: &Value) -> Step<Value> {
    let cx = cx.agent(name)?;
    let request = Request::post_json(&cx.target().rest("/execute"), job);
    let response = cx.http_within(request, WORK).await?;
    status(&response, 200)?;
    body(&response)
}
