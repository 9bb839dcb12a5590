//! What a target may say it has not, in `[features]` of its file.

use std::collections::BTreeSet;

use super::variant::VARIANTS;

/// What checks ask about only when they don't meet it, and parts of the protocol that no check needs by itself today
/// and that people leave out nevertheless.
const OTHERS: [&str; 11] = [
    "batch",
    "redis",
    "deflate",
    "echo",
    "empty-results",
    "histograms",
    "large-results",
    "long-queries",
    "mcp-event-ids",
    "mcp-log",
    "mcp-progress",
];

/// Names that mean something: what a check needs, and the configurations some checks need.
pub(super) fn known() -> BTreeSet<&'static str> {
    let checks = crate::checks::all();
    let needed = checks.iter().flat_map(|check| check.features.iter().copied());
    needed.chain(VARIANTS.iter().map(|variant| variant.name)).chain(OTHERS).collect()
}
