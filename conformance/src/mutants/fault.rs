//! What a deliberate violation can do to the traffic of one connection.

use std::time::Duration;

use crate::peer::{Frame, Message, Request, Response};

/// One step of the proxy. Steps are carried out in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Out {
    /// A message to the client.
    Client(Message),
    /// Exact bytes to the client.
    ClientBytes(Vec<u8>),
    /// A message to the client after a time, without holding back what follows.
    ClientLater(Duration, Message),
    /// A message to the server, masked.
    Server(Message),
    /// Exact bytes to the server.
    ServerBytes(Vec<u8>),
    /// Hold this direction back for a time.
    Wait(Duration),
    /// Cut both TCP connections.
    Cut,
}

/// What becomes of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// It goes on, byte for byte.
    Pass,
    /// It does not go on; these steps are taken instead.
    Do(Vec<Out>),
}

impl Action {
    /// It is swallowed.
    pub fn drop() -> Self {
        Self::Do(Vec::new())
    }

    /// Another message goes to the client in its place.
    pub fn replace(message: Message) -> Self {
        Self::Do(vec![Out::Client(message)])
    }

    /// It goes to the client twice.
    pub fn duplicate(message: &Message) -> Self {
        Self::Do(vec![Out::Client(message.clone()), Out::Client(message.clone())])
    }

    /// It goes to the client after `time`, and so does all that follows.
    pub fn delay(message: &Message, time: Duration) -> Self {
        Self::Do(vec![Out::Wait(time), Out::Client(message.clone())])
    }

    /// A close frame goes to the client in its place.
    pub fn close(code: u16, reason: &str) -> Self {
        Self::replace(Message::Close(Some((code, reason.to_owned()))))
    }

    /// Both connections are cut.
    pub fn cut() -> Self {
        Self::Do(vec![Out::Cut])
    }
}

/// What becomes of a frame.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FrameAction {
    /// It goes on to the message hooks.
    Pass,
    /// These bytes go to the receiver instead; the message hooks don't see it.
    Bytes(Vec<u8>),
}

/// What becomes of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reply {
    /// It goes on to the server, byte for byte.
    Pass,
    /// This one goes to the server instead.
    Rewrite(Request),
    /// The client gets this response; the server sees nothing.
    Answer(Response),
    /// The client gets these bytes, then silence; the server sees nothing.
    AnswerBytes(Vec<u8>),
}

/// What becomes of an event of a stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EventAction {
    /// It goes on.
    Pass,
    /// This text goes on instead; none when it is empty.
    Text(String),
    /// It goes on after a time, and so does all that follows.
    Delay(Duration),
    /// The stream ends here, orderly.
    End,
}

/// A deliberate violation on one connection. Each hook has a default that changes nothing; state lives
/// in the implementing type, one value per connection.
pub trait Fault: Send {
    /// How the proxy speaks TLS itself, for faults of TLS; nothing else of the fault is asked then.
    fn tunnel(&self) -> Option<super::Tunnel> {
        None
    }

    /// True when requests are wanted with their bodies (those that have a `Content-Length`).
    fn reads_bodies(&self) -> bool {
        false
    }

    /// A request head (upgrade or REST) that could be read. Its body follows unchanged, unless
    /// [`Fault::reads_bodies`] wants it: then it is part of the request.
    fn on_request(&mut self, _request: &Request) -> Reply {
        Reply::Pass
    }

    /// True when a request head that is longer than anybody's is read on and on, and never answered.
    fn reads_endless_heads(&self) -> bool {
        false
    }

    /// A whole response, changed in place. `request` is what the client sent. A 101 has no body; when
    /// its status is changed the connection ends after it. A stream of events comes without its body, which
    /// follows through [`Fault::on_event`]; a body that is set here goes out in its place.
    fn on_response(&mut self, _request: &Request, _response: &mut Response) {}

    /// An event of a stream (`text/event-stream`), as it came: its lines and the empty one that ends it.
    fn on_event(&mut self, _request: &Request, _event: &str) -> EventAction {
        EventAction::Pass
    }

    /// True when [`Fault::on_server_bytes`] is to be told of the server's bytes, which go on as they come, whole
    /// frames or not. The hooks for its frames and messages are not asked then.
    fn overhears_server(&self) -> bool {
        false
    }

    /// Bytes of the server behind its answer to an upgrade, as one read brought them; asked only of a fault that
    /// overhears the server. What is returned goes on.
    fn on_server_bytes(&mut self, bytes: Vec<u8>) -> Vec<u8> {
        bytes
    }

    /// A frame from the server, before messages are put together.
    fn on_server_frame(&mut self, _frame: &Frame) -> FrameAction {
        FrameAction::Pass
    }

    /// A message or control frame from the server.
    fn on_server_message(&mut self, _message: &Message) -> Action {
        Action::Pass
    }

    /// True when the hooks for the client's bytes, frames and messages are to be asked. Otherwise the client's bytes go on as
    /// they come, whole frames or not.
    fn watches_client(&self) -> bool {
        false
    }

    /// True when [`Fault::on_client_bytes`] is to be told of the client's bytes, which go on as they come,
    /// whole frames or not. The hooks for its frames and messages are not asked then.
    fn overhears_client(&self) -> bool {
        false
    }

    /// Bytes of the client as one read brought them, before anything looks at them; asked only of a
    /// fault that watches or overhears the client. What is returned goes on.
    fn on_client_bytes(&mut self, bytes: Vec<u8>) -> Vec<u8> {
        bytes
    }

    /// A frame from the client, before messages are put together; asked only of a fault that watches the
    /// client. [`FrameAction::Bytes`] go to the server instead.
    fn on_client_frame(&mut self, _frame: &Frame) -> FrameAction {
        FrameAction::Pass
    }

    /// A message or control frame from the client. [`Action::Do`] keeps it from the server.
    fn on_client_message(&mut self, _message: &Message) -> Action {
        Action::Pass
    }

    /// Bytes of a connection that is not HTTP/1.1, as one read brought them, of the server or of the client.
    /// What is returned goes on.
    fn on_relayed(&mut self, _from_server: bool, bytes: Vec<u8>) -> Vec<u8> {
        bytes
    }

    /// The client ended its connection: true keeps the server's open and silent.
    fn keeps_server(&mut self) -> bool {
        false
    }

    /// The server ended its connection, or a stream of events: true keeps the client's open and silent.
    fn holds_open(&mut self) -> bool {
        false
    }
}
