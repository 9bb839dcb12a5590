//! Opening handshake: HTTP upgrade and the first message.

mod established;
mod negotiation;
mod opening;
mod refusal;
mod required;

use super::Check;

pub(crate) fn checks() -> Vec<Check> {
    [accepted(), first_message(), refused(), required::checks()].concat()
}

fn accepted() -> Vec<Check> {
    vec![
        Check::new(
            "handshake.accepts",
            "a correct upgrade is answered by 101 and the right accept value",
            &["handshake.switching-protocols"],
            opening::accepts,
        ),
        Check::new(
            "handshake.connection-list",
            "Connection may be a list of tokens",
            &["handshake.connection-tokens"],
            opening::connection_list,
        ),
        Check::new(
            "handshake.case-insensitive",
            "field names and upgrade tokens are compared without regard to case",
            &["handshake.case-insensitive"],
            opening::case_insensitive,
        ),
        Check::new(
            "handshake.pipelined-frame",
            "a frame in the packet of the upgrade request is not lost",
            &["handshake.pipelined-frame"],
            opening::pipelined_frame,
        ),
        Check::new(
            "handshake.query-text",
            "unknown query parameters do not close a door",
            &["handshake.query-text"],
            opening::query_text,
        ),
        Check::new(
            "handshake.demo-doors",
            "both demo doors open without authentication and speak the typed dialect",
            &["handshake.demo-doors"],
            opening::demo_doors,
        ),
        Check::new(
            "handshake.same-origin",
            "a page of the same origin may open a door",
            &["handshake.same-origin"],
            refusal::same_origin,
        ),
        Check::new(
            "handshake.subprotocol",
            "of the offered subprotocols tidegate.v1 is selected",
            &["handshake.subprotocol"],
            negotiation::subprotocol,
        ),
        Check::new(
            "handshake.unoffered-subprotocol",
            "no subprotocol is selected that was not offered",
            &["handshake.unoffered-subprotocol"],
            negotiation::unoffered_subprotocol,
        ),
        Check::new(
            "handshake.unknown-extension",
            "an unknown extension is declined and the connection works without it",
            &["handshake.unknown-extension"],
            negotiation::unknown_extension,
        ),
    ]
}

fn first_message() -> Vec<Check> {
    vec![
        Check::new(
            "handshake.established-first",
            "connection_established is the first message",
            &["handshake.established-first"],
            established::first,
        ),
        Check::new(
            "handshake.established-fields",
            "connection_established holds identities, version, dialect, epoch and top",
            &["handshake.established-fields"],
            established::fields,
        ),
        Check::new(
            "handshake.established-timers",
            "connection_established announces the timers",
            &["handshake.established-timers"],
            established::timers,
        ),
        Check::new(
            "handshake.established-limits",
            "connection_established announces the limits",
            &["handshake.established-limits"],
            established::limits,
        ),
    ]
}

fn refused() -> Vec<Check> {
    vec![
        Check::new(
            "handshake.version",
            "another version is refused with 426 that names 13",
            &["handshake.version"],
            refusal::version,
        ),
        Check::new(
            "handshake.no-version",
            "an upgrade without a version is refused with 400",
            &["handshake.no-version"],
            refusal::no_version,
        ),
        Check::new(
            "handshake.no-key",
            "an upgrade without a key is refused with 400",
            &["handshake.no-key"],
            refusal::no_key,
        ),
        Check::new(
            "handshake.bad-key",
            "a key that is not 16 bytes in base64 is refused with 400",
            &["handshake.bad-key"],
            refusal::bad_key,
        ),
        Check::new(
            "handshake.method",
            "another method than GET is refused with 405",
            &["handshake.method"],
            refusal::method,
        ),
        Check::new(
            "handshake.unknown-path",
            "an unknown path is answered with 404",
            &["handshake.unknown-path"],
            refusal::unknown_path,
        ),
        Check::new(
            "handshake.plain-get",
            "a plain GET on a door is answered with 426 and Upgrade: websocket",
            &["handshake.plain-get"],
            refusal::plain_get,
        ),
        Check::new(
            "handshake.no-connection-token",
            "Upgrade without the token in Connection is refused",
            &["handshake.no-connection-token"],
            refusal::no_connection_token,
        ),
        Check::new(
            "handshake.http-1-0",
            "an upgrade over HTTP/1.0 is refused",
            &["handshake.http-1-1"],
            refusal::http_1_0,
        ),
        Check::new(
            "handshake.foreign-origin",
            "a page of another origin is refused with 403",
            &["handshake.foreign-origin"],
            refusal::foreign_origin,
        ),
    ]
}
