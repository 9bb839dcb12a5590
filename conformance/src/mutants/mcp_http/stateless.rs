//! Faults of the version without sessions, and of our own tools.

use serde_json::{Value, json};

use super::rpc::{edit, head, is, requests, result, rewrite, said, take};
use crate::checks::ReasonCode;
use crate::mutants::{Mutant, Reply};

const META: &str = "io.modelcontextprotocol/protocolVersion";

fn of_stateless() -> Vec<Mutant> {
    vec![
        Mutant::wire(
            "mcp-http.versions-unnamed",
            "discover does not say the versions",
            "mcp-http.discover",
            ReasonCode::Missing,
            || result("server/discover", |result| drop(take(result, "supportedVersions"))),
        ),
        Mutant::wire(
            "mcp-http.stateless-session",
            "a stateless request gets a session",
            "mcp-http.no-session",
            ReasonCode::Unexpected,
            || {
                head(
                    |request| is(request, "tools/list") && request.field("MCP-Session-Id").is_none(),
                    |response| response.set_field("MCP-Session-Id", Some("0123456789abcdef")),
                )
            },
        ),
        Mutant::wire(
            "mcp-http.supported-unnamed",
            "a version is refused without those that are spoken",
            "mcp-http.unsupported-version",
            ReasonCode::Missing,
            || {
                edit("tools/list", |_, message| {
                    drop(message.get_mut("error").and_then(|error| take(error, "data")));
                })
            },
        ),
        Mutant::wire(
            "mcp-http.version-of-header",
            "the header's version counts more than the body's",
            "mcp-http.version-mismatch",
            ReasonCode::Accepted,
            || {
                requests(|request| {
                    let mut message = said(request);
                    // Not by index: a batch is an array, which has no member to be made.
                    let meta = message.pointer_mut("/params/_meta").and_then(|meta| meta.get_mut(META));
                    match (request.field("MCP-Protocol-Version"), meta) {
                        (Some(version), Some(said)) if *said != version => {
                            *said = json!(version);
                            Reply::Rewrite(request.clone().body(message.to_string()))
                        }
                        _ => Reply::Pass,
                    }
                })
            },
        ),
        Mutant::wire(
            "mcp-http.method-of-body",
            "the header's method is not looked at",
            "mcp-http.method-mismatch",
            ReasonCode::Accepted,
            || {
                rewrite(
                    |request| {
                        request.field("Mcp-Method") == Some("prompts/list") && is(request, "tools/list")
                    },
                    |request| request.with("Mcp-Method", "tools/list"),
                )
            },
        ),
        Mutant::wire(
            "mcp-http.unknown-method-200",
            "an unknown method is 200",
            "mcp-http.method-404",
            ReasonCode::WrongStatus,
            || head(|request| is(request, "no/such-method"), |response| response.status = 200),
        ),
    ]
}

fn of_ours() -> Vec<Mutant> {
    vec![
        Mutant::wire(
            "mcp-http.tool-missing",
            "a tool is not there by the standard protocol",
            "mcp-http.same-tools",
            ReasonCode::Missing,
            || {
                result("tools/list", |list| {
                    if let Some(tools) = list["tools"].as_array_mut() {
                        tools.retain(|tool| tool["name"] != "validate_context_tool");
                    }
                })
            },
        ),
        Mutant::wire(
            "mcp-http.database-optional",
            "a tool's schema does not demand its database",
            "mcp-http.databases-demanded",
            ReasonCode::Missing,
            || {
                result("tools/list", |list| {
                    for tool in list["tools"].as_array_mut().into_iter().flatten() {
                        tool["inputSchema"]["required"] = json!([]);
                    }
                })
            },
        ),
        Mutant::wire(
            "mcp-http.numbers-as-text",
            "numbers are texts by the standard protocol",
            "mcp-http.same-result",
            ReasonCode::WrongValue,
            || {
                result("tools/call", |result| {
                    if result["structuredContent"]["rows"] == json!([[42]]) {
                        result["structuredContent"]["rows"] = json!([["42"]]);
                    }
                })
            },
        ),
        Mutant::wire(
            "mcp-http.unguarded",
            "a statement that writes runs by the standard protocol",
            "mcp-http.guarded",
            ReasonCode::Accepted,
            || result("tools/call", |result| drop(take(result, "isError"))),
        ),
        Mutant::wire(
            "mcp-http.databases-unnamed",
            "an unknown database is refused without those there are",
            "mcp-http.unknown-database",
            ReasonCode::Missing,
            || {
                result("tools/call", |result| {
                    if let Some(text) = result["content"][0]["text"].as_str()
                        && let Ok(mut error) = serde_json::from_str::<Value>(text)
                    {
                        take(&mut error, "details");
                        result["content"][0]["text"] = json!(error.to_string());
                    }
                })
            },
        ),
    ]
}

pub(super) fn mutants() -> Vec<Mutant> {
    [of_stateless(), of_ours()].concat()
}
