//! The standard Model Context Protocol over Streamable HTTP, 2024-11-05 to 2025-11-25 with sessions and
//! 2026-07-28 without. What a server may leave out is judged where it declares it.

mod catalogue;
mod client;
mod events;
mod features;
mod opening;
mod ours;
mod stateless;
mod stream;
mod transport;

use super::Check;

pub(crate) fn checks() -> Vec<Check> {
    let standard = [
        of_versions(),
        of_messages(),
        of_refusals(),
        of_endpoint(),
        of_sessions(),
        of_events(),
        catalogue::of_tools(),
        catalogue::of_resources(),
        catalogue::of_prompts(),
        catalogue::of_stateless(),
    ];
    let standard = standard.into_iter().flatten().map(|check| {
        let batches = check.id == "mcp-http.batch-2025-03-26";
        check.features(if batches { &["mcp", "mcp-http", "mcp-batch"] } else { &["mcp", "mcp-http"] })
    });
    let ours = catalogue::of_ours().into_iter().map(|check| check.features(&["mcp", "mcp-http", "mcp-ws"]));
    standard.chain(ours).collect()
}

/// Each version of the protocol with sessions, and two that don't exist.
fn of_versions() -> Vec<Check> {
    vec![
        Check::new(
            "mcp-http.version-2024-11-05",
            "2024-11-05 is agreed to or answered with another, and works",
            &["mcp-http.version-negotiation"],
            |cx| opening::version(cx, "2024-11-05"),
        ),
        Check::new(
            "mcp-http.version-2025-03-26",
            "2025-03-26 is agreed to or answered with another, and works",
            &["mcp-http.version-negotiation"],
            |cx| opening::version(cx, "2025-03-26"),
        ),
        Check::new(
            "mcp-http.version-2025-06-18",
            "2025-06-18 is agreed to or answered with another, and works",
            &["mcp-http.version-negotiation"],
            |cx| opening::version(cx, "2025-06-18"),
        ),
        Check::new(
            "mcp-http.version-2025-11-25",
            "2025-11-25 is agreed to or answered with another, and works",
            &["mcp-http.version-negotiation"],
            |cx| opening::version(cx, "2025-11-25"),
        ),
        Check::new(
            "mcp-http.version-past",
            "a version of the past is not agreed to",
            &["mcp-http.version-unknown"],
            |cx| opening::unknown_version(cx, "1999-01-01"),
        ),
        Check::new(
            "mcp-http.version-future",
            "a version of the future is not agreed to",
            &["mcp-http.version-unknown"],
            |cx| opening::unknown_version(cx, "2999-12-31"),
        ),
    ]
}

fn of_messages() -> Vec<Check> {
    vec![
        Check::new(
            "mcp-http.initialize",
            "initialize says what the server is and can",
            &["mcp-http.initialize"],
            opening::welcome,
        ),
        Check::new(
            "mcp-http.version-header-unknown",
            "a version that does not exist is 400",
            &["mcp-http.version-header"],
            opening::header_unknown,
        ),
        Check::new(
            "mcp-http.version-header-absent",
            "a request without version is taken",
            &["mcp-http.version-header-absent"],
            opening::header_absent,
        ),
        Check::new(
            "mcp-http.initialized",
            "that the client is ready is 202 without a body",
            &["mcp-http.notifications"],
            opening::initialized,
        ),
        Check::new("mcp-http.text-id", "a text id comes back", &["mcp-http.ids"], opening::text_id),
        Check::new(
            "mcp-http.number-id",
            "a number as id comes back as a number",
            &["mcp-http.ids"],
            opening::number_id,
        ),
        Check::new(
            "mcp-http.ping",
            "a ping is answered with nothing in it",
            &["mcp-http.ping"],
            opening::ping,
        ),
        Check::new(
            "mcp-http.result-or-error",
            "a response has a result or an error",
            &["mcp-http.result-or-error"],
            opening::either,
        ),
        Check::new(
            "mcp-http.unknown-method",
            "an unknown method is -32601",
            &["mcp-http.unknown-method"],
            opening::unknown_method,
        ),
        Check::new(
            "mcp-http.unknown-notification",
            "an unknown notification has no answer",
            &["mcp-http.notifications"],
            opening::unknown_notification,
        ),
    ]
}

fn of_refusals() -> Vec<Check> {
    vec![
        Check::new(
            "mcp-http.cancel-nothing",
            "a cancellation of nothing is taken",
            &["mcp-http.cancellation-ignored"],
            opening::cancel_nothing,
        ),
        Check::new(
            "mcp-http.stray-response",
            "a response to nothing has no answer",
            &["mcp-http.notifications"],
            opening::stray_response,
        ),
        Check::new(
            "mcp-http.bad-json",
            "what is no JSON is refused and the session goes on",
            &["mcp-http.malformed"],
            opening::bad_json,
        ),
        Check::new(
            "mcp-http.bad-json-code",
            "what is no JSON is -32700",
            &["mcp-http.malformed-codes"],
            opening::bad_json_code,
        ),
        Check::new(
            "mcp-http.no-rpc",
            "what is no JSON-RPC is refused",
            &["mcp-http.malformed"],
            opening::no_rpc,
        ),
        Check::new(
            "mcp-http.no-rpc-code",
            "what is no JSON-RPC is -32600",
            &["mcp-http.malformed-codes"],
            opening::no_rpc_code,
        ),
        Check::new(
            "mcp-http.batch",
            "a batch is refused, or all of it is answered",
            &["mcp-http.batch"],
            opening::batch_now,
        ),
        Check::new(
            "mcp-http.batch-2025-03-26",
            "with 2025-03-26 a batch is answered",
            &["mcp-http.batch-2025-03-26"],
            opening::batch_then,
        ),
        Check::new(
            "mcp-http.initialize-empty",
            "initialize without parameters is refused",
            &["mcp-http.initialize"],
            opening::nothing_said,
        ),
        Check::new(
            "mcp-http.many-requests",
            "many requests at one time are each answered",
            &["mcp-http.ids"],
            opening::many,
        ),
    ]
}

