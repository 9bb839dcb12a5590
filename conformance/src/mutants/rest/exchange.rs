//! Faults of HTTP itself.

use crate::checks::ReasonCode::{
    Accepted, Closed, Duplicate, Malformed, Missing, NotClosed, Unexpected, WrongStatus, WrongValue,
};
use crate::mutants::{Mutant, Reply, edit};
use crate::peer::Response;

pub(super) fn mutants() -> Vec<Mutant> {
    [methods(), connections(), ids()].concat()
}

fn methods() -> Vec<Mutant> {
    vec![
        Mutant::wire("rest.head-with-body", "an answer to HEAD has a body", "rest.head", Malformed, || {
            edit::edit_response(|request, response| {
                if request.method == "HEAD" {
                    response.set_body("{}");
                }
            })
        }),
        Mutant::wire("rest.head-unknown", "HEAD is no method", "rest.head", WrongStatus, || {
            edit::edit_response(|request, response| {
                if request.method == "HEAD" {
                    response.status = 405;
                }
            })
        }),
        Mutant::wire("rest.options-say-nothing", "OPTIONS has no Allow", "rest.options", Missing, || {
            edit::edit_response(|request, response| {
                if request.method == "OPTIONS" {
                    response.set_field("Allow", None);
                }
            })
        }),
    ]
}

fn connections() -> Vec<Mutant> {
    vec![
        Mutant::wire(
            "rest.one-request-each",
            "every connection ends behind its first answer",
            "rest.keep-alive",
            Closed,
            || edit::edit_response(|_, response| response.set_field("Connection", Some("close"))),
        ),
        Mutant::wire(
            "rest.refusal-twice",
            "what is left of a refused body is answered too",
            "rest.keep-alive-refused",
            Malformed,
            || {
                edit::edit_response(|_, response| {
                    if response.status == 400 {
                        response.body.extend_from_slice(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
                    }
                })
            },
        ),
        Mutant::wire(
            "rest.answers-change-places",
            "answers to requests that come together change places",
            "rest.pipelined",
            WrongStatus,
            || {
                edit::edit_response(|request, response| {
                    // What the proxy did not see asked came with the request before it.
                    if request.method.is_empty() {
                        response.status = if response.status == 404 { 200 } else { 404 };
                    }
                })
            },
        ),
        Mutant::wire(
            "rest.close-unheard",
            "a connection that is to end goes on",
            "rest.close-honoured",
            NotClosed,
            || {
                edit::on_request(|request| match request.field("Connection") {
                    Some("close") if request.target.ends_with("/ready") => {
                        Reply::AnswerBytes(Response::new(200, "OK", "{}").encode())
                    }
                    _ => Reply::Pass,
                })
            },
        ),
        Mutant::wire(
            "rest.chunks-for-all",
            "clients of HTTP/1.0 get chunks",
            "rest.old-version",
            Unexpected,
            || {
                edit::edit_response(|request, response| {
                    if request.version == "HTTP/1.0" {
                        response.set_field("Content-Length", None);
                        response.set_field("Transfer-Encoding", Some("chunked"));
                        response.body = chunked(response);
                    }
                })
            },
        ),
    ]
}

/// The body in one chunk.
fn chunked(response: &Response) -> Vec<u8> {
    let mut bytes = format!("{:x}\r\n", response.body.len()).into_bytes();
    bytes.extend_from_slice(&response.body);
    bytes.extend_from_slice(b"\r\n0\r\n\r\n");
    bytes
}

fn ids() -> Vec<Mutant> {
    const ID: &str = "X-Request-Id";
    vec![
        Mutant::wire("rest.answers-without-id", "refusals have no id", "rest.request-id", Missing, || {
            edit::edit_response(|_, response| {
                if response.status >= 400 {
                    response.set_field(ID, None);
                }
            })
        }),
        Mutant::wire("rest.one-id-for-all", "all answers have one id", "rest.request-id", Duplicate, || {
            edit::edit_response(|request, response| {
                if request.field(ID).is_none() {
                    response.set_field(ID, Some("req_1"));
                }
            })
        }),
        Mutant::wire(
            "rest.given-id-replaced",
            "the id that a client gives is replaced",
            "rest.request-id-kept",
            WrongValue,
            || edit::edit_response(|_, response| response.set_field(ID, Some("req_2"))),
        ),
        Mutant::wire(
            "rest.any-id-kept",
            "whatever a client gives comes back as id",
            "rest.request-id-odd",
            Accepted,
            || {
                edit::edit_response(|request, response| {
                    if let Some(id) = request.field(ID) {
                        response.set_field(ID, Some(id));
                    }
                })
            },
        ),
    ]
}
