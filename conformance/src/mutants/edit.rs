//! Ready-made faults: most mutants are one call of one of these.

use std::time::Duration;

use serde_json::Value;

use crate::checks::field;
use crate::peer::{Frame, Message, Request, Response, SseEvent};

use super::fault::{Action, EventAction, Fault, FrameAction, Out, Reply};

/// Changes JSON messages named `name` (in either dialect; `*` means all) in place. `change` gets the
/// fields: the payload of an event, else the message.
pub fn edit_message<F>(name: &'static str, change: F) -> impl Fault
where
    F: FnMut(&mut Value) + Send,
{
    let mut change = change;
    ServerMessages(move |message: &Message| match named(message, name) {
        Some(mut value) => {
            change(fields_mut(&mut value));
            Action::replace(Message::json(&value))
        }
        None => Action::Pass,
    })
}

/// Decides about JSON messages named `name` (`*` means all). `decide` gets the whole message.
pub fn on_message<F>(name: &'static str, decide: F) -> impl Fault
where
    F: FnMut(&Message, Value) -> Action + Send,
{
    let mut decide = decide;
    ServerMessages(move |message: &Message| match named(message, name) {
        Some(value) => decide(message, value),
        None => Action::Pass,
    })
}

/// Swallows messages named `name`.
pub fn drop_message(name: &'static str) -> impl Fault {
    on_message(name, |_, _| Action::drop())
}

/// Sends messages named `name` twice.
pub fn duplicate_message(name: &'static str) -> impl Fault {
    on_message(name, |message, _| Action::duplicate(message))
}

/// Holds messages named `name`, and all behind them, back for `time`.
pub fn delay_message(name: &'static str, time: Duration) -> impl Fault {
    on_message(name, move |message, _| Action::delay(message, time))
}

/// Sends the first message named `name` after the message that follows it.
pub fn swap_message(name: &'static str) -> impl Fault {
    let mut held: Option<Message> = None;
    let mut done = false;
    ServerMessages(move |message: &Message| {
        if !matches!(message, Message::Text(_)) {
            return Action::Pass;
        }
        if let Some(first) = held.take() {
            return Action::Do(vec![Out::Client(message.clone()), Out::Client(first)]);
        }
        if !done && named(message, name).is_some() {
            done = true;
            held = Some(message.clone());
            return Action::drop();
        }
        Action::Pass
    })
}

/// Changes code and reason of close frames.
pub fn edit_close<F>(change: F) -> impl Fault
where
    F: FnMut(u16, &str) -> (u16, String) + Send,
{
    let mut change = change;
    ServerMessages(move |message: &Message| match message {
        Message::Close(Some((code, reason))) => {
            let (code, reason) = change(*code, reason);
            Action::close(code, &reason)
        }
        _ => Action::Pass,
    })
}

/// Decides about every message and control frame of the server.
pub fn server_messages<F>(decide: F) -> impl Fault
where
    F: FnMut(&Message) -> Action + Send,
{
    ServerMessages(decide)
}

/// Decides about every message and control frame of the client; [`Action::Do`] keeps it from the server.
pub fn client_messages<F>(decide: F) -> impl Fault
where
    F: FnMut(&Message) -> Action + Send,
{
    ClientMessages(decide)
}

/// Writes the server's frames anew: `Some` bytes go out instead.
pub fn server_frames<F>(rewrite: F) -> impl Fault
where
    F: FnMut(&Frame) -> Option<Vec<u8>> + Send,
{
    ServerFrames(rewrite)
}

/// Writes the client's frames anew: `Some` bytes go to the server instead, `None` lets the frame go on at
/// once, whether its message is complete or not.
pub fn client_frames<F>(rewrite: F) -> impl Fault
where
    F: FnMut(&Frame) -> Option<Vec<u8>> + Send,
{
    ClientFrames(rewrite)
}

/// Changes the client's bytes as one read brought them.
pub fn client_bytes<F>(change: F) -> impl Fault
where
    F: FnMut(Vec<u8>) -> Vec<u8> + Send,
{
    ClientBytes(change)
}

/// Changes responses (REST and upgrade) in place.
pub fn edit_response<F>(change: F) -> impl Fault
where
    F: FnMut(&Request, &mut Response) + Send,
{
    Responses(change)
}

/// Decides about the blocks of event streams, events and comments, as their lines.
pub fn on_block<F>(decide: F) -> impl Fault
where
    F: FnMut(&str) -> EventAction + Send,
{
    Stream(decide)
}

/// Decides about events named `name` (`*` means all) of event streams, and their data.
pub fn on_event<F>(name: &'static str, decide: F) -> impl Fault
where
    F: FnMut(SseEvent, Value) -> EventAction + Send,
{
    let mut decide = decide;
    Stream(move |block: &str| {
        let event = SseEvent::parse(block);
        let value = event.data.as_deref().and_then(|data| serde_json::from_str::<Value>(data).ok());
        match value.filter(|value| name == "*" || field::name(value) == name) {
            Some(value) => decide(event, value),
            None => EventAction::Pass,
        }
    })
}

/// Changes the data of events named `name` (`*` means all) in place.
pub fn edit_event<F>(name: &'static str, change: F) -> impl Fault
where
    F: FnMut(&mut Value) + Send,
{
    let mut change = change;
    on_event(name, move |event, mut value| {
        change(&mut value);
        EventAction::Text(SseEvent { data: Some(value.to_string()), ..event }.encode())
    })
}

/// Decides about requests (REST and upgrade).
pub fn on_request<F>(decide: F) -> impl Fault
where
    F: FnMut(&Request) -> Reply + Send,
{
    Requests(decide)
}

/// Keeps the server from ending connections: no close frame, no end of the stream.
pub fn never_close() -> impl Fault {
    NeverClose
}

/// The JSON of a message that is named `name`.
fn named(message: &Message, name: &str) -> Option<Value> {
    let value = message.to_json()?;
    (name == "*" || field::name(&value) == name).then_some(value)
}

/// The fields of a message in either dialect.
pub fn fields_mut(message: &mut Value) -> &mut Value {
    let wrapped = matches!(message.get("type").and_then(Value::as_str), Some("event" | "broadcast"));
    if wrapped && message.get("payload").is_some() { &mut message["payload"] } else { message }
}

struct ServerMessages<F>(F);

impl<F: FnMut(&Message) -> Action + Send> Fault for ServerMessages<F> {
    fn on_server_message(&mut self, message: &Message) -> Action {
        (self.0)(message)
    }
}

struct ClientMessages<F>(F);

impl<F: FnMut(&Message) -> Action + Send> Fault for ClientMessages<F> {
    fn watches_client(&self) -> bool {
        true
    }

    fn on_client_message(&mut self, message: &Message) -> Action {
        (self.0)(message)
    }
}

struct ServerFrames<F>(F);

impl<F: FnMut(&Frame) -> Option<Vec<u8>> + Send> Fault for ServerFrames<F> {
    fn on_server_frame(&mut self, frame: &Frame) -> FrameAction {
        (self.0)(frame).map_or(FrameAction::Pass, FrameAction::Bytes)
    }
}

struct ClientFrames<F>(F);

impl<F: FnMut(&Frame) -> Option<Vec<u8>> + Send> Fault for ClientFrames<F> {
    fn watches_client(&self) -> bool {
        true
    }

    fn on_client_frame(&mut self, frame: &Frame) -> FrameAction {
        FrameAction::Bytes((self.0)(frame).unwrap_or_else(|| frame.encode()))
    }
}

struct ClientBytes<F>(F);

impl<F: FnMut(Vec<u8>) -> Vec<u8> + Send> Fault for ClientBytes<F> {
    fn watches_client(&self) -> bool {
        true
    }

    fn on_client_bytes(&mut self, bytes: Vec<u8>) -> Vec<u8> {
        (self.0)(bytes)
    }
}

struct Responses<F>(F);

impl<F: FnMut(&Request, &mut Response) + Send> Fault for Responses<F> {
    fn on_response(&mut self, request: &Request, response: &mut Response) {
        (self.0)(request, response);
    }
}

struct Stream<F>(F);

impl<F: FnMut(&str) -> EventAction + Send> Fault for Stream<F> {
    fn on_event(&mut self, _request: &Request, event: &str) -> EventAction {
        (self.0)(event)
    }
}

struct Requests<F>(F);

impl<F: FnMut(&Request) -> Reply + Send> Fault for Requests<F> {
    fn on_request(&mut self, request: &Request) -> Reply {
        (self.0)(request)
    }
}

struct NeverClose;

impl Fault for NeverClose {
    fn on_server_message(&mut self, message: &Message) -> Action {
        if matches!(message, Message::Close(_)) { Action::drop() } else { Action::Pass }
    }

    fn holds_open(&mut self) -> bool {
        true
    }
}
