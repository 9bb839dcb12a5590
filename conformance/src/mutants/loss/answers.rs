//! Faults of answers: the wrong one, none, or one too many.

use serde_json::{Value, json};

use crate::checks::field;
use crate::mutants::shared::About;
use crate::mutants::{Action, Mutant, Out, Reply, edit};
use crate::peer::{Message, Response};

/// Results become cancellations.
fn cancelled(value: &Value) -> Action {
    if field::name(value) != "query_result" {
        return Action::Pass;
    }
    let mut cancelled = value.clone();
    cancelled["type"] = json!("query_cancelled");
    cancelled["status"] = json!("cancelled");
    Action::replace(Message::json(&cancelled))
}

/// The query of the agent is cancelled.
pub(super) fn result_cancelled(about: About) -> Mutant {
    about.mutant("", || |_: &Message, value: &Value| cancelled(value))
}

/// The other window hears that the query was cancelled.
pub(super) fn beside_cancelled(about: About) -> Mutant {
    about.mutant("-beside", || |_: &Message, value: &Value| cancelled(value))
}

/// The server does not look at `query_id`.
pub(super) fn query_id_unread(about: About) -> Mutant {
    Mutant::wire(about.id, about.description, about.check, about.reason, || {
        edit::client_messages(|message| {
            let Some(mut query) = message.to_json().filter(|query| query["query_id"] == "unsure") else {
                return Action::Pass;
            };
            query.as_object_mut().map(|fields| fields.remove("query_id"));
            Action::Do(vec![Out::Server(Message::json(&query))])
        })
    })
}

/// Sessions are said to have one connection more than they have.
pub(super) fn one_more_counted(about: About) -> Mutant {
    Mutant::wire(about.id, about.description, about.check, about.reason, || {
        edit::edit_response(|request, response| {
            let Ok(mut found) = serde_json::from_slice::<Value>(&response.body) else { return };
            if request.target.contains("/api/sessions/") && found["connections"].is_u64() {
                found["connections"] = json!(found["connections"].as_u64().unwrap_or_default() + 1);
                response.set_body(found.to_string().into_bytes());
            }
        })
    })
}

/// The second of several heartbeats is not answered.
pub(super) fn one_heartbeat_unanswered(about: About) -> Mutant {
    about.mutant("", || {
        |_: &Message, value: &Value| {
            if value["correlation_id"] == "h-2" { Action::drop() } else { Action::Pass }
        }
    })
}

/// A command is not found.
pub(super) fn command_not_found(about: About) -> Mutant {
    about.mutant("", || {
        |_: &Message, value: &Value| {
            if field::name(value) != "command_result" {
                return Action::Pass;
            }
            let error = json!({"type": "error", "code": "NOT_FOUND", "message": "no such transaction",
                "id": value["id"], "timestamp": crate::checks::now()});
            Action::replace(Message::json(&error))
        }
    })
}

/// Heartbeats are answered with another's id.
pub(super) fn heartbeat_mixed_up(about: About) -> Mutant {
    about.mutant("", || {
        |_: &Message, value: &Value| {
            if field::name(value) != "heartbeat_response" {
                return Action::Pass;
            }
            let mut other = value.clone();
            other["correlation_id"] = json!("somebody-else");
            Action::replace(Message::json(&other))
        }
    })
}

/// The upgrade of the check is refused.
pub(super) fn upgrade_refused(about: About) -> Mutant {
    let slug = about.agent();
    Mutant::wire(about.id, about.description, about.check, about.reason, move || {
        edit::on_request(move |request| {
            if request.field("X-Request-Id") == Some(slug) {
                return Reply::Answer(Response::new(408, "Request Timeout", ""));
            }
            Reply::Pass
        })
    })
}

/// The query over HTTP fails.
pub(super) fn post_fails(about: About) -> Mutant {
    let slug = about.agent();
    Mutant::wire(about.id, about.description, about.check, about.reason, move || {
        edit::edit_response(move |request, response| {
            if request.field("X-Request-Id") == Some(slug) {
                response.status = 503;
                "Service Unavailable".clone_into(&mut response.reason);
            }
        })
    })
}
