//! Faults of what a server offers.

use serde_json::{Value, json};

use super::events::before_response;
use super::rpc::{accepted, code, edit, result, take};
use crate::checks::ReasonCode;
use crate::mutants::{EventAction, Fault, Mutant};
use crate::peer::Request;

/// What is logged has a level that does not exist.
struct OwnLevels;

impl Fault for OwnLevels {
    fn on_event(&mut self, _request: &Request, block: &str) -> EventAction {
        if block.contains("notifications/message") {
            EventAction::Text(block.replace("\"level\":\"", "\"level\":\"very-"))
        } else {
            EventAction::Pass
        }
    }
}

fn items<'a>(list: &'a mut Value, name: &str) -> impl Iterator<Item = &'a mut Value> {
    list[name].as_array_mut().into_iter().flatten()
}

/// The first item is there twice.
fn doubled(list: &mut Value, name: &str) {
    if let Some(list) = list[name].as_array_mut()
        && let Some(first) = list.first().cloned()
    {
        list.push(first);
    }
}

fn of_tools() -> Vec<Mutant> {
    vec![
        Mutant::wire(
            "mcp-http.schemas-untyped",
            "schemas of tools don't say that they are objects",
            "mcp-http.tools",
            ReasonCode::Missing,
            || {
                result("tools/list", |list| {
                    items(list, "tools").for_each(|tool| drop(take(&mut tool["inputSchema"], "type")));
                })
            },
        ),
        Mutant::wire(
            "mcp-http.tool-twice",
            "a tool is listed twice",
            "mcp-http.tools-unique",
            ReasonCode::Duplicate,
            || result("tools/list", |list| doubled(list, "tools")),
        ),
        Mutant::wire(
            "mcp-http.tool-with-blank",
            "a tool's name has a blank in it",
            "mcp-http.tool-names",
            ReasonCode::WrongValue,
            || {
                result("tools/list", |list| {
                    if let Some(tool) = items(list, "tools").last() {
                        tool["name"] = json!("one more tool");
                    }
                })
            },
        ),
        Mutant::wire(
            "mcp-http.any-cursor",
            "a made-up cursor begins anew",
            "mcp-http.cursor",
            ReasonCode::Accepted,
            || accepted("tools/list", json!({"tools": []})),
        ),
        Mutant::wire(
            "mcp-http.own-content",
            "content is of a kind that does not exist",
            "mcp-http.call",
            ReasonCode::WrongValue,
            || {
                result("tools/call", |result| {
                    items(result, "content").for_each(|item| item["type"] = json!("words"));
                })
            },
        ),
    ]
}

fn of_calls() -> Vec<Mutant> {
    vec![
        Mutant::wire(
            "mcp-http.schema-broken",
            "a result lacks what its schema demands",
            "mcp-http.structured",
            ReasonCode::Missing,
            || result("tools/call", |result| drop(take(&mut result["structuredContent"], "tables"))),
        ),
        Mutant::wire(
            "mcp-http.structured-alone",
            "structured content is not there as text",
            "mcp-http.structured-text",
            ReasonCode::Missing,
            || {
                result("tools/call", |result| {
                    items(result, "content").for_each(|item| item["text"] = json!("see structured content"));
                })
            },
        ),
        Mutant::wire(
            "mcp-http.unknown-tool-runs",
            "an unknown tool has a result",
            "mcp-http.unknown-tool",
            ReasonCode::Accepted,
            || accepted("tools/call", json!({"content": []})),
        ),
        Mutant::wire(
            "mcp-http.unknown-tool-other-code",
            "an unknown tool is an unknown method",
            "mcp-http.unknown-tool-code",
            ReasonCode::WrongValue,
            || code("tools/call", -32_601),
        ),
        Mutant::wire(
            "mcp-http.nameless-call-other-code",
            "a call that names no tool is an unknown method",
            "mcp-http.nameless-call",
            ReasonCode::WrongValue,
            || code("tools/call", -32_601),
        ),
        Mutant::wire(
            "mcp-http.inputs-unread",
            "a call without a demanded argument works",
            "mcp-http.missing-argument",
            ReasonCode::Accepted,
            || {
                edit("tools/call", |_, message| {
                    take(message, "error");
                    message["result"] = json!({"content": []});
                })
            },
        ),
    ]
}

