//! The server's answer to the upgrade: what a client must take, and what it must refuse.

use serde_json::{Value, json};

use crate::checks::{Check, ReasonCode, Step, Stop, Violation, fail, millis};
use crate::client::Stage;
use crate::client::link::{Heard, ServerLink};
use crate::client::listener::Visit;
use crate::peer::{Frame, Message, Response, SAMPLE_KEY, accept_value};

/// Field that names the case in its answer, so that a mutant knows it.
pub(crate) const MARK: &str = "Server";

/// One answer to an upgrade.
#[derive(Debug)]
pub(crate) struct Case {
    /// Id of the check; the answer's `Server` field.
    pub(crate) id: &'static str,
    title: &'static str,
    requirements: &'static [&'static str],
    change: fn(&mut Response, &Visit),
}

/// Answers that are right in an unusual way.
pub(crate) const TAKEN: &[Case] = &[
    taken("client-wire.upgrade-in-capitals", "`Upgrade: WebSocket` is taken", |response, _| {
        response.set_field("Upgrade", Some("WebSocket"));
    }),
    taken("client-wire.connection-in-lower-case", "`Connection: upgrade` is taken", |response, _| {
        response.set_field("Connection", Some("upgrade"));
    }),
    taken("client-wire.connection-list", "`Connection: keep-alive, Upgrade` is taken", |response, _| {
        response.set_field("Connection", Some("keep-alive, Upgrade"));
    }),
    taken("client-wire.names-in-lower-case", "Field names in lower case are taken", |response, _| {
        for (name, _) in &mut response.headers {
            name.make_ascii_lowercase();
        }
    }),
    taken("client-wire.further-fields", "Fields a client does not know are passed over", |response, _| {
        response.set_field("X-Made-Up", Some("1; a=\"b, c\""));
        response.set_field("Date", Some("Sat, 21 Nov 2026 00:00:00 GMT"));
    }),
    taken("client-wire.other-reason-phrase", "Any reason phrase of a 101 is taken", |response, _| {
        "Web Socket Protocol Handshake".clone_into(&mut response.reason);
    }),
    taken("client-wire.padded-values", "Blanks around values are no part of them", |response, _| {
        for (_, value) in &mut response.headers {
            *value = format!("  {value}  ");
        }
    }),
];

