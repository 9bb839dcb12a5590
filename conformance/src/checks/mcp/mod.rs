//! The MCP server's own dialect: its door, introductions, signs of life, requests, tools, schema cache,
//! batches, subscriptions and the guard before the database.

mod batch;
mod cache;
mod catalogue;
mod door;
mod envelope;
mod greeting;
pub(crate) mod guard;
mod life;
mod link;
mod tools;

use super::Check;

pub(crate) fn checks() -> Vec<Check> {
    let lists = [
        of_door(),
        of_greeting(),
        of_life(),
        of_ids(),
        of_refusals(),
        of_running(),
        catalogue::of_schemas(),
        catalogue::of_statements(),
        catalogue::of_databases(),
        catalogue::of_cache(),
        catalogue::of_batch(),
    ];
    let all = lists.into_iter().flatten().chain(guard::checks());
    all.map(|check| check.features(&["mcp", "mcp-ws"])).collect()
}

fn of_door() -> Vec<Check> {
    vec![
        Check::new("mcp.health", "health says that the MCP server runs", &["mcp.health"], door::health),
        Check::new(
            "mcp.quiet-door",
            "nothing is said before the agent speaks",
            &["mcp.acknowledged"],
            door::quiet,
        ),
        Check::new(
            "mcp.other-version",
            "another WebSocket version is refused with the one spoken",
            &["mcp.door"],
            door::version,
        ),
        Check::new("mcp.no-upgrade", "a GET without an upgrade is 426", &["mcp.door"], door::no_upgrade),
        Check::new("mcp.not-found", "an unknown path is 404", &["mcp.not-found"], door::not_found),
        Check::new(
            "mcp.http-result",
            "a call by HTTP has the result it has by WebSocket",
            &["mcp.http-fallback"],
            door::fallback_result,
        ),
        Check::new(
            "mcp.http-refusal",
            "what a tool refuses is refused by HTTP too",
            &["mcp.http-fallback"],
            door::fallback_refusal,
        ),
        Check::new(
            "mcp.http-bad-json",
            "a call by HTTP that is no JSON is 400",
            &["mcp.http-refusals"],
            door::fallback_bad_json,
        ),
        Check::new(
            "mcp.http-method",
            "another method is 405 with Allow",
            &["mcp.http-refusals"],
            door::fallback_method,
        ),
    ]
}

fn of_greeting() -> Vec<Check> {
    vec![
        Check::new(
            "mcp.acknowledged",
            "an introduction is acknowledged by an event",
            &["mcp.acknowledged"],
            greeting::envelope,
        ),
        Check::new(
            "mcp.offers-batches",
            "batches are offered",
            &["mcp.capabilities"],
            greeting::batch_requests,
        ),
        Check::new(
            "mcp.offers-subscriptions",
            "subscriptions are offered",
            &["mcp.capabilities"],
            greeting::event_subscriptions,
        ),
        Check::new(
            "mcp.offers-schema-cache",
            "schema caching is offered",
            &["mcp.capabilities"],
            greeting::schema_caching,
        ),
        Check::new(
            "mcp.acknowledged-first",
            "the acknowledgement comes before answers",
            &["mcp.acknowledged-first"],
            greeting::acknowledged_first,
        ),
        Check::new(
            "mcp.acknowledged-once",
            "an introduction is acknowledged once",
            &["mcp.acknowledged"],
            greeting::once,
        ),
        Check::new(
            "mcp.introduced-twice",
            "a second introduction is refused",
            &["mcp.introduced-once"],
            greeting::again,
        ),
        Check::new(
            "mcp.introduced-nameless",
            "an introduction without a name is refused",
            &["mcp.introduced-nameless"],
            greeting::nameless,
        ),
        Check::new(
            "mcp.unknown-fields",
            "unknown fields are ignored",
            &["mcp.unknown-fields"],
            greeting::unknown_fields,
        ),
    ]
}

