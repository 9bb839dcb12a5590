//! The messages of a connection whatever they are written in, and who the client said it is.

use serde_json::{Value, json};

use crate::mutants::rfc7692::wire::{Reader, offers};
use crate::mutants::{Fault, FrameAction};
use crate::peer::msgpack::{from_msgpack, to_msgpack};
use crate::peer::{Frame, Message, Request, Response};

/// What the client of a connection said of itself.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Client {
    /// Whether it offered compression.
    pub(super) deflate: bool,
    /// Capabilities of its handshake; `None` before it.
    pub(super) capabilities: Option<Vec<String>>,
    /// Whether it resumed.
    pub(super) resumed: bool,
}

impl Client {
    /// Whether it negotiated exactly this.
    pub(super) fn is(&self, deflate: bool, capabilities: &[&str]) -> bool {
        let own = self.capabilities.as_deref();
        self.deflate == deflate && own.is_some_and(|own| own.iter().eq(capabilities.iter()))
    }

    /// Takes what a message of it says of itself.
    pub(super) fn hear(&mut self, message: &Message) {
        if let Some(value) = value_of(message).filter(|value| value["type"] == "connection_handshake") {
            let names = value["capabilities"].as_array().map_or(&[][..], Vec::as_slice);
            let names = names.iter().filter_map(Value::as_str).map(str::to_owned);
            self.capabilities = Some(names.collect());
            self.resumed = value["resume"].is_object();
        }
    }
}

/// What becomes of a message of the server.
pub(super) enum Rewrite {
    /// It goes on as it is.
    Pass,
    /// This goes instead.
    Frames(Vec<Frame>),
}

/// Rewrites messages of the server, read and unpacked.
pub(super) struct Rewriter<F> {
    client: Client,
    sent: Reader,
    received: Reader,
    rewrite: F,
}

/// A fault that decides about every message of the server; `rewrite` also gets the message as it came.
pub(super) fn rewriter<F>(rewrite: F) -> Rewriter<F>
where
    F: FnMut(&Client, &Message, Value) -> Rewrite + Send,
{
    let client = Client::default();
    Rewriter { client, sent: Reader::new(false), received: Reader::new(false), rewrite }
}

/// The value of a message in either form.
pub(super) fn value_of(message: &Message) -> Option<Value> {
    match message {
        Message::Text(text) => serde_json::from_str(text).ok(),
        Message::Binary(bytes) => from_msgpack(bytes).ok(),
        _ => None,
    }
}

/// `value` in the form of `like`, not compressed.
pub(super) fn in_form_of(like: &Message, value: &Value) -> Frame {
    match like {
        Message::Binary(_) => Frame::binary(to_msgpack(value)),
        _ => Frame::text(value.to_string()),
    }
}

/// Changes each message of a batch, or the only one; false takes it out.
pub(super) fn each(mut value: Value, change: &mut dyn FnMut(&mut Value) -> bool) -> Option<Value> {
    if value["type"] != "batch" {
        return change(&mut value).then_some(value);
    }
    let messages = value.get_mut("messages").and_then(Value::as_array_mut)?;
    messages.retain_mut(change);
    Some(value)
}

/// A batch of these messages.
pub(super) fn batch(messages: &[&Value]) -> Value {
    json!({"type": "batch", "timestamp": crate::checks::now(), "messages": messages})
}

impl<F> Fault for Rewriter<F>
where
    F: FnMut(&Client, &Message, Value) -> Rewrite + Send,
{
    fn watches_client(&self) -> bool {
        true
    }

    fn on_response(&mut self, request: &Request, _response: &mut Response) {
        self.client.deflate = !offers(request).is_empty();
    }

    fn on_client_frame(&mut self, frame: &Frame) -> FrameAction {
        if let Some(read) = self.sent.push(frame) {
            self.client.hear(&read.message);
        }
        FrameAction::Bytes(frame.encode())
    }

    fn on_server_frame(&mut self, frame: &Frame) -> FrameAction {
        let Some(read) = self.received.push(frame) else { return FrameAction::Pass };
        let Some(value) = value_of(&read.message) else { return FrameAction::Pass };
        match (self.rewrite)(&self.client, &read.message, value) {
            Rewrite::Pass => FrameAction::Pass,
            Rewrite::Frames(frames) => FrameAction::Bytes(frames.iter().flat_map(Frame::encode).collect()),
        }
    }
}