/// Answers that fail the connection.
pub(crate) const REFUSED: &[Case] = &[
    refused(
        "client-wire.accept-wrong",
        "A wrong `Sec-WebSocket-Accept` is refused",
        ACCEPT,
        |response, _| {
            response.set_field("Sec-WebSocket-Accept", Some("AAAAAAAAAAAAAAAAAAAAAAAAAAA="));
        },
    ),
    refused(
        "client-wire.accept-of-another-key",
        "The accept value of another key is refused",
        ACCEPT,
        |response, _| {
            response.set_field("Sec-WebSocket-Accept", Some(&accept_value(SAMPLE_KEY)));
        },
    ),
    refused(
        "client-wire.accept-in-lower-case",
        "An accept value in another case is refused",
        ACCEPT,
        |response, _| {
            let value = response.field("Sec-WebSocket-Accept").unwrap_or_default().to_ascii_lowercase();
            response.set_field("Sec-WebSocket-Accept", Some(&value));
        },
    ),
    refused(
        "client-wire.accept-is-the-key",
        "The key itself as accept value is refused",
        ACCEPT,
        |response, visit| {
            response.set_field("Sec-WebSocket-Accept", visit.request.field("Sec-WebSocket-Key"));
        },
    ),
    refused(
        "client-wire.accept-missing",
        "A 101 without `Sec-WebSocket-Accept` is refused",
        ACCEPT,
        |response, _| {
            response.set_field("Sec-WebSocket-Accept", None);
        },
    ),
    refused("client-wire.upgrade-missing", "A 101 without `Upgrade` is refused", TOKENS, |response, _| {
        response.set_field("Upgrade", None);
    }),
    refused("client-wire.upgrade-other", "A 101 to another protocol is refused", TOKENS, |response, _| {
        response.set_field("Upgrade", Some("h2c"));
    }),
    refused(
        "client-wire.connection-missing",
        "A 101 without `Connection` is refused",
        TOKENS,
        |response, _| {
            response.set_field("Connection", None);
        },
    ),
    refused(
        "client-wire.connection-other",
        "A 101 without the token `Upgrade` is refused",
        TOKENS,
        |response, _| {
            response.set_field("Connection", Some("keep-alive"));
        },
    ),
    refused("client-wire.status-200", "A 200 with all fields of a 101 is refused", STATUS, |response, _| {
        status(response, 200);
    }),
    refused("client-wire.status-400", "A 400 is refused", STATUS, |response, _| status(response, 400)),
    refused("client-wire.status-404", "A 404 is refused", STATUS, |response, _| status(response, 404)),
    refused("client-wire.status-426", "A 426 is refused", STATUS, |response, _| status(response, 426)),
    refused("client-wire.status-500", "A 500 is refused", STATUS, |response, _| status(response, 500)),
    refused("client-wire.status-503", "A 503 is refused", STATUS, |response, _| status(response, 503)),
    refused(
        "client-wire.extension-unasked",
        "An extension nobody asked for is refused",
        UNASKED,
        |response, _| {
            response.set_field("Sec-WebSocket-Extensions", Some("x-unasked-of"));
        },
    ),
    refused(
        "client-wire.subprotocol-unasked",
        "A subprotocol nobody asked for is refused",
        UNASKED,
        |response, _| {
            response.set_field("Sec-WebSocket-Protocol", Some("unasked.v9"));
        },
    ),
];

const ACCEPT: &[&str] = &["client-wire.accept-value"];
const TOKENS: &[&str] = &["client-wire.upgrade-tokens"];
const STATUS: &[&str] = &["client-wire.status"];
const UNASKED: &[&str] = &["client-wire.unasked"];

const fn taken(id: &'static str, title: &'static str, change: fn(&mut Response, &Visit)) -> Case {
    Case { id, title, requirements: &["client-wire.answers-taken"], change }
}

const fn refused(
    id: &'static str,
    title: &'static str,
    requirements: &'static [&'static str],
    change: fn(&mut Response, &Visit),
) -> Case {
    Case { id, title, requirements, change }
}

fn status(response: &mut Response, status: u16) {
    response.status = status;
    "Made".clone_into(&mut response.reason);
    response.set_body("no");
}

pub(super) fn checks() -> Vec<Check> {
    let taken = |case: &'static Case| {
        Check::client(case.id, case.title, case.requirements, move |stage| play_taken(stage, case))
    };
    let refused = |case: &'static Case| {
        Check::client(case.id, case.title, case.requirements, move |stage| play_refused(stage, case))
    };
    let mut checks: Vec<Check> = TAKEN.iter().map(taken).chain(REFUSED.iter().map(refused)).collect();
    checks.push(Check::client(
        "client-wire.answer-in-pieces",
        "An answer that arrives octet by octet is taken",
        &["client-wire.answers-taken"],
        answer_in_pieces,
    ));
    checks.push(Check::client(
        "client-wire.frame-behind-answer",
        "A frame in the same packet as the answer is not lost",
        &["client-wire.frame-behind-answer"],
        frame_behind_answer,
    ));
    checks
}

/// The connection is open: a message comes back.
pub(super) async fn echoes(stage: &mut Stage, link: &mut ServerLink) -> Step {
    let hello = Message::Text("hello".to_owned());
    link.send_frame(&hello.to_frame()).await;
    let soon = stage.soon();
    let Some(heard) = link.next(soon.end()).await else {
        let expected = format!("an open connection within {}", millis(soon.limit()));
        return fail(ReasonCode::Missing, expected, "silence");
    };
    match heard {
        Heard::Message(message @ (Message::Text(_) | Message::Binary(_))) => {
            super::echo::same(&message, &hello)
        }
        other => fail(ReasonCode::Refused, "an open connection: the answer is a good one", other.to_string()),
    }
}

