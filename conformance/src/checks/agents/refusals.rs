//! Jobs that are none.

use serde_json::{Value, json};

use super::job;
use crate::checks::query::run::STAGES;
use crate::checks::rest::operations::{body, status};
use crate::checks::{Check, Context, ReasonCode, Step, ensure, field};
use crate::peer::Request;

pub(super) fn checks() -> Vec<Check> {
    vec![
        check!("agents", "context-taken", "every agent reads the database of its job", context_taken),
        check!("agents", "bad-job", "what is no job is refused with what is wrong", bad_job),
        check!("agents", "method", "another method than POST is 405", method),
    ]
}

/// 400 with this code at the agent called `name`.
async fn refused(cx: &Context, name: &str, job: &str, code: &str) -> Step {
    let cx = cx.agent(name)?;
    let request = Request::new("POST", &cx.target().rest("/execute"));
    let request = request.header("Content-Type", "application/json").body(job.to_owned());
    let response = cx.http(request).await?;
    status(&response, 400)?;
    field::equals(&body(&response)?, "code", code)
}

/// Of the wrong type it is refused by each of them.
async fn context_taken(cx: Context) -> Step {
    for name in STAGES {
        let mut odd = job(&cx, &Value::Null);
        odd["database_context"] = json!("financial_db");
        refused(&cx, name, &odd.to_string(), "INVALID_MESSAGE").await?;
    }
    Ok(())
}

/// No JSON, and jobs that lack what they need.
async fn bad_job(cx: Context) -> Step {
    refused(&cx, STAGES[0], "{\"transaction_id\":", "INVALID_JSON").await?;
    for missing in ["transaction_id", "task"] {
        let mut job = job(&cx, &Value::Null);
        job.as_object_mut().map(|fields| fields.remove(missing));
        refused(&cx, STAGES[0], &job.to_string(), "INVALID_MESSAGE").await?;
    }
    Ok(())
}

/// GET starts nothing.
async fn method(cx: Context) -> Step {
    let cx = cx.agent(STAGES[0])?;
    let response = cx.http(Request::get(&cx.target().rest("/execute"))).await?;
    status(&response, 405)?;
    let allowed = response.field("Allow").unwrap_or_default();
    ensure(allowed.contains("POST"), ReasonCode::Missing, "POST in Allow", allowed)
}
