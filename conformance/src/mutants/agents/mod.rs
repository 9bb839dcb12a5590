//! Deliberate violations for the area `agents`, in front of the agents.

use serde_json::{Value, json};

use super::{Fault, Mutant, edit};
use crate::checks::ReasonCode;
use crate::peer::Response;

pub(crate) fn mutants() -> Vec<Mutant> {
    use ReasonCode::{Accepted, Missing, WrongStatus, WrongValue};
    vec![
        Mutant::wire(
            "agents.output-left-out",
            "an agent keeps what it made",
            "agents.execute",
            Missing,
            || answers(|answer| drop(answer.as_object_mut().map(|fields| fields.remove("output")))),
        ),
        Mutant::wire(
            "agents.done-as-ok",
            "an agent has a status of its own",
            "agents.execute",
            WrongValue,
            || answers(|answer| answer["status"] = json!("ok")),
        ),
        Mutant::wire(
            "agents.end-untold",
            "an agent does not tell that it is done",
            "agents.events",
            WrongValue,
            || answers(|answer| drop(answer["events"].as_array_mut().map(Vec::pop))),
        ),
        Mutant::wire(
            "agents.falls-back",
            "an unknown database is another one's work",
            "agents.context",
            Accepted,
            || {
                answers(|answer| {
                    if answer["status"] == "failed" {
                        *answer = json!({"status": "completed", "output": {}, "events": [], "timings_ms": {"total": 1}});
                    }
                })
            },
        ),
        Mutant::wire(
            "agents.context-skipped",
            "a context is skipped over",
            "agents.context-taken",
            WrongStatus,
            || refusals("INVALID_MESSAGE", |response| response.status = 200),
        ),
        Mutant::wire(
            "agents.no-json-as-fault",
            "what is no JSON is a fault",
            "agents.bad-job",
            WrongStatus,
            || refusals("INVALID_JSON", |response| response.status = 500),
        ),
        Mutant::wire("agents.allow-left-out", "a 405 says nothing of POST", "agents.method", Missing, || {
            edit::edit_response(|_, response| response.set_field("Allow", None))
        }),
    ]
}

/// Changes the answers to jobs.
fn answers(change: impl Fn(&mut Value) + Send) -> impl Fault {
    edit::edit_response(move |_, response| {
        if let Some(mut answer) = response.json().filter(|answer| answer.get("status").is_some()) {
            change(&mut answer);
            response.set_body(answer.to_string());
        }
    })
}

/// Changes refusals with this code.
fn refusals(code: &'static str, change: impl Fn(&mut Response) + Send) -> impl Fault {
    edit::edit_response(move |_, response| {
        if response.json().is_some_and(|body| body["code"] == code) {
            change(response);
        }
    })
}