async fn play_taken(mut stage: Stage, case: &'static Case) -> Step {
    let visit = stage.echo_visit().await?;
    let mut response = visit.acceptance();
    response.set_field(MARK, Some(case.id));
    (case.change)(&mut response, &visit);
    let mut link = visit.answer_with(&response, &[]).await;
    echoes(&mut stage, &mut link).await
}

/// The answer must not lead to an open connection.
async fn play_refused(mut stage: Stage, case: &'static Case) -> Step {
    let visit = stage.echo_visit().await?;
    let mut response = visit.acceptance();
    response.set_field(MARK, Some(case.id));
    (case.change)(&mut response, &visit);
    let mut link = visit.answer_with(&response, &[]).await;
    if response.status == 101 {
        link.send_frame(&Frame::text("too early")).await;
    }
    never_open(&mut stage, &mut link).await
}

/// The answer did not lead to an open connection: no event `open`, no message back, and the end of it, on the wire or
/// told.
pub(super) async fn never_open(stage: &mut Stage, link: &mut ServerLink) -> Step {
    let soon = stage.soon();
    let expected = "a connection that is never open";
    let what = "open or closed";
    let mut ended = false;
    let told = tokio::select! {
        biased;
        told = stage.event_with(what, soon, tells_open_or_end) => Some(told),
        heard = link.next(soon.end()) => match heard {
            None => None,
            // What can't be read counts: who took an answer that agrees to compress may compress its echo.
            Some(heard @ (Heard::Message(Message::Text(_) | Message::Binary(_)) | Heard::Fault(_))) => {
                return fail(ReasonCode::Accepted, expected, heard.to_string());
            }
            // A close or the end: that it was open may be told behind it.
            Some(_) => {
                ended = true;
                Some(stage.event_with(what, soon, tells_open_or_end).await)
            }
        },
    };
    if !stage.told("open").is_empty() {
        return fail(ReasonCode::Accepted, expected, "the event open");
    }
    match told {
        Some(Ok(told)) if told.value["event"] == json!("open") => {
            fail(ReasonCode::Accepted, expected, "the event open")
        }
        Some(Ok(_)) => Ok(()),
        // The end of the program is an answer too.
        Some(Err(Stop::Violation(Violation { code: ReasonCode::Closed, .. }))) => Ok(()),
        _ if ended => Ok(()),
        Some(Err(late @ Stop::Violation(Violation { code: ReasonCode::Late, .. }))) => Err(late),
        _ => {
            let expected = format!("{expected}, and its end within {}", millis(soon.limit()));
            fail(ReasonCode::NotClosed, expected, "a connection that stays open, and silence")
        }
    }
}

pub(super) fn tells_open_or_end(value: &Value) -> bool {
    let event = value.get("event").and_then(Value::as_str);
    matches!(event, Some("open" | "closed" | "error" | "gave_up"))
}

/// The head of an answer may come in any number of pieces.
async fn answer_in_pieces(mut stage: Stage) -> Step {
    let visit = stage.echo_visit().await?;
    let mut response = visit.acceptance();
    response.set_field(MARK, Some("client-wire.answer-in-pieces"));
    let bytes = response.encode();
    let mut link = visit.answer_in_pieces(&bytes).await;
    echoes(&mut stage, &mut link).await
}

/// A server may speak first, and its first frame may share a packet with the 101.
async fn frame_behind_answer(mut stage: Stage) -> Step {
    let visit = stage.echo_visit().await?;
    let response = visit.acceptance();
    let first = Message::Text("right behind".to_owned());
    let mut link = visit.answer_with(&response, &first.to_frame().encode()).await;
    let soon = stage.soon();
    let echo = link.expect_with("the first message back", soon, super::echo::data).await?;
    super::echo::same(&echo, &first)
}
