//! Faults of the endpoint and its sessions.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::json;

use super::rpc::{answer, head, is, requests, rewrite, whole};
use crate::checks::ReasonCode;
use crate::mutants::{Fault, Mutant, Reply};
use crate::peer::{Request, Response};

const SESSION: &str = "MCP-Session-Id";

/// The ids that the server gave to sessions, as all connections know them.
type Ids = Arc<Mutex<Vec<String>>>;

fn last(ids: &Ids) -> Option<String> {
    ids.lock().unwrap_or_else(PoisonError::into_inner).last().cloned()
}

/// Shows other ids of sessions than the server gave.
struct Renamed<S, R> {
    show: S,
    real: R,
}

impl<S, R> Fault for Renamed<S, R>
where
    S: FnMut(&str) -> String + Send,
    R: FnMut(&str) -> Option<String> + Send,
{
    fn reads_bodies(&self) -> bool {
        true
    }

    fn on_request(&mut self, request: &Request) -> Reply {
        match request.field(SESSION).and_then(|shown| (self.real)(shown)) {
            Some(real) => Reply::Rewrite(request.clone().with(SESSION, &real)),
            None => Reply::Pass,
        }
    }

    fn on_response(&mut self, _request: &Request, response: &mut Response) {
        if let Some(shown) = response.field(SESSION).map(|id| (self.show)(id)) {
            response.set_field(SESSION, Some(&shown));
        }
    }
}

/// Requests for which `matches` holds are taken for the newest session.
struct Newest<M> {
    ids: Ids,
    matches: M,
}

impl<M: Fn(&Request) -> bool + Send> Fault for Newest<M> {
    fn reads_bodies(&self) -> bool {
        true
    }

    fn on_request(&mut self, request: &Request) -> Reply {
        match last(&self.ids) {
            Some(id) if (self.matches)(request) => Reply::Rewrite(request.clone().with(SESSION, &id)),
            _ => Reply::Pass,
        }
    }

    fn on_response(&mut self, _request: &Request, response: &mut Response) {
        if let Some(id) = response.field(SESSION) {
            self.ids.lock().unwrap_or_else(PoisonError::into_inner).push(id.to_owned());
        }
    }
}

fn newest<M>(matches: M) -> impl Fn() -> Newest<M>
where
    M: Fn(&Request) -> bool + Send + Clone,
{
    let ids = Ids::default();
    move || Newest { ids: Arc::clone(&ids), matches: matches.clone() }
}

fn any_origin(matches: fn(&Request) -> bool) -> impl Fault {
    rewrite(matches, |request| request.without("Origin"))
}

/// An end of a session is confirmed and not carried out.
fn never_ends() -> impl Fault {
    answer(|request| request.method == "DELETE", |_| Response::new(202, "Accepted", ""))
}

fn of_origins() -> Vec<Mutant> {
    vec![
        Mutant::wire(
            "mcp-http.any-origin",
            "any origin may initialize",
            "mcp-http.origin",
            ReasonCode::Accepted,
            || any_origin(|request| is(request, "initialize")),
        ),
        Mutant::wire(
            "mcp-http.any-origin-asks",
            "any origin may use a session",
            "mcp-http.origin-request",
            ReasonCode::Accepted,
            || any_origin(|request| is(request, "ping")),
        ),
        Mutant::wire(
            "mcp-http.any-origin-listens",
            "any origin may listen",
            "mcp-http.origin-stream",
            ReasonCode::Accepted,
            || any_origin(|request| request.method == "GET"),
        ),
        Mutant::wire(
            "mcp-http.answers-as-text",
            "a request is answered as plain text",
            "mcp-http.content-type",
            ReasonCode::WrongValue,
            || {
                head(
                    |request| is(request, "ping"),
                    |response| {
                        response.set_body(json!({"jsonrpc": "2.0", "id": "c-1", "result": {}}).to_string());
                        response.set_field("Content-Type", Some("text/plain"));
                    },
                )
            },
        ),
        Mutant::wire(
            "mcp-http.any-content-type",
            "a body of any type is taken",
            "mcp-http.plain-text",
            ReasonCode::Accepted,
            || {
                rewrite(
                    |request| request.field("Content-Type") == Some("text/plain"),
                    |request| request.with("Content-Type", "application/json"),
                )
            },
        ),
        Mutant::wire(
            "mcp-http.method-unnamed",
            "another method is refused without Allow",
            "mcp-http.wrong-method",
            ReasonCode::Missing,
            || head(|request| request.method == "PUT", |response| response.set_field("Allow", None)),
        ),
    ]
}

