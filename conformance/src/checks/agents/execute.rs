//! Work that is done: the answer, its events, its database.

use serde_json::{Value, json};

use super::{executed, job};
use crate::checks::query::run::STAGES;
use crate::checks::{Check, Context, ReasonCode, Step, ensure, ensure_eq, fail, field};

pub(super) fn checks() -> Vec<Check> {
    vec![
        check!("agents", "execute", "each agent does its stage when it is asked alone", stages),
        check!("agents", "events", "an answer tells of the agent's own work, from begin to end", events),
        check!("agents", "context", "an unknown database in a job fails it", context),
    ]
}

/// Object, status, output, events and times; what one puts out the next takes in.
async fn stages(cx: Context) -> Step {
    let mut input = Value::Null;
    for name in STAGES {
        let answer = executed(&cx, name, &job(&cx, &input)).await?;
        field::equals(&answer, "status", "completed")?;
        field::array(&answer, "events")?;
        let timings = field::object(&answer, "timings_ms")?;
        let told = !timings.is_empty() && timings.values().all(|time| time.as_f64() >= Some(0.0));
        ensure(told, ReasonCode::WrongValue, "timings_ms in numbers", &answer)?;
        input = field::any(&answer, "output")?.clone();
        ensure(!input.is_null(), ReasonCode::Missing, &format!("an output of {name}"), &answer)?;
    }
    Ok(())
}

/// Of this agent, begun first and completed last.
async fn events(cx: Context) -> Step {
    let name = STAGES[0];
    let answer = executed(&cx, name, &job(&cx, &Value::Null)).await?;
    let events = field::array(&answer, "events")?;
    for event in events {
        field::equals(event, "agent", name)?;
        field::text(event, "event_id")?;
        field::text(event, "message")?;
        field::timestamp(event, "timestamp")?;
    }
    let (Some(first), Some(last)) = (events.first(), events.last()) else {
        return fail(ReasonCode::Missing, "events", "none");
    };
    ensure_eq("first event", &field::text(first, "event_type")?, &"agent_started")?;
    ensure_eq("last event", &field::text(last, "event_type")?, &"agent_completed")
}

/// A database that is not there; no agent falls back to another.
async fn context(cx: Context) -> Step {
    let [nlp, data, _] = STAGES;
    let done = executed(&cx, nlp, &job(&cx, &Value::Null)).await?;
    for (name, input) in [(nlp, &Value::Null), (data, &done["output"])] {
        let mut elsewhere = job(&cx, input);
        elsewhere["database_context"] = json!({"database": "no_such_database"});
        let answer = executed(&cx, name, &elsewhere).await?;
        if answer["status"] == "completed" {
            return fail(
                ReasonCode::Accepted,
                format!("{name} to fail for an unknown database"),
                answer.to_string(),
            );
        }
        field::equals(&answer, "status", "failed")?;
        field::equals(&answer, "/error/code", "DATABASE_CONTEXT_INVALID")?;
    }
    Ok(())
}
