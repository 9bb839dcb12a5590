//! Faults in JSON-RPC over HTTP, whether answers come as JSON or as events.

use serde_json::{Value, json};

use crate::mutants::{EventAction, Fault, Reply};
use crate::peer::{Request, Response, SseEvent, is_event_stream};

/// The message in a request; null when there is none.
pub(super) fn said(request: &Request) -> Value {
    serde_json::from_slice(&request.body).unwrap_or_default()
}

/// True for a request of `method`.
pub(super) fn is(request: &Request, method: &str) -> bool {
    said(request)["method"] == method
}

/// Takes a field away.
pub(super) fn take(value: &mut Value, field: &str) -> Option<Value> {
    value.as_object_mut()?.remove(field)
}

/// Changes responses to requests of `method` (`*` means all); `edit` is given the request's message, too.
pub(super) fn edit<E>(method: &'static str, edit: E) -> impl Fault
where
    E: FnMut(&Value, &mut Value) + Send,
{
    Edit { method, edit }
}

/// Changes the result in responses to requests of `method`.
pub(super) fn result<E>(method: &'static str, change: E) -> impl Fault
where
    E: FnMut(&mut Value) + Send,
{
    let mut change = change;
    edit(method, move |_, message| {
        if let Some(result) = message.get_mut("result") {
            change(result);
        }
    })
}

/// Refusals of requests of `method` become this result.
pub(super) fn accepted(method: &'static str, made_up: Value) -> impl Fault {
    edit(method, move |_, message| {
        if take(message, "error").is_some() {
            message["result"] = made_up.clone();
        }
    })
}

/// Refusals of requests of `method` get another code.
pub(super) fn code(method: &'static str, code: i64) -> impl Fault {
    edit(method, move |_, message| {
        if let Some(error) = message.get_mut("error") {
            error["code"] = json!(code);
        }
    })
}

/// Rewrites events of answers to requests of `method`: `Some` text goes out instead.
pub(super) fn events<E>(method: &'static str, rewrite: E) -> impl Fault
where
    E: FnMut(SseEvent) -> Option<String> + Send,
{
    Events { method, rewrite }
}

/// Changes responses, streams by their head, to requests for which `matches` holds.
pub(super) fn head<M, C>(matches: M, change: C) -> impl Fault
where
    M: Fn(&Request) -> bool + Send,
    C: FnMut(&mut Response) + Send,
{
    Head { matches, change }
}

/// Answers requests for which `matches` holds without asking the server.
pub(super) fn answer<M, A>(matches: M, answer: A) -> impl Fault
where
    M: Fn(&Request) -> bool + Send,
    A: Fn(&Request) -> Response + Send,
{
    requests(move |request| if matches(request) { Reply::Answer(answer(request)) } else { Reply::Pass })
}

/// Hands requests for which `matches` holds on as something else.
pub(super) fn rewrite<M, R>(matches: M, change: R) -> impl Fault
where
    M: Fn(&Request) -> bool + Send,
    R: Fn(Request) -> Request + Send,
{
    requests(
        move |request| {
            if matches(request) { Reply::Rewrite(change(request.clone())) } else { Reply::Pass }
        },
    )
}

/// Decides about requests, bodies included.
pub(super) fn requests<D>(decide: D) -> impl Fault
where
    D: FnMut(&Request) -> Reply + Send,
{
    Requests(decide)
}

/// A response with a JSON body.
pub(super) fn whole(status: u16, body: &Value) -> Response {
    let mut response = Response::new(status, "made up", body.to_string());
    response.set_field("Content-Type", Some("application/json"));
    response.set_field("Connection", Some("close"));
    response
}

/// A stream of these events.
pub(super) fn stream(events: &str) -> Response {
    let mut response = Response::new(200, "OK", events);
    response.set_field("Content-Type", Some("text/event-stream"));
    response.set_field("Connection", Some("close"));
    response
}

/// An event with this message.
pub(super) fn event(message: &Value) -> String {
    SseEvent { data: Some(message.to_string()), ..SseEvent::default() }.encode()
}

/// Streams that answer requests of `method` never end.
pub(super) fn never_ends(method: &'static str) -> impl Fault {
    NeverEnds { method, holds: false }
}

struct Edit<E> {
    method: &'static str,
    edit: E,
}

impl<E: FnMut(&Value, &mut Value) + Send> Edit<E> {
    fn concerns(&self, request: &Request) -> bool {
        self.method == "*" || is(request, self.method)
    }
}

impl<E: FnMut(&Value, &mut Value) + Send> Fault for Edit<E> {
    fn reads_bodies(&self) -> bool {
        true
    }

    fn on_response(&mut self, request: &Request, response: &mut Response) {
        if self.concerns(request)
            && !is_event_stream(response)
            && let Some(mut message) = response.json()
        {
            (self.edit)(&said(request), &mut message);
            response.set_body(message.to_string());
        }
    }

    fn on_event(&mut self, request: &Request, event: &str) -> EventAction {
        let mut event = SseEvent::parse(event);
        let data = event.data.as_deref().unwrap_or_default();
        match serde_json::from_str::<Value>(data) {
            Ok(mut message) if self.concerns(request) && message.get("method").is_none() => {
                (self.edit)(&said(request), &mut message);
                event.data = Some(message.to_string());
                EventAction::Text(event.encode())
            }
            _ => EventAction::Pass,
        }
    }
}

struct Events<E> {
    method: &'static str,
    rewrite: E,
}

impl<E: FnMut(SseEvent) -> Option<String> + Send> Fault for Events<E> {
    fn reads_bodies(&self) -> bool {
        true
    }

    fn on_event(&mut self, request: &Request, event: &str) -> EventAction {
        if self.method != "*" && !is(request, self.method) {
            return EventAction::Pass;
        }
        (self.rewrite)(SseEvent::parse(event)).map_or(EventAction::Pass, EventAction::Text)
    }
}

struct Head<M, C> {
    matches: M,
    change: C,
}

impl<M, C> Fault for Head<M, C>
where
    M: Fn(&Request) -> bool + Send,
    C: FnMut(&mut Response) + Send,
{
    fn reads_bodies(&self) -> bool {
        true
    }

    fn on_response(&mut self, request: &Request, response: &mut Response) {
        if (self.matches)(request) {
            (self.change)(response);
        }
    }
}

struct Requests<D>(D);

impl<D: FnMut(&Request) -> Reply + Send> Fault for Requests<D> {
    fn reads_bodies(&self) -> bool {
        true
    }

    fn on_request(&mut self, request: &Request) -> Reply {
        (self.0)(request)
    }
}

struct NeverEnds {
    method: &'static str,
    holds: bool,
}

impl Fault for NeverEnds {
    fn reads_bodies(&self) -> bool {
        true
    }

    fn on_response(&mut self, request: &Request, _response: &mut Response) {
        self.holds = is(request, self.method);
    }

    fn holds_open(&mut self) -> bool {
        self.holds
    }
}
