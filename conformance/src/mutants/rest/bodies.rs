//! Faults of reading bodies.

use serde_json::{Value, json};

use super::edit_body;
use crate::checks::ReasonCode::{self, WrongStatus, WrongValue};
use crate::mutants::{Fault, Mutant, Reply, edit};
use crate::peer::Request;

pub(super) fn mutants() -> Vec<Mutant> {
    [reading(), meaning()].concat()
}

/// Bodies of requests are changed before the server sees them.
struct Changed<F>(F);

impl<F: Fn(&mut Value) + Send> Fault for Changed<F> {
    fn reads_bodies(&self) -> bool {
        true
    }

    fn on_request(&mut self, request: &Request) -> Reply {
        let Ok(mut body) = serde_json::from_slice::<Value>(&request.body) else { return Reply::Pass };
        let before = body.clone();
        (self.0)(&mut body);
        if body == before { Reply::Pass } else { Reply::Rewrite(request.clone().body(body.to_string())) }
    }
}

/// What `change` makes of JSON before it is read.
fn before(
    id: &'static str,
    check: &'static str,
    reason: ReasonCode,
    description: &'static str,
    change: fn(&mut Value),
) -> Mutant {
    Mutant::wire(id, description, check, reason, move || Changed(change))
}

fn reading() -> Vec<Mutant> {
    vec![
        Mutant::wire(
            "rest.chunks-unread",
            "a body must say how long it is",
            "rest.body-chunked",
            WrongStatus,
            || {
                edit::edit_response(|request, response| {
                    if request.field("Transfer-Encoding").is_some() {
                        response.status = 411;
                    }
                })
            },
        ),
        Mutant::wire(
            "rest.bad-json-as-message",
            "what is no JSON is taken for a bad message",
            "rest.body-strict",
            WrongValue,
            || {
                edit::edit_response(|request, response| {
                    // What is plainly no JSON is the affair of another check.
                    if request.field("Content-Type").is_some() && response.status == 400 {
                        edit_body(response, |body| body["code"] = json!("INVALID_MESSAGE"));
                    }
                })
            },
        ),
        Mutant::wire(
            "rest.no-object-as-rejected",
            "JSON that is no object is a rejected question",
            "rest.body-no-object",
            WrongStatus,
            || {
                edit::edit_response(|request, response| {
                    if request.target.ends_with("/api/query") && response.status == 400 {
                        response.status = 422;
                    }
                })
            },
        ),
    ]
}

fn meaning() -> Vec<Mutant> {
    vec![
        before(
            "rest.preferences-unread",
            "rest.preferences",
            WrongStatus,
            "preferences that there are not are passed over",
            |body| {
                if let Some(fields) = body.as_object_mut() {
                    fields.remove("preferences");
                }
            },
        ),
        Mutant::wire(
            "rest.cancelled-as-well",
            "who waits for a cancelled query gets 200",
            "rest.query-cancelled",
            WrongStatus,
            || {
                edit::edit_response(|_, response| {
                    if response.status == 409 {
                        response.status = 200;
                    }
                })
            },
        ),
    ]
}
