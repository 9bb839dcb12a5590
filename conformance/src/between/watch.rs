//! One connection through a post.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::checks::field;
use crate::mutants::{Action, Fault, Out, Reply};
use crate::peer::{Direction, Message, Request, Response};

use super::book::{Book, Manner, What};

/// Writes down what passes, and does what the post's manner says.
pub(super) struct Watch {
    name: String,
    connection: u64,
    book: Arc<Book>,
}

impl Watch {
    pub(super) fn new(post: &str, book: Arc<Book>) -> Self {
        let connection = book.connection();
        Self { name: format!("{post}-{connection}"), connection, book }
    }

    fn note(&self, what: What) {
        self.book.add(self.connection, what);
    }

    fn record(&self, direction: Direction, message: &Message) {
        self.book.transcript().message(&self.name, direction, message);
    }

    fn cut(&self) -> Action {
        self.book.transcript().note(&self.name, "the suite cuts it");
        Action::cut()
    }
}

/// 503, and the connection ends.
fn refusal() -> Response {
    let body = json!({"type": "error", "code": "INTERNAL", "message": "the suite is in the way"});
    let mut response = Response::new(503, "Service Unavailable", body.to_string());
    response.set_field("Content-Type", Some("application/json"));
    response.set_field("Connection", Some("close"));
    response
}

impl Fault for Watch {
    fn reads_bodies(&self) -> bool {
        true
    }

    fn on_request(&mut self, request: &Request) -> Reply {
        let upgrade = request.field("Upgrade").is_some();
        let text = String::from_utf8_lossy(&request.encode()).into_owned();
        self.book.transcript().add(&self.name, Direction::Received, "http", &text, None);
        let body = serde_json::from_slice(&request.body).unwrap_or(Value::Null);
        self.note(What::Asked { upgrade, body });
        match self.book.manner() {
            Manner::RefusesSockets if upgrade => Reply::Answer(refusal()),
            Manner::RefusesAll => Reply::Answer(refusal()),
            // What is compressed could not be read here.
            _ if upgrade => Reply::Rewrite(request.clone().without("Sec-WebSocket-Extensions")),
            _ => Reply::Pass,
        }
    }

    fn on_response(&mut self, _request: &Request, response: &mut Response) {
        let text = String::from_utf8_lossy(&response.encode()).into_owned();
        self.book.transcript().add(&self.name, Direction::Sent, "http", &text, None);
    }

    fn watches_client(&self) -> bool {
        true
    }

    fn on_client_message(&mut self, message: &Message) -> Action {
        self.record(Direction::Received, message);
        match message {
            Message::Pong(payload) => self.note(What::Ponged(payload.clone())),
            _ => {
                if let Some(said) = message.to_json() {
                    self.note(What::Said(said));
                }
            }
        }
        match self.book.manner() {
            Manner::CutsSockets | Manner::RefusesAll => self.cut(),
            Manner::Open | Manner::RefusesSockets => Action::Pass,
        }
    }

    fn on_server_message(&mut self, message: &Message) -> Action {
        self.record(Direction::Sent, message);
        let Some(answer) = message.to_json() else { return Action::Pass };
        let acknowledged = field::name(&answer) == "connection_acknowledged";
        self.note(What::Answered(answer));
        match acknowledged.then(|| self.book.take_ping()).flatten() {
            Some(payload) => {
                let ping = Message::Ping(payload);
                self.record(Direction::Sent, &ping);
                Action::Do(vec![Out::Client(message.clone()), Out::Client(ping)])
            }
            None => Action::Pass,
        }
    }
}
