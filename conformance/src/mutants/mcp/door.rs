//! Faults of the door and its HTTP side.

use serde_json::{Value, json};

use super::answers::take;
use crate::checks::ReasonCode;
use crate::mutants::{Fault, Mutant, edit};
use crate::peer::{Message, Response};

/// Changes responses to requests for `path`.
fn at<E>(path: &'static str, change: E) -> impl Fault
where
    E: FnMut(&mut Response) + Send,
{
    let mut change = change;
    edit::edit_response(move |request, response| {
        if request.target == path && response.status != 101 {
            change(response);
        }
    })
}

/// Changes the JSON object in a response.
fn body(response: &mut Response, change: impl FnOnce(&mut Value)) {
    if let Some(mut body) = response.json().filter(Value::is_object) {
        change(&mut body);
        response.set_body(body.to_string());
    }
}

fn of_upgrade() -> Vec<Mutant> {
    vec![
        Mutant::wire(
            "mcp.health-silent",
            "health does not say that the server runs",
            "mcp.health",
            ReasonCode::Missing,
            || at("/health", |response| body(response, |body| drop(take(body, "mcp_server_running")))),
        ),
        Mutant::wire(
            "mcp.health-of-another",
            "health has a service name of its own",
            "mcp.health",
            ReasonCode::WrongValue,
            || at("/health", |response| body(response, |body| body["service"] = json!("mcp"))),
        ),
        Mutant::wire(
            "mcp.health-without-transports",
            "health does not say how the server can be reached",
            "mcp.health",
            ReasonCode::Missing,
            || at("/health", |response| body(response, |body| drop(take(body, "transports")))),
        ),
        Mutant::wire(
            "mcp.speaks-first",
            "the server greets before it is spoken to",
            "mcp.quiet-door",
            ReasonCode::Unexpected,
            || {
                edit::edit_response(|_, response| {
                    if response.status == 101 {
                        let greeting = json!({"type": "connection_established"});
                        response.body = Message::json(&greeting).to_frame().encode();
                    }
                })
            },
        ),
        Mutant::wire(
            "mcp.version-unnamed",
            "another version is refused without the one spoken",
            "mcp.other-version",
            ReasonCode::WrongValue,
            || at("/ws", |response| response.set_field("Sec-WebSocket-Version", None)),
        ),
        Mutant::wire(
            "mcp.upgrade-unnamed",
            "what is no upgrade is not told what is wanted",
            "mcp.no-upgrade",
            ReasonCode::Missing,
            || at("/ws", |response| response.set_field("Upgrade", None)),
        ),
        Mutant::wire(
            "mcp.any-path",
            "an unknown path is a page",
            "mcp.not-found",
            ReasonCode::WrongStatus,
            || {
                edit::edit_response(|_, response| {
                    if response.status == 404 {
                        response.status = 200;
                    }
                })
            },
        ),
    ]
}

fn of_calls() -> Vec<Mutant> {
    vec![
        Mutant::wire(
            "mcp.http-forgets-tables",
            "by HTTP a table is missing",
            "mcp.http-result",
            ReasonCode::WrongValue,
            || {
                at("/tools/call", |response| {
                    body(response, |body| drop(body["result"]["tables"].as_array_mut().map(Vec::pop)));
                })
            },
        ),
        Mutant::wire(
            "mcp.http-unguarded",
            "by HTTP a statement that writes runs",
            "mcp.http-refusal",
            ReasonCode::Accepted,
            || {
                at("/tools/call", |response| {
                    body(response, |body| {
                        if take(body, "error").is_some() {
                            body["result"] = json!({"columns": [], "rows": [], "row_count": 0});
                        }
                    });
                })
            },
        ),
        Mutant::wire(
            "mcp.http-bad-json-as-fault",
            "what is no JSON is a fault of the server",
            "mcp.http-bad-json",
            ReasonCode::WrongStatus,
            || {
                at("/tools/call", |response| {
                    if response.status == 400 {
                        response.status = 500;
                    }
                })
            },
        ),
        Mutant::wire(
            "mcp.http-method-unnamed",
            "another method is refused without Allow",
            "mcp.http-method",
            ReasonCode::Missing,
            || at("/tools/call", |response| response.set_field("Allow", None)),
        ),
    ]
}

pub(super) fn mutants() -> Vec<Mutant> {
    [of_upgrade(), of_calls()].concat()
}
