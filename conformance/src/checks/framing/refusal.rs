//! How a broken rule must end: no answer, no error message, a close frame with its code.

use serde_json::{Value, json};

use crate::checks::{Deadline, Peer, ReasonCode, Step, Stop, Violation, fail, field};
use crate::peer::{EventKind, Message};

/// Id of the question that rides on a broken frame, and beginning of its payload if it is a ping.
pub(in crate::checks) const PROBE: &str = "probe";

/// A question that every server answers: when it is answered, the frame it came in was accepted.
pub(in crate::checks) fn probe() -> Value {
    json!({"type": "ping", "id": PROBE})
}

/// What ends the wait.
enum Seen {
    Close(u16, String),
    Answer(String),
    Error(String),
}

/// The connection is closed with `code`; the probe is not answered and no error message comes first.
pub(in crate::checks) async fn expect_refusal(peer: &mut Peer, code: u16, deadline: Deadline) -> Step {
    expect_refusal_by(peer, &[code], deadline).await
}

/// The same where more than one code is right.
pub(in crate::checks) async fn expect_refusal_by(peer: &mut Peer, codes: &[u16], deadline: Deadline) -> Step {
    let names: Vec<String> = codes.iter().map(u16::to_string).collect();
    let what = format!("close {}", names.join(" or "));
    let seen = peer.expect_with(&what, deadline, |event| match &event.kind {
        EventKind::Message(message) => see(message),
        _ => None,
    });
    match seen.await {
        Ok(Seen::Close(got, _)) if codes.contains(&got) => Ok(()),
        Ok(Seen::Close(got, text)) => fail(ReasonCode::WrongCloseCode, what, format!("close {got} {text:?}")),
        Ok(Seen::Answer(text)) => fail(ReasonCode::Accepted, what, format!("an answer: {text}")),
        Ok(Seen::Error(text)) => fail(ReasonCode::Unexpected, format!("{what} and nothing before it"), text),
        Err(Stop::Violation(Violation { code: ReasonCode::Missing, expected, .. })) => {
            fail(ReasonCode::NotClosed, expected, "an open connection")
        }
        Err(Stop::Violation(Violation { code: ReasonCode::Closed, expected, actual })) => {
            fail(ReasonCode::Missing, expected, format!("{actual} without a close frame"))
        }
        Err(other) => Err(other),
    }
}

fn see(message: &Message) -> Option<Seen> {
    match message {
        Message::Close(None) => Some(Seen::Close(1005, String::new())),
        Message::Close(Some((code, reason))) => Some(Seen::Close(*code, reason.clone())),
        Message::Pong(payload) => {
            payload.starts_with(PROBE.as_bytes()).then(|| Seen::Answer(message.to_string()))
        }
        Message::Text(_) => {
            let value = message.to_json()?;
            match field::name(&value) {
                "pong" if value["id"] == PROBE => Some(Seen::Answer(message.to_string())),
                "error" => Some(Seen::Error(message.to_string())),
                _ => None,
            }
        }
        Message::Binary(_) | Message::Ping(_) => None,
    }
}

/// The question with this id is answered; an error instead is a refusal.
pub(in crate::checks) async fn expect_answer(peer: &mut Peer, id: &str, deadline: Deadline) -> Step {
    let what = format!("pong to {id:?}");
    let wanted = |value: &Value| matches!(field::name(value), "pong" | "error");
    let answer = peer.expect(&what, deadline, wanted).await?.value;
    if field::name(&answer) == "error" {
        return fail(ReasonCode::Refused, what, answer.to_string());
    }
    field::equals(&answer, "id", id)
}