fn of_resources() -> Vec<Mutant> {
    vec![
        Mutant::wire(
            "mcp-http.resources-nameless",
            "resources have no names",
            "mcp-http.resources",
            ReasonCode::Missing,
            || {
                result("resources/list", |list| {
                    items(list, "resources").for_each(|item| drop(take(item, "name")));
                })
            },
        ),
        Mutant::wire(
            "mcp-http.resource-twice",
            "a resource is listed twice",
            "mcp-http.resources",
            ReasonCode::Duplicate,
            || result("resources/list", |list| doubled(list, "resources")),
        ),
        Mutant::wire(
            "mcp-http.read-another",
            "a resource is read under another URI",
            "mcp-http.read",
            ReasonCode::WrongValue,
            || {
                result("resources/read", |result| {
                    items(result, "contents").for_each(|part| part["uri"] = json!("suite://other"));
                })
            },
        ),
        Mutant::wire(
            "mcp-http.nothing-is-empty",
            "a resource that is not there is empty",
            "mcp-http.read-unknown",
            ReasonCode::Accepted,
            || accepted("resources/read", json!({"contents": []})),
        ),
        Mutant::wire(
            "mcp-http.read-other-code",
            "a resource that is not there is an internal error",
            "mcp-http.read-unknown-code",
            ReasonCode::WrongValue,
            || code("resources/read", -32_603),
        ),
        Mutant::wire(
            "mcp-http.templates-without-uri",
            "templates have no URI",
            "mcp-http.templates",
            ReasonCode::Missing,
            || {
                result("resources/templates/list", |list| {
                    items(list, "resourceTemplates").for_each(|item| drop(take(item, "uriTemplate")));
                })
            },
        ),
        Mutant::wire(
            "mcp-http.subscribed-for-ever",
            "a subscription can't be ended",
            "mcp-http.subscribe",
            ReasonCode::Refused,
            || {
                edit("resources/unsubscribe", |_, message| {
                    take(message, "result");
                    message["error"] = json!({"code": -32_601, "message": "no"});
                })
            },
        ),
    ]
}

fn of_prompts() -> Vec<Mutant> {
    vec![
        Mutant::wire(
            "mcp-http.prompt-twice",
            "a prompt is listed twice",
            "mcp-http.prompts",
            ReasonCode::Duplicate,
            || result("prompts/list", |list| doubled(list, "prompts")),
        ),
        Mutant::wire(
            "mcp-http.prompt-of-system",
            "a prompt is of a role that does not exist",
            "mcp-http.prompt",
            ReasonCode::WrongValue,
            || {
                result("prompts/get", |result| {
                    items(result, "messages").for_each(|message| message["role"] = json!("system"));
                })
            },
        ),
        Mutant::wire(
            "mcp-http.unknown-prompt-empty",
            "a prompt that is not there has no messages",
            "mcp-http.unknown-prompt",
            ReasonCode::Accepted,
            || accepted("prompts/get", json!({"messages": []})),
        ),
        Mutant::wire(
            "mcp-http.prompt-without-argument",
            "a prompt does without what it demands",
            "mcp-http.prompt-argument",
            ReasonCode::Accepted,
            || accepted("prompts/get", json!({"messages": []})),
        ),
        Mutant::wire(
            "mcp-http.completes-too-much",
            "completion has over 100 texts",
            "mcp-http.completion",
            ReasonCode::Unexpected,
            || {
                result("completion/complete", |result| {
                    result["completion"]["values"] = json!(vec!["name"; 101]);
                })
            },
        ),
    ]
}

fn of_log() -> Vec<Mutant> {
    vec![
        Mutant::wire(
            "mcp-http.completes-anything",
            "an unknown prompt is completed",
            "mcp-http.completion-unknown",
            ReasonCode::Accepted,
            || accepted("completion/complete", json!({"completion": {"values": []}})),
        ),
        Mutant::wire(
            "mcp-http.notice-unknown",
            "a level of the log is not known",
            "mcp-http.levels",
            ReasonCode::Refused,
            || {
                edit("logging/setLevel", |asked, message| {
                    if asked["params"]["level"] == "notice" {
                        take(message, "result");
                        message["error"] = json!({"code": -32_602, "message": "no"});
                    }
                })
            },
        ),
        Mutant::wire(
            "mcp-http.any-level",
            "any level is taken",
            "mcp-http.unknown-level",
            ReasonCode::Accepted,
            || accepted("logging/setLevel", json!({})),
        ),
        Mutant::wire(
            "mcp-http.level-unread",
            "below its level it is logged",
            "mcp-http.quiet-log",
            ReasonCode::Unexpected,
            || {
                let params = json!({"level": "info", "data": "called"});
                before_response(
                    json!({"jsonrpc": "2.0", "method": "notifications/message", "params": params}),
                )
            },
        ),
        Mutant::wire(
            "mcp-http.own-levels",
            "what is logged has levels of the server's own",
            "mcp-http.log",
            ReasonCode::WrongValue,
            || OwnLevels,
        ),
    ]
}

pub(super) fn mutants() -> Vec<Mutant> {
    [of_tools(), of_calls(), of_resources(), of_prompts(), of_log()].concat()
}
