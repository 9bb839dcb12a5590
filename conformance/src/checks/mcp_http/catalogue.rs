//! The checks of what a server may offer, of the version without sessions, and of our own tools.

use super::{events, features, ours, stateless};
use crate::checks::Check;

pub(super) fn of_tools() -> Vec<Check> {
    vec![
        Check::new("mcp-http.tools", "tools have names and schemas", &["mcp-http.tools"], features::tools),
        Check::new(
            "mcp-http.tools-unique",
            "names of tools are unique",
            &["mcp-http.tool-names"],
            features::tools_unique,
        ),
        Check::new(
            "mcp-http.tool-names",
            "names of tools are of plain letters",
            &["mcp-http.tool-names"],
            features::tool_names,
        ),
        Check::new("mcp-http.cursor", "a made-up cursor is -32602", &["mcp-http.cursor"], features::cursor),
        Check::new("mcp-http.call", "a call is answered by content", &["mcp-http.call"], features::call),
        Check::new(
            "mcp-http.structured",
            "a promised schema of a result is kept",
            &["mcp-http.structured"],
            features::structured,
        ),
        Check::new(
            "mcp-http.structured-text",
            "structured content is there as text",
            &["mcp-http.structured-text"],
            features::structured_text,
        ),
        Check::new(
            "mcp-http.unknown-tool",
            "an unknown tool is no success",
            &["mcp-http.unknown-tool"],
            features::unknown_tool,
        ),
        Check::new(
            "mcp-http.unknown-tool-code",
            "an unknown tool is -32602",
            &["mcp-http.unknown-tool-code"],
            features::unknown_tool_code,
        ),
        Check::new(
            "mcp-http.nameless-call",
            "a call that names no tool is -32602",
            &["mcp-http.malformed-call"],
            features::nameless_call,
        ),
    ]
}

pub(super) fn of_resources() -> Vec<Check> {
    vec![
        Check::new(
            "mcp-http.missing-argument",
            "a call without a demanded argument is no success",
            &["mcp-http.inputs"],
            features::missing_argument,
        ),
        Check::new(
            "mcp-http.resources",
            "resources have URIs and names",
            &["mcp-http.resources"],
            features::resources,
        ),
        Check::new("mcp-http.read", "what is listed can be read", &["mcp-http.read"], features::read),
        Check::new(
            "mcp-http.read-unknown",
            "a resource that is not there is refused",
            &["mcp-http.read-unknown"],
            features::read_unknown,
        ),
        Check::new(
            "mcp-http.read-unknown-code",
            "a resource that is not there is -32002, or -32602",
            &["mcp-http.read-unknown-code"],
            features::read_unknown_code,
        ),
        Check::new(
            "mcp-http.templates",
            "templates have names and URIs",
            &["mcp-http.resources"],
            features::templates,
        ),
        Check::new(
            "mcp-http.subscribe",
            "a resource can be subscribed to",
            &["mcp-http.subscribe"],
            features::subscribe,
        ),
        Check::new("mcp-http.prompts", "prompts have names", &["mcp-http.prompts"], features::prompts),
        Check::new("mcp-http.prompt", "a prompt is messages", &["mcp-http.prompts"], features::prompt),
        Check::new(
            "mcp-http.unknown-prompt",
            "a prompt that is not there is -32602",
            &["mcp-http.prompt-errors"],
            features::unknown_prompt,
        ),
    ]
}

pub(super) fn of_prompts() -> Vec<Check> {
    vec![
        Check::new(
            "mcp-http.prompt-argument",
            "a prompt without a demanded argument is -32602",
            &["mcp-http.prompt-errors"],
            features::prompt_argument,
        ),
        Check::new(
            "mcp-http.completion",
            "completion has at most 100 texts",
            &["mcp-http.completion"],
            features::completion,
        ),
        Check::new(
            "mcp-http.completion-unknown",
            "completion for an unknown prompt is -32602",
            &["mcp-http.completion-errors"],
            features::completion_unknown,
        ),
        Check::new(
            "mcp-http.levels",
            "every level of the log is taken",
            &["mcp-http.levels"],
            features::levels,
        ),
        Check::new(
            "mcp-http.unknown-level",
            "a level that does not exist is -32602",
            &["mcp-http.level-errors"],
            features::unknown_level,
        ),
        Check::new(
            "mcp-http.quiet-log",
            "below its level nothing is logged",
            &["mcp-http.quiet-log"],
            features::quiet_log,
        ),
        Check::new("mcp-http.log", "what is logged has a level and data", &["mcp-http.log"], features::log),
        Check::new(
            "mcp-http.undeclared",
            "what was not declared is no method",
            &["mcp-http.undeclared"],
            features::undeclared,
        ),
    ]
}

pub(super) fn of_stateless() -> Vec<Check> {
    vec![
        Check::new(
            "mcp-http.discover",
            "discover says what is spoken",
            &["mcp-http.discover"],
            stateless::discover,
        ),
        Check::new(
            "mcp-http.no-session",
            "a stateless request needs no session",
            &["mcp-http.stateless"],
            stateless::no_session,
        ),
        Check::new(
            "mcp-http.unsupported-version",
            "a version that is not spoken is 400 with those that are",
            &["mcp-http.unsupported-version"],
            stateless::unsupported,
        ),
        Check::new(
            "mcp-http.version-mismatch",
            "two versions in one request are refused",
            &["mcp-http.header-mismatch"],
            stateless::mismatch,
        ),
        Check::new(
            "mcp-http.method-mismatch",
            "two methods in one request are refused",
            &["mcp-http.header-mismatch"],
            stateless::other_method,
        ),
        Check::new(
            "mcp-http.method-404",
            "an unknown method is 404",
            &["mcp-http.method-404"],
            stateless::unknown_method,
        ),
    ]
}

pub(super) fn of_ours() -> Vec<Check> {
    vec![
        Check::new(
            "mcp-http.same-tools",
            "the four tools are there and only read",
            &["mcp-http.same-tools"],
            ours::tools,
        ),
        Check::new(
            "mcp-http.databases-demanded",
            "every tool demands a database",
            &["mcp-http.same-tools"],
            ours::databases,
        ),
        Check::new(
            "mcp-http.same-result",
            "a statement has the result it has elsewhere",
            &["mcp-http.same-tools"],
            ours::result,
        ),
        Check::new(
            "mcp-http.guarded",
            "a statement that writes is refused",
            &["mcp-http.guarded"],
            ours::guard,
        ),
        Check::new(
            "mcp-http.unknown-database",
            "an unknown database is refused with those there are",
            &["mcp-http.guarded"],
            ours::database,
        ),
        Check::new(
            "mcp-http.cancel",
            "a cancelled call has no result and its session goes on",
            &["mcp-http.cancel"],
            events::cancel,
        ),
        Check::new(
            "mcp-http.resume",
            "a call whose stream was cut is answered on the resumed one",
            &["mcp-http.resume"],
            events::resume,
        ),
    ]
}
