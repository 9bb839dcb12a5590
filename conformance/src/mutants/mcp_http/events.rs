//! Faults of streams of events.

use serde_json::{Value, json};

use super::rpc::{answer, edit, event, events, never_ends, stream};
use crate::checks::ReasonCode;
use crate::mutants::{EventAction, Fault, Mutant};
use crate::peer::{Request, SseEvent};

const CALL: &str = "tools/call";

/// Adds a response to each event of a stream that was opened by GET.
struct Intruder;

impl Fault for Intruder {
    fn on_event(&mut self, request: &Request, block: &str) -> EventAction {
        if request.method != "GET" {
            return EventAction::Pass;
        }
        let response = json!({"jsonrpc": "2.0", "id": "c-1", "result": {}});
        EventAction::Text(format!("{block}{}", event(&response)))
    }
}

/// Changes notifications of progress.
fn progress(change: fn(&mut Value)) -> impl Fault {
    events(CALL, move |mut event: SseEvent| {
        let mut message: Value = serde_json::from_str(event.data.as_deref()?).ok()?;
        if message["method"] != "notifications/progress" {
            return None;
        }
        change(&mut message["params"]);
        event.data = Some(message.to_string());
        Some(event.encode())
    })
}

/// Puts a notification before the response.
pub(super) fn before_response(note: Value) -> impl Fault {
    events(CALL, move |found: SseEvent| {
        let message: Value = serde_json::from_str(found.data.as_deref()?).ok()?;
        message.get("result")?;
        Some(format!("{}{}", event(&note), found.encode()))
    })
}

fn resumes(request: &Request) -> bool {
    request.method == "GET" && request.field("Last-Event-ID").is_some()
}

fn of_streams() -> Vec<Mutant> {
    vec![
        Mutant::wire(
            "mcp-http.events-named",
            "events have a name of their own",
            "mcp-http.events",
            ReasonCode::WrongValue,
            || {
                events("*", |event: SseEvent| {
                    Some(SseEvent { name: Some("rpc".to_owned()), ..event }.encode())
                })
            },
        ),
        Mutant::wire(
            "mcp-http.stream-stays",
            "a stream stays open after its response",
            "mcp-http.stream-ends",
            ReasonCode::NotClosed,
            || never_ends(CALL),
        ),
        Mutant::wire(
            "mcp-http.cancelled-stays",
            "the stream of a cancelled call stays open",
            "mcp-http.cancel",
            ReasonCode::NotClosed,
            || never_ends(CALL),
        ),
        Mutant::wire(
            "mcp-http.event-ids-repeated",
            "every stream counts its events anew",
            "mcp-http.event-ids",
            ReasonCode::Duplicate,
            || {
                let mut count = 0;
                events("*", move |event: SseEvent| {
                    count += 1;
                    Some(SseEvent { id: Some(count.to_string()), ..event }.encode())
                })
            },
        ),
        Mutant::wire(
            "mcp-http.not-primed",
            "a stream begins with its first message",
            "mcp-http.priming",
            ReasonCode::Missing,
            || {
                events("*", |event: SseEvent| {
                    event.data.as_deref().unwrap_or_default().is_empty().then(String::new)
                })
            },
        ),
        Mutant::wire(
            "mcp-http.resumes-another",
            "a resumed stream has another's response",
            "mcp-http.resume-own",
            ReasonCode::Leak,
            || {
                answer(resumes, |_| {
                    stream(&event(&json!({"jsonrpc": "2.0", "id": "another-request", "result": {}})))
                })
            },
        ),
    ]
}

fn of_progress() -> Vec<Mutant> {
    vec![
        Mutant::wire(
            "mcp-http.resumes-nothing",
            "a resumed stream ends without a response",
            "mcp-http.resume",
            ReasonCode::Missing,
            || answer(resumes, |_| stream(": nothing\n\n")),
        ),
        Mutant::wire(
            "mcp-http.responses-elsewhere",
            "a stream opened by GET has responses",
            "mcp-http.get-no-responses",
            ReasonCode::Leak,
            || Intruder,
        ),
        Mutant::wire(
            "mcp-http.progress-own-token",
            "progress has a token of the server's",
            "mcp-http.progress",
            ReasonCode::WrongValue,
            || progress(|params| params["progressToken"] = json!("token-8")),
        ),
        Mutant::wire(
            "mcp-http.progress-stands",
            "progress does not rise",
            "mcp-http.progress",
            ReasonCode::WrongOrder,
            || progress(|params| params["progress"] = json!(1)),
        ),
        Mutant::wire(
            "mcp-http.token-as-text",
            "a number as token becomes a text",
            "mcp-http.progress-number",
            ReasonCode::WrongValue,
            || progress(|params| params["progressToken"] = json!(params["progressToken"].to_string())),
        ),
        Mutant::wire(
            "mcp-http.progress-unasked",
            "progress is told without a token",
            "mcp-http.no-progress",
            ReasonCode::Unexpected,
            || {
                let params = json!({"progressToken": 0, "progress": 1});
                before_response(
                    json!({"jsonrpc": "2.0", "method": "notifications/progress", "params": params}),
                )
            },
        ),
        Mutant::wire(
            "mcp-http.result-unlisted",
            "a call has no content",
            "mcp-http.call",
            ReasonCode::Missing,
            || edit(CALL, |_, message| drop(super::rpc::take(&mut message["result"], "content"))),
        ),
    ]
}

pub(super) fn mutants() -> Vec<Mutant> {
    [of_streams(), of_progress()].concat()
}
