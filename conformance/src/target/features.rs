//! What a target may say it has not, in `[features]` of its file.

use std::collections::{BTreeMap, BTreeSet};

use super::variant::VARIANTS;

/// What checks ask about only when they don't meet it or are told that it is not there, and parts of the protocol that no
/// check needs by itself today and that people leave out nevertheless.
const OTHERS: [&str; 35] = [
    "batch",
    "databases",
    "deflate",
    "deflate-parameters",
    "echo",
    "empty-results",
    "histograms",
    "large-results",
    "long-queries",
    "mcp-completions",
    "mcp-delete",
    "mcp-event-ids",
    "mcp-events",
    "mcp-get",
    "mcp-log",
    "mcp-logging",
    "mcp-output-schema",
    "mcp-progress",
    "mcp-prompt-arguments",
    "mcp-prompts",
    "mcp-resource-templates",
    "mcp-resources",
    "mcp-resources-subscribe",
    "mcp-sessions",
    "mcp-stateless",
    "mcp-streaming",
    "mcp-tasks",
    "mcp-tool-arguments",
    "mcp-tools",
    "message-limit",
    "msgpack",
    "redis",
    "status-405",
    "status-426",
    "tables",
];

/// Names that mean something: what a check needs, and the configurations some checks need.
pub(super) fn known() -> BTreeSet<&'static str> {
    let checks = crate::checks::all();
    let needed = checks.iter().flat_map(|check| check.features.iter().copied());
    needed.chain(VARIANTS.iter().map(|variant| variant.name)).chain(OTHERS).collect()
}

/// What the embedded reference says that it has: everything, so that a check which finds something gone fails.
pub(super) fn of_reference() -> BTreeMap<String, bool> {
    known().into_iter().map(|name| (name.to_owned(), true)).collect()
}