fn of_life() -> Vec<Check> {
    vec![
        Check::new("mcp.ping", "a ping is answered with its id", &["mcp.ping"], life::ping),
        Check::new(
            "mcp.early-ping",
            "a ping before the introduction is answered",
            &["mcp.ping"],
            life::early_ping,
        ),
        Check::new(
            "mcp.frame-ping",
            "a WebSocket ping is answered with its payload",
            &["mcp.frame-ping"],
            life::frame_ping,
        ),
        Check::new(
            "mcp.heartbeat",
            "a heartbeat is answered with its correlation id",
            &["mcp.heartbeat"],
            life::heartbeat,
        ),
        Check::new(
            "mcp.heartbeat-health",
            "a heartbeat's answer says how the server is",
            &["mcp.heartbeat"],
            life::health,
        ),
        Check::new(
            "mcp.heartbeat-at-work",
            "a heartbeat is answered while a request runs",
            &["mcp.heartbeat-at-work"],
            life::while_working,
        )
        .tags(&["slow"]),
    ]
}

fn of_ids() -> Vec<Check> {
    vec![
        Check::new("mcp.text-id", "a text id is echoed", &["mcp.response-id"], envelope::text_id),
        Check::new(
            "mcp.number-id",
            "a number as id stays a number",
            &["mcp.response-id"],
            envelope::number_id,
        ),
        Check::new(
            "mcp.longest-id",
            "an id of 128 characters is taken",
            &["mcp.id-length"],
            envelope::longest_id,
        ),
        Check::new(
            "mcp.long-id",
            "an id of 129 characters is refused",
            &["mcp.id-length"],
            envelope::long_id,
        ),
        Check::new("mcp.no-id", "a request without id is refused", &["mcp.unusable"], envelope::no_id),
        Check::new(
            "mcp.result-or-error",
            "a response has a result or an error",
            &["mcp.result-or-error"],
            envelope::either,
        ),
        Check::new(
            "mcp.response-timestamp",
            "a response has a timestamp",
            &["mcp.response-id"],
            envelope::timestamp,
        ),
        Check::new(
            "mcp.error-shape",
            "an error has timestamp, text and the id",
            &["mcp.unusable"],
            envelope::error_shape,
        ),
    ]
}

fn of_refusals() -> Vec<Check> {
    vec![
        Check::new(
            "mcp.many-requests",
            "many requests at one time are each answered once",
            &["mcp.one-response"],
            envelope::many,
        )
        .tags(&["slow"]),
        Check::new(
            "mcp.id-in-use",
            "an id that is in use is refused",
            &["mcp.id-in-use"],
            envelope::id_in_use,
        ),
        Check::new(
            "mcp.unknown-type",
            "an unknown type is refused",
            &["mcp.unknown-type"],
            envelope::unknown_type,
        ),
        Check::new(
            "mcp.unknown-event",
            "an unknown event is refused",
            &["mcp.unknown-type"],
            envelope::unknown_event,
        ),
        Check::new("mcp.bad-json", "what is no JSON is refused", &["mcp.unusable"], envelope::bad_json),
        Check::new("mcp.no-type", "a message without type is refused", &["mcp.unusable"], envelope::no_type),
        Check::new(
            "mcp.unknown-method",
            "an unknown method is refused with the id",
            &["mcp.unusable"],
            envelope::unknown_method,
        ),
    ]
}

fn of_running() -> Vec<Check> {
    vec![
        Check::new(
            "mcp.unknown-tool",
            "an unknown tool is not found",
            &["mcp.unknown-tool"],
            envelope::unknown_tool,
        ),
        Check::new("mcp.binary", "a binary frame closes with 1003", &["mcp.binary"], envelope::binary),
        Check::new(
            "mcp.broken-text",
            "text that is not UTF-8 closes with 1007",
            &["mcp.broken-frames"],
            envelope::broken_text,
        ),
        Check::new(
            "mcp.reserved-bit",
            "a frame with a reserved bit closes with 1002",
            &["mcp.broken-frames"],
            envelope::reserved_bit,
        ),
        Check::new(
            "mcp.apart",
            "what one connection asks another does not hear",
            &["mcp.apart"],
            envelope::apart,
        ),
        Check::new(
            "mcp.goes-on",
            "after refusals the next request works",
            &["mcp.unusable"],
            envelope::goes_on,
        ),
        Check::new("mcp.cancel", "a cancelled request says so", &["mcp.cancel"], envelope::cancel),
        Check::new(
            "mcp.cancel-nothing",
            "a cancel of nothing is no error",
            &["mcp.cancel"],
            envelope::cancel_nothing,
        ),
    ]
}