fn of_endpoint() -> Vec<Check> {
    vec![
        Check::new(
            "mcp-http.origin",
            "another origin can't initialize",
            &["mcp-http.origin"],
            transport::origin,
        ),
        Check::new(
            "mcp-http.origin-request",
            "another origin can't use a session",
            &["mcp-http.origin"],
            transport::origin_of_request,
        ),
        Check::new(
            "mcp-http.origin-stream",
            "another origin can't listen",
            &["mcp-http.origin"],
            transport::origin_of_stream,
        ),
        Check::new(
            "mcp-http.content-type",
            "a request is answered by JSON or events",
            &["mcp-http.content-type"],
            transport::content_type,
        ),
        Check::new(
            "mcp-http.plain-text",
            "a body that is not said to be JSON is refused",
            &["mcp-http.plain-text"],
            transport::plain_text,
        ),
        Check::new(
            "mcp-http.wrong-method",
            "another method is refused, a 405 with Allow",
            &["mcp-http.wrong-method"],
            transport::wrong_method,
        ),
        Check::new("mcp-http.get", "GET opens a stream or is 405", &["mcp-http.get"], transport::get),
        Check::new(
            "mcp-http.header-case",
            "headers may be written in any case",
            &["mcp-http.header-case"],
            transport::header_case,
        ),
        Check::new(
            "mcp-http.session-letters",
            "a session's id is of visible ASCII",
            &["mcp-http.session-id"],
            transport::session_letters,
        ),
        Check::new(
            "mcp-http.session-unlike",
            "sessions' ids can't be guessed",
            &["mcp-http.session-secret"],
            transport::session_unlike,
        ),
    ]
}

fn of_sessions() -> Vec<Check> {
    vec![
        Check::new(
            "mcp-http.session-unsaid",
            "a request without its session is 400",
            &["mcp-http.session-demanded"],
            transport::session_unsaid,
        ),
        Check::new(
            "mcp-http.session-unknown",
            "a session nobody opened is 404",
            &["mcp-http.session-unknown"],
            transport::session_unknown,
        ),
        Check::new(
            "mcp-http.session-same",
            "a session keeps its id",
            &["mcp-http.session-id"],
            transport::session_once,
        ),
        Check::new(
            "mcp-http.delete",
            "DELETE ends a session or is 405",
            &["mcp-http.delete"],
            transport::delete,
        ),
        Check::new(
            "mcp-http.ended-post",
            "after its end a session's requests are 404",
            &["mcp-http.session-ended"],
            transport::post_after_end,
        ),
        Check::new(
            "mcp-http.ended-get",
            "after its end a session has no streams",
            &["mcp-http.session-ended"],
            transport::get_after_end,
        ),
        Check::new(
            "mcp-http.ended-delete",
            "a session can't be ended twice",
            &["mcp-http.session-ended"],
            transport::delete_after_end,
        ),
        Check::new(
            "mcp-http.ends-apart",
            "the end of one session is not that of another",
            &["mcp-http.ends-apart"],
            transport::ends_apart,
        ),
        Check::new(
            "mcp-http.large-body",
            "a body of 20 MiB does not hurt",
            &["mcp-http.large-body"],
            transport::large_body,
        ),
    ]
}

fn of_events() -> Vec<Check> {
    vec![
        Check::new("mcp-http.events", "every event is one message", &["mcp-http.events"], events::messages),
        Check::new(
            "mcp-http.stream-ends",
            "a stream ends after its response",
            &["mcp-http.stream-ends"],
            events::ends,
        ),
        Check::new(
            "mcp-http.event-ids",
            "ids of events are unique in a session",
            &["mcp-http.event-ids"],
            events::ids,
        ),
        Check::new(
            "mcp-http.priming",
            "a stream that can be resumed begins with an id",
            &["mcp-http.priming"],
            events::priming,
        ),
        Check::new(
            "mcp-http.resume-own",
            "what is resumed is the stream that was cut",
            &["mcp-http.resume-own"],
            events::resume_own,
        ),
        Check::new(
            "mcp-http.get-no-responses",
            "a stream of its own has no responses",
            &["mcp-http.get-no-responses"],
            events::no_responses,
        ),
        Check::new(
            "mcp-http.progress",
            "progress has the token and rises",
            &["mcp-http.progress"],
            events::progress,
        ),
        Check::new(
            "mcp-http.progress-number",
            "a number as token stays one",
            &["mcp-http.progress"],
            events::progress_number,
        ),
        Check::new(
            "mcp-http.no-progress",
            "who gave no token hears no progress",
            &["mcp-http.no-progress"],
            events::no_progress,
        ),
    ]
}
