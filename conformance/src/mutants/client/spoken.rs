//! What the client says, held back, doubled or moved on its way; its requests; its ends.

use std::time::Duration;

use serde_json::{Value, json};

use crate::checks::ReasonCode::{
    Closed, Duplicate, Missing, Unexpected, WrongCloseCode, WrongOrder, WrongValue,
};
use crate::mutants::{Action, Fault, Mutant, Out, Reply, edit};
use crate::peer::{Message, Request};

pub(super) fn mutants() -> Vec<Mutant> {
    [handshakes(), queue(), hearts(), questions(), requests(), ends()].concat()
}

/// The JSON of a client's message of type `kind`.
pub(super) fn of(message: &Message, kind: &str) -> Option<Value> {
    message.to_json().filter(|value| value.get("type").and_then(Value::as_str) == Some(kind))
}

/// Decides about the client's messages of type `kind`: what goes on in their place.
fn instead<F>(kind: &'static str, decide: F) -> impl Fault
where
    F: FnMut(Value) -> Vec<Value> + Send,
{
    let mut decide = decide;
    edit::client_messages(move |message| match of(message, kind) {
        Some(value) => {
            let messages = decide(value).iter().map(|value| Out::Server(Message::json(value))).collect();
            Action::Do(messages)
        }
        None => Action::Pass,
    })
}

/// The handshake.
const SHAKE: &str = "connection_handshake";

fn handshakes() -> Vec<Mutant> {
    vec![
        Mutant::wire(
            "client.ping-first",
            "a ping comes before the handshake",
            "client.handshake-first",
            WrongOrder,
            move || instead(SHAKE, |handshake| vec![json!({"type": "subscribe", "events": []}), handshake]),
        ),
        Mutant::wire(
            "client.shakes-twice",
            "there are two handshakes",
            "client.handshake-once",
            Duplicate,
            move || instead(SHAKE, |handshake| vec![handshake.clone(), handshake]),
        ),
    ]
}

fn queue() -> Vec<Mutant> {
    vec![
        Mutant::wire(
            "client.question-first",
            "what waited is sent before the handshake",
            "client.queue-behind-handshake",
            WrongOrder,
            || {
                instead("connection_handshake", |handshake| {
                    vec![
                        json!({"type": "query", "query": "behind the handshake", "query_id": "q"}),
                        handshake,
                    ]
                })
            },
        ),
        Mutant::wire(
            "client.last-first",
            "what waited is sent in another order",
            "client.queue-order",
            WrongOrder,
            || {
                let mut held = None;
                instead("query", move |query| match held.take() {
                    Some(first) => vec![query, first],
                    None if query["query"] == json!("first of three") => {
                        held = Some(query);
                        Vec::new()
                    }
                    None => vec![query],
                })
            },
        ),
        Mutant::wire(
            "client.sent-twice",
            "what waited is sent twice",
            "client.queue-once",
            Duplicate,
            || instead("query", |query| vec![query.clone(), query]),
        ),
        lost_question(
            "client.lost-while-away",
            "what is asked during a loss is lost",
            "client.queue-while-away",
            "asked while away",
        ),
        lost_question(
            "client.never-needed",
            "after an idle close nothing brings it back",
            "client.return-when-needed",
            "needed again",
        ),
        lost_question(
            "client.capabilities-feared",
            "unknown capabilities stop it",
            "client.unknown-capabilities",
            "all the same",
        ),
    ]
}

/// The question `text` never arrives.
fn lost_question(
    id: &'static str,
    description: &'static str,
    check: &'static str,
    text: &'static str,
) -> Mutant {
    Mutant::wire(id, description, check, Missing, move || {
        instead("query", move |query| if query["query"] == json!(text) { Vec::new() } else { vec![query] })
    })
}

fn hearts() -> Vec<Mutant> {
    vec![
        Mutant::wire("client.no-heart", "there are no heartbeats", "client.heartbeat-sent", Missing, || {
            instead("heartbeat", |_| Vec::new())
        }),
        Mutant::wire(
            "client.one-beat",
            "there is one heartbeat",
            "client.heartbeat-repeated",
            Missing,
            || {
                let mut done = false;
                instead(
                    "heartbeat",
                    move |beat| if std::mem::replace(&mut done, true) { Vec::new() } else { vec![beat] },
                )
            },
        ),
        Mutant::wire(
            "client.no-beat-in-query",
            "there are no heartbeats while a question runs",
            "client.heartbeat-in-query",
            Missing,
            || {
                let mut asked = false;
                edit::client_messages(move |message| {
                    asked |= of(message, "query").is_some();
                    if asked && of(message, "heartbeat").is_some() { Action::drop() } else { Action::Pass }
                })
            },
        ),
        Mutant::wire(
            "client.impatient",
            "a heartbeat that is not answered at once ends it",
            "client.heartbeat-late-answer",
            Closed,
            || {
                let mut beats = 0;
                edit::client_messages(move |message| {
                    beats += u32::from(of(message, "heartbeat").is_some());
                    if beats > 1 { Action::cut() } else { Action::Pass }
                })
            },
        ),
    ]
}

fn questions() -> Vec<Mutant> {
    vec![
        Mutant::wire(
            "client.asked-anew",
            "a question is asked again under another id",
            "client.asked-again",
            WrongValue,
            || {
                instead("query", |mut query| {
                    query["query_id"] = json!(format!("{:08x}", rand::random::<u32>()));
                    vec![query]
                })
            },
        ),
        Mutant::wire(
            "client.refresh-unsent",
            "a new token is not sent",
            "client.token-refresh",
            Missing,
            || instead("token_refresh", |_| Vec::new()),
        ),
    ]
}

/// Requests for `target`, changed.
fn request(target: &'static str, change: fn(Request) -> Request) -> impl Fault {
    edit::on_request(move |request: &Request| {
        let meant = request.target.split('?').next() == Some(target);
        if meant { Reply::Rewrite(change(request.clone())) } else { Reply::Pass }
    })
}

fn requests() -> Vec<Mutant> {
    vec![
        Mutant::wire(
            "client.token-kept-back",
            "the token stays at home",
            "client.token-carried",
            Missing,
            || request("/ws/query", |request| request.without("Authorization")),
        ),
        Mutant::wire(
            "client.databases-elsewhere",
            "the databases are looked for elsewhere",
            "client.databases",
            WrongValue,
            || {
                request("/api/database/list", |request| Request {
                    target: "/api/databases".to_owned(),
                    ..request
                })
            },
        ),
        Mutant::wire(
            "client.selects-elsewhere",
            "the selection goes elsewhere",
            "client.database-select",
            WrongValue,
            || {
                request("/api/database/select", |request| Request {
                    target: "/api/database".to_owned(),
                    ..request
                })
            },
        ),
        Mutant::wire(
            "client.url-path-unread",
            "the path of the variable is not read",
            "client.url-used",
            WrongValue,
            || request("/api/v1/ws/demo", |request| Request { target: "/ws/query".to_owned(), ..request }),
        ),
    ]
}

fn ends() -> Vec<Mutant> {
    vec![
        Mutant::wire(
            "client.leaves-rudely",
            "a user who leaves closes with 1001",
            "client.close-frame",
            WrongCloseCode,
            || {
                edit::client_messages(|message| match message {
                    Message::Close(_) => {
                        Action::Do(vec![Out::Server(Message::Close(Some((1001, String::new()))))])
                    }
                    _ => Action::Pass,
                })
            },
        ),
        Mutant::wire(
            "client.quits-rudely",
            "the connection is dropped when the input ends",
            "client.quits-closes",
            Closed,
            || {
                edit::client_messages(|message| match message {
                    Message::Close(_) => Action::cut(),
                    _ => Action::Pass,
                })
            },
        ),
        Mutant::wire(
            "client.acceptance-unread",
            "a question is asked again though it was accepted",
            "client.not-asked-again",
            Unexpected,
            || {
                let mut asked = false;
                instead("connection_handshake", move |handshake| {
                    let again = handshake.get("resume").is_some() && !std::mem::replace(&mut asked, true);
                    let question = json!({"type": "query", "query": "interrupted", "query_id": "q"});
                    if again { vec![handshake, question] } else { vec![handshake] }
                })
            },
        ),
        Mutant::wire(
            "client.deaf-to-pings",
            "pings are no signs of life",
            "client.pings-are-life",
            Closed,
            || {
                let mut pings = 0_u32;
                edit::client_messages(move |message| {
                    pings += u32::from(matches!(message, Message::Pong(_)));
                    if pings > 3 {
                        Action::Do(vec![Out::Wait(Duration::from_millis(10)), Out::Cut])
                    } else {
                        Action::Pass
                    }
                })
            },
        ),
    ]
}
