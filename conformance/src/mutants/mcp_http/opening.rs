//! Faults of `initialize` and of the messages themselves.

use serde_json::{Value, json};

use super::rpc::{accepted, answer, code, edit, head, is, requests, result, rewrite, said, take, whole};
use crate::checks::ReasonCode;
use crate::mutants::{Mutant, Reply};
use crate::peer::Request;

const VERSION: &str = "MCP-Protocol-Version";

fn pong() -> Value {
    json!({"jsonrpc": "2.0", "id": null, "result": {}})
}

fn hello(request: &Request) -> bool {
    request.body.starts_with(b"{\"hello\"")
}

fn broken(request: &Request) -> bool {
    !request.body.is_empty() && said(request).is_null()
}

fn of_versions() -> Vec<Mutant> {
    let unspoken = [
        (
            "mcp-http.unspoken-2024-11-05",
            "2024-11-05 is agreed to and not spoken",
            "mcp-http.version-2024-11-05",
            "2024-11-05",
        ),
        (
            "mcp-http.unspoken-2025-03-26",
            "2025-03-26 is agreed to and not spoken",
            "mcp-http.version-2025-03-26",
            "2025-03-26",
        ),
        (
            "mcp-http.unspoken-2025-06-18",
            "2025-06-18 is agreed to and not spoken",
            "mcp-http.version-2025-06-18",
            "2025-06-18",
        ),
        (
            "mcp-http.unspoken-2025-11-25",
            "2025-11-25 is agreed to and not spoken",
            "mcp-http.version-2025-11-25",
            "2025-11-25",
        ),
    ];
    let unspoken = unspoken.map(|(id, about, check, version)| {
        Mutant::wire(id, about, check, ReasonCode::WrongStatus, move || {
            answer(
                move |request| is(request, "ping") && request.field(VERSION) == Some(version),
                |_| whole(400, &json!({"error": "version"})),
            )
        })
    });
    let echoed = [
        ("mcp-http.echoes-the-past", "a version of the past is agreed to", "mcp-http.version-past"),
        ("mcp-http.echoes-the-future", "a version of the future is agreed to", "mcp-http.version-future"),
    ];
    let echoed = echoed.map(|(id, about, check)| {
        Mutant::wire(id, about, check, ReasonCode::Accepted, || {
            edit("initialize", |asked, message| {
                message["result"]["protocolVersion"] = asked["params"]["protocolVersion"].clone();
            })
        })
    });
    unspoken.into_iter().chain(echoed).collect()
}

fn of_welcome() -> Vec<Mutant> {
    vec![
        Mutant::wire(
            "mcp-http.server-unnamed",
            "the server does not say its version",
            "mcp-http.initialize",
            ReasonCode::Missing,
            || result("initialize", |result| drop(take(&mut result["serverInfo"], "version"))),
        ),
        Mutant::wire(
            "mcp-http.empty-initialize-taken",
            "initialize without parameters is taken",
            "mcp-http.initialize-empty",
            ReasonCode::Accepted,
            || {
                answer(
                    |request| said(request)["params"] == json!({}) && is(request, "initialize"),
                    |_| whole(200, &pong()),
                )
            },
        ),
        Mutant::wire(
            "mcp-http.any-version-header",
            "any version in the header is taken",
            "mcp-http.version-header-unknown",
            ReasonCode::Accepted,
            || {
                rewrite(
                    |request| request.field(VERSION) == Some("1999-01-01"),
                    |request| request.with(VERSION, "2025-11-25"),
                )
            },
        ),
        Mutant::wire(
            "mcp-http.version-header-demanded",
            "a request without version is refused",
            "mcp-http.version-header-absent",
            ReasonCode::WrongStatus,
            || {
                answer(
                    |request| is(request, "ping") && request.field(VERSION).is_none(),
                    |_| whole(400, &json!({})),
                )
            },
        ),
        Mutant::wire(
            "mcp-http.initialized-answered",
            "that the client is ready is answered",
            "mcp-http.initialized",
            ReasonCode::Unexpected,
            || {
                head(
                    |request| is(request, "notifications/initialized"),
                    |response| response.set_body(pong().to_string()),
                )
            },
        ),
    ]
}

