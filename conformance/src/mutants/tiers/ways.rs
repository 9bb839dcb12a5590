//! One way less to the MCP server, and agents that do not spare it.

use crate::checks::ReasonCode;
use crate::mutants::fault::Reply;
use crate::mutants::{Fault, Mutant, edit};
use crate::peer::Response;

pub(super) fn mutants() -> Vec<Mutant> {
    use ReasonCode::{Accepted, Missing, Refused, Unexpected, WrongValue};
    vec![
        Mutant::wire(
            "tiers.http-alone",
            "agents call by HTTP",
            "tiers.websocket-first",
            Unexpected,
            no_socket,
        ),
        Mutant::wire(
            "tiers.http-for-ever",
            "agents that have fallen back stay with HTTP",
            "tiers.websocket-again",
            Missing,
            no_socket,
        ),
        Mutant::wire(
            "tiers.no-fallback",
            "agents know no other way",
            "tiers.http-fallback",
            Refused,
            no_http,
        ),
        Mutant::wire(
            "tiers.cut-is-final",
            "a call that is cut has failed",
            "tiers.call-cut",
            Refused,
            no_http,
        ),
        Mutant::config(
            "tiers.backoff-constant",
            "an agent comes back again and again without longer pauses",
            "tiers.backoff",
            WrongValue,
            "timers.mcp_backoff_limit = \"100ms\"",
        ),
        Mutant::config(
            "tiers.backoff-for-ever",
            "an agent that has lost the MCP server stays away",
            "tiers.backoff",
            Missing,
            "[timers]\nmcp_backoff = \"1h\"\nmcp_backoff_limit = \"1h\"",
        ),
        Mutant::config(
            "tiers.no-breaker",
            "a server that fails is called again and again",
            "tiers.circuit-opens",
            Accepted,
            "breaker.failures = 1000000",
        ),
        Mutant::config(
            "tiers.breaker-for-ever",
            "a breaker that has opened stays open",
            "tiers.circuit-closes",
            Missing,
            "breaker.cooldown = \"1h\"",
        ),
    ]
}

fn gone() -> Response {
    let mut response = Response::new(503, "Service Unavailable", "");
    response.set_field("Connection", Some("close"));
    response
}

/// Nobody gets a WebSocket.
fn no_socket() -> impl Fault {
    edit::on_request(|request| match request.field("Upgrade") {
        Some(_) => Reply::Answer(gone()),
        None => Reply::Pass,
    })
}

/// Nobody gets anything but a WebSocket.
fn no_http() -> impl Fault {
    edit::on_request(|request| match request.field("Upgrade") {
        Some(_) => Reply::Pass,
        None => Reply::Answer(gone()),
    })
}