fn of_methods() -> Vec<Mutant> {
    vec![
        Mutant::wire(
            "mcp-http.any-method",
            "another method works",
            "mcp-http.wrong-method",
            ReasonCode::Accepted,
            || answer(|request| request.method == "PUT", |_| whole(200, &json!({}))),
        ),
        Mutant::wire(
            "mcp-http.get-is-page",
            "GET is a page",
            "mcp-http.get",
            ReasonCode::WrongStatus,
            || {
                answer(
                    |request| request.method == "GET",
                    |_| {
                        let mut page = Response::new(200, "OK", "<html></html>");
                        page.set_field("Content-Type", Some("text/html"));
                        page
                    },
                )
            },
        ),
        Mutant::wire(
            "mcp-http.exact-case",
            "headers count in one case only",
            "mcp-http.header-case",
            ReasonCode::WrongStatus,
            || {
                answer(
                    |request| request.headers.iter().any(|(name, _)| name == "mCP-sESSION-iD"),
                    |_| whole(400, &json!({})),
                )
            },
        ),
        Mutant::wire_shared(
            "mcp-http.large-body-kills",
            "after a large body nothing is answered any more",
            "mcp-http.large-body",
            ReasonCode::WrongStatus,
            || {
                let dead = Arc::new(AtomicBool::new(false));
                move || {
                    let dead = Arc::clone(&dead);
                    requests(move |request| {
                        let length =
                            request.field("Content-Length").and_then(|length| length.parse::<u64>().ok());
                        if length.is_some_and(|length| length > 16 * 1024 * 1024) {
                            dead.store(true, Ordering::Relaxed);
                        } else if dead.load(Ordering::Relaxed) {
                            return Reply::Answer(whole(500, &json!({})));
                        }
                        Reply::Pass
                    })
                }
            },
        ),
    ]
}

fn of_session_ids() -> Vec<Mutant> {
    vec![
        Mutant::wire(
            "mcp-http.session-with-blank",
            "a session's id has a blank in it",
            "mcp-http.session-letters",
            ReasonCode::WrongValue,
            || Renamed {
                show: |real: &str| format!("session {real}"),
                real: |shown: &str| shown.strip_prefix("session ").map(str::to_owned),
            },
        ),
        Mutant::wire_shared(
            "mcp-http.sessions-counted",
            "ids of sessions are counted",
            "mcp-http.session-unlike",
            ReasonCode::WrongValue,
            || {
                let ids = Ids::default();
                move || {
                    let (given, known) = (Arc::clone(&ids), Arc::clone(&ids));
                    Renamed {
                        show: move |real: &str| {
                            let mut ids = given.lock().unwrap_or_else(PoisonError::into_inner);
                            ids.push(real.to_owned());
                            format!("session-{:024}", ids.len())
                        },
                        real: move |shown: &str| {
                            let place =
                                shown.strip_prefix("session-")?.parse::<usize>().ok()?.checked_sub(1)?;
                            known.lock().unwrap_or_else(PoisonError::into_inner).get(place).cloned()
                        },
                    }
                }
            },
        ),
        Mutant::wire_shared(
            "mcp-http.session-guessed",
            "a request without session is taken for the newest",
            "mcp-http.session-unsaid",
            ReasonCode::Accepted,
            || newest(|request: &Request| is(request, "ping") && request.field(SESSION).is_none()),
        ),
        Mutant::wire_shared(
            "mcp-http.any-session",
            "an unknown session is taken for the newest",
            "mcp-http.session-unknown",
            ReasonCode::Accepted,
            || {
                newest(|request: &Request| {
                    request.field(SESSION).is_some_and(|id| id.starts_with("00000000"))
                })
            },
        ),
    ]
}

fn of_session_ends() -> Vec<Mutant> {
    vec![
        Mutant::wire(
            "mcp-http.session-changes",
            "every answer has another session's id",
            "mcp-http.session-same",
            ReasonCode::WrongValue,
            || {
                head(
                    |request| is(request, "ping"),
                    |response| response.set_field(SESSION, Some("another-session-0001")),
                )
            },
        ),
        Mutant::wire(
            "mcp-http.delete-fails",
            "an end of a session is a fault of the server",
            "mcp-http.delete",
            ReasonCode::WrongStatus,
            || head(|request| request.method == "DELETE", |response| response.status = 500),
        ),
        Mutant::wire(
            "mcp-http.ended-answers",
            "a session that was ended is answered",
            "mcp-http.ended-post",
            ReasonCode::Accepted,
            never_ends,
        ),
        Mutant::wire(
            "mcp-http.ended-listens",
            "a session that was ended can be listened to",
            "mcp-http.ended-get",
            ReasonCode::Accepted,
            never_ends,
        ),
        Mutant::wire(
            "mcp-http.ended-again",
            "a session can be ended twice",
            "mcp-http.ended-delete",
            ReasonCode::Accepted,
            never_ends,
        ),
        Mutant::wire_shared(
            "mcp-http.ends-all",
            "the end of one session is that of all",
            "mcp-http.ends-apart",
            ReasonCode::WrongStatus,
            || {
                let ended = Arc::new(AtomicBool::new(false));
                move || {
                    let ended = Arc::clone(&ended);
                    requests(move |request| {
                        if request.method == "DELETE" {
                            ended.store(true, Ordering::Relaxed);
                        } else if ended.load(Ordering::Relaxed) && is(request, "ping") {
                            return Reply::Answer(whole(404, &json!({})));
                        }
                        Reply::Pass
                    })
                }
            },
        ),
    ]
}

pub(super) fn mutants() -> Vec<Mutant> {
    [of_origins(), of_methods(), of_session_ids(), of_session_ends()].concat()
}
