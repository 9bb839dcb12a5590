//! How a broken rule must end: no answer, no error message, a close frame with its code.

use serde_json::{Value, json};

use crate::checks::{Deadline, Peer, ReasonCode, Step, fail, field, millis};
use crate::peer::{Event, EventKind, Message};

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
    End,
}

/// The connection is closed with `code`; the probe is not answered and no error message comes first.
pub(in crate::checks) async fn expect_refusal(peer: &mut Peer, code: u16, deadline: Deadline) -> Step {
    expect_refusal_by(peer, &[code], deadline).await
}

/// The same where more than one code is right.
pub(in crate::checks) async fn expect_refusal_by(peer: &mut Peer, codes: &[u16], deadline: Deadline) -> Step {
    let names: Vec<String> = codes.iter().map(u16::to_string).collect();
    let what = format!("close {}", names.join(" or "));
    let take = |event: &Event| match &event.kind {
        EventKind::Message(message) => see(message),
        EventKind::End(_) => Some(Seen::End),
        EventKind::Fault(_) => None,
    };
    match first(peer, &what, deadline, take).await? {
        None => fail(ReasonCode::NotClosed, what, "an open connection"),
        Some(Seen::End) => fail(ReasonCode::Missing, what, "the end of the connection without a close frame"),
        Some(Seen::Close(got, _)) if codes.contains(&got) => Ok(()),
        Some(Seen::Close(got, text)) => {
            fail(ReasonCode::WrongCloseCode, what, format!("close {got} {text:?}"))
        }
        Some(Seen::Answer(text)) => fail(ReasonCode::Accepted, what, format!("an answer: {text}")),
        Some(Seen::Error(text)) => {
            fail(ReasonCode::Unexpected, format!("{what} and nothing before it"), text)
        }
    }
}

/// The first thing `take` wants, or `None` for silence. Silence may last so long that the target closes the
/// connection as idle: that is no answer either.
pub(in crate::checks) async fn first<T>(
    peer: &mut Peer,
    what: &str,
    deadline: Deadline,
    mut take: impl FnMut(&Event) -> Option<T>,
) -> Step<Option<T>> {
    while let Some(event) = peer.next_event(deadline.end()).await {
        if is_idle_close(&event.kind) {
            return Ok(None);
        }
        if let Some(taken) = take(&event) {
            if deadline.is_late(event.at) {
                let expected = format!("{what} within {}", millis(deadline.limit()));
                return fail(ReasonCode::Late, expected, format!("it after {}", deadline.elapsed(event.at)));
            }
            return Ok(Some(taken));
        }
        match event.kind {
            EventKind::Fault(fault) => return fail(ReasonCode::Malformed, what, fault.to_string()),
            EventKind::End(_) => return fail(ReasonCode::Closed, what, "the end of the connection"),
            EventKind::Message(message @ Message::Close(_)) => {
                return fail(ReasonCode::Closed, what, message.to_string());
            }
            EventKind::Message(_) => {}
        }
    }
    Ok(None)
}

fn is_idle_close(kind: &EventKind) -> bool {
    matches!(kind, EventKind::Message(Message::Close(Some((1000, reason)))) if reason == "Idle timeout")
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
    let take = |event: &Event| match &event.kind {
        EventKind::Message(message) => {
            message.to_json().filter(|value| matches!(field::name(value), "pong" | "error"))
        }
        _ => None,
    };
    let Some(answer) = first(peer, &what, deadline, take).await? else {
        return fail(ReasonCode::Missing, what, "silence");
    };
    if field::name(&answer) == "error" {
        return fail(ReasonCode::Refused, what, answer.to_string());
    }
    field::equals(&answer, "id", id)
}