fn of_ids() -> Vec<Mutant> {
    vec![
        Mutant::wire(
            "mcp-http.ids-in-ascii",
            "a text id loses its letters that are not ASCII",
            "mcp-http.text-id",
            ReasonCode::WrongValue,
            || {
                edit("ping", |_, message| {
                    if let Some(id) = message["id"].as_str() {
                        message["id"] = json!(id.chars().filter(char::is_ascii).collect::<String>());
                    }
                })
            },
        ),
        Mutant::wire(
            "mcp-http.id-as-text",
            "a number as id becomes a text",
            "mcp-http.number-id",
            ReasonCode::WrongValue,
            || {
                edit("ping", |_, message| {
                    if message["id"].is_number() {
                        message["id"] = json!(message["id"].to_string());
                    }
                })
            },
        ),
        Mutant::wire(
            "mcp-http.pong-with-words",
            "a ping is answered with a status",
            "mcp-http.ping",
            ReasonCode::WrongValue,
            || result("ping", |result| *result = json!({"status": "ok"})),
        ),
        Mutant::wire(
            "mcp-http.result-and-error",
            "a result has an error beside it",
            "mcp-http.result-or-error",
            ReasonCode::Unexpected,
            || edit("ping", |_, message| message["error"] = Value::Null),
        ),
        Mutant::wire(
            "mcp-http.unknown-method-other-code",
            "an unknown method is an invalid request",
            "mcp-http.unknown-method",
            ReasonCode::WrongValue,
            || code("no/such-method", -32_600),
        ),
        Mutant::wire(
            "mcp-http.tasks-half-there",
            "a method that was not declared has a result",
            "mcp-http.undeclared",
            ReasonCode::Accepted,
            || accepted("tasks/list", json!({"tasks": []})),
        ),
    ]
}

fn of_notifications() -> Vec<Mutant> {
    vec![
        Mutant::wire(
            "mcp-http.notification-answered",
            "an unknown notification is answered",
            "mcp-http.unknown-notification",
            ReasonCode::Unexpected,
            || {
                head(
                    |request| is(request, "notifications/nobody-knows"),
                    |response| response.set_body(pong().to_string()),
                )
            },
        ),
        Mutant::wire(
            "mcp-http.cancel-of-nothing-refused",
            "a cancellation of nothing is not found",
            "mcp-http.cancel-nothing",
            ReasonCode::WrongStatus,
            || head(|request| is(request, "notifications/cancelled"), |response| response.status = 404),
        ),
        Mutant::wire(
            "mcp-http.response-answered",
            "a response to nothing is answered",
            "mcp-http.stray-response",
            ReasonCode::Unexpected,
            || {
                head(
                    |request| said(request)["id"] == 4711,
                    |response| {
                        response.status = 202;
                        response.set_body(pong().to_string());
                    },
                )
            },
        ),
        Mutant::wire(
            "mcp-http.bad-json-as-fault",
            "what is no JSON is a fault of the server",
            "mcp-http.bad-json",
            ReasonCode::WrongStatus,
            || head(broken, |response| response.status = 500),
        ),
        Mutant::wire(
            "mcp-http.bad-json-as-invalid",
            "what is no JSON is an invalid request",
            "mcp-http.bad-json-code",
            ReasonCode::WrongValue,
            || {
                edit("*", |asked, message| {
                    if asked.is_null() {
                        message["error"]["code"] = json!(-32_600);
                    }
                })
            },
        ),
        Mutant::wire(
            "mcp-http.anything-taken",
            "what is no JSON-RPC is answered with a result",
            "mcp-http.no-rpc",
            ReasonCode::Accepted,
            || answer(hello, |_| whole(200, &pong())),
        ),
    ]
}

fn of_broken() -> Vec<Mutant> {
    vec![
        Mutant::wire(
            "mcp-http.no-rpc-as-fault",
            "what is no JSON-RPC is an internal error",
            "mcp-http.no-rpc-code",
            ReasonCode::WrongValue,
            || {
                edit("*", |asked, message| {
                    if asked.get("hello").is_some() {
                        message["error"]["code"] = json!(-32_603);
                    }
                })
            },
        ),
        Mutant::wire(
            "mcp-http.batch-as-fault",
            "a batch is a fault of the server",
            "mcp-http.batch",
            ReasonCode::WrongStatus,
            || head(|request| said(request).is_array(), |response| response.status = 500),
        ),
        Mutant::wire(
            "mcp-http.batch-half-answered",
            "of a batch only the first is answered",
            "mcp-http.batch-2025-03-26",
            ReasonCode::Missing,
            || {
                requests(|request| match said(request) {
                    Value::Array(mut list) => {
                        list.truncate(1);
                        Reply::Rewrite(request.clone().body(Value::Array(list).to_string()))
                    }
                    _ => Reply::Pass,
                })
            },
        ),
        Mutant::wire(
            "mcp-http.batch-refused",
            "a batch is refused whatever the version",
            "mcp-http.batch-2025-03-26",
            ReasonCode::Refused,
            || answer(|request| said(request).is_array(), |_| whole(400, &json!({}))),
        ),
        Mutant::wire(
            "mcp-http.answers-mixed-up",
            "one of many requests gets another's response",
            "mcp-http.many-requests",
            ReasonCode::WrongValue,
            || {
                edit("ping", |_, message| {
                    if message["id"] == 5 {
                        message["id"] = json!(6);
                    }
                })
            },
        ),
    ]
}

pub(super) fn mutants() -> Vec<Mutant> {
    [of_versions(), of_welcome(), of_ids(), of_notifications(), of_broken()].concat()
}
