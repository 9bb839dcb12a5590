//! Faults of compression between client and suite, made from the tables of the cases, and mistakes of the client.

use std::sync::LazyLock;

use crate::checks::ReasonCode;
use crate::checks::rfc7692::connection::FIELD;
use crate::client::wire::deflate::{answers, messages, offers, scripts};
use crate::client::wire::opening::MARK;
use crate::mutants::{Fault, FrameAction, Mutant, Reply, edit};
use crate::peer::{Frame, Message, Opcode, Request, Response};

use super::wire::{mend_answer, spoil_answer};

pub(super) fn mutants() -> Vec<Mutant> {
    [taken(), refused(), garbled(), offered(), mistaken(), forgotten(), control()].concat()
}

/// A mutant of a case, its texts kept for ever.
struct Texts {
    id: String,
    description: String,
    check: String,
}

impl Texts {
    fn new(check: &str, ending: &str, what: &str) -> Self {
        Self {
            id: format!("{check}-{ending}"),
            description: format!("{what} of {check}"),
            check: check.to_owned(),
        }
    }
}

static TAKEN: LazyLock<Vec<Texts>> = LazyLock::new(|| {
    answers::TAKEN.iter().map(|case| Texts::new(&case.id, "refused", "refuses the answer")).collect()
});

fn taken() -> Vec<Mutant> {
    let mutant = |texts: &'static Texts| {
        Mutant::wire(&texts.id, &texts.description, &texts.check, ReasonCode::Refused, || {
            spoil_answer(&texts.check)
        })
    };
    TAKEN.iter().map(mutant).collect()
}

static REFUSED: LazyLock<Vec<Texts>> = LazyLock::new(|| {
    answers::REFUSED.iter().map(|case| Texts::new(case.id, "taken", "takes the answer")).collect()
});

fn refused() -> Vec<Mutant> {
    let mutant = |texts: &'static Texts| {
        Mutant::wire(&texts.id, &texts.description, &texts.check, ReasonCode::Accepted, || {
            mend_answer(&texts.check)
        })
    };
    REFUSED.iter().map(mutant).collect()
}

static GARBLED: LazyLock<Vec<Texts>> = LazyLock::new(|| {
    let of_messages = messages::CASES.iter().map(|case| &case.id);
    let of_kinds = messages::KINDS.iter().map(|kind| &kind.id);
    let of_agreed = messages::AGREED.iter().map(|agreed| &agreed.id);
    let ids = of_messages.chain(of_kinds).chain(of_agreed).chain(scripts::ECHOES.iter().map(|case| &case.id));
    ids.map(|id| Texts::new(id, "garbled", "reads other octets than those")).collect()
});

fn garbled() -> Vec<Mutant> {
    let mutant = |texts: &'static Texts| {
        Mutant::wire(&texts.id, &texts.description, &texts.check, ReasonCode::WrongValue, || Garbled {
            check: &texts.check,
            hit: false,
            seen: 0,
        })
    };
    GARBLED.iter().map(mutant).collect()
}

/// Another message comes back than the one of the case: that behind the first, which tells that the client is there.
struct Garbled {
    check: &'static str,
    hit: bool,
    seen: usize,
}

impl Fault for Garbled {
    fn watches_client(&self) -> bool {
        true
    }

    fn on_response(&mut self, _: &Request, response: &mut Response) {
        self.hit = response.field(MARK) == Some(self.check);
    }

    fn on_client_frame(&mut self, frame: &Frame) -> FrameAction {
        if !self.hit || frame.opcode.is_control() {
            return FrameAction::Bytes(frame.encode());
        }
        let begins = frame.opcode != Opcode::Continuation;
        self.seen += usize::from(begins);
        if self.seen < 2 {
            return FrameAction::Bytes(frame.encode());
        }
        // Its fragments are one with it.
        let other = Frame::new(frame.opcode, "other octets").masked([1, 2, 3, 4]).encode();
        FrameAction::Bytes(if begins { other } else { Vec::new() })
    }
}

static OFFERED: LazyLock<Vec<Texts>> = LazyLock::new(|| {
    offers::TOLD.iter().map(|case| Texts::new(case.id, "ignored", "offers what it likes instead")).collect()
});

fn offered() -> Vec<Mutant> {
    let mutant = |texts: &'static Texts| {
        Mutant::wire(&texts.id, &texts.description, &texts.check, ReasonCode::WrongValue, || {
            edit::on_request(|request| {
                Reply::Rewrite(request.clone().with(FIELD, "permessage-deflate; client_max_window_bits=14"))
            })
        })
    };
    let mut all: Vec<Mutant> = OFFERED.iter().map(mutant).collect();
    all.push(Mutant::wire(
        "client-wire.deflate-offer-malformed",
        "an offer has a window that there is not",
        "client-wire.deflate-offer",
        ReasonCode::WrongValue,
        || {
            edit::on_request(|request| {
                Reply::Rewrite(request.clone().with(FIELD, "permessage-deflate; client_max_window_bits=16"))
            })
        },
    ));
    all
}

/// Forgets what the server's messages refer to.
fn forgotten() -> Vec<Mutant> {
    let forgets =
        |id, description, check, mistake| Mutant::client(id, description, check, ReasonCode::Closed, mistake);
    vec![
        forgets(
            "client-wire.deflate-context-forgotten-at-plain",
            "forgets earlier messages of the server at one without compression",
            "client-wire.deflate-context-after-plain-message",
            "forgets-at-plain",
        ),
        forgets(
            "client-wire.deflate-context-forgotten-at-ping",
            "forgets earlier messages of the server at a ping",
            "client-wire.deflate-context-after-control-frames",
            "forgets-at-ping",
        ),
        forgets(
            "client-wire.deflate-context-forgotten-at-empty",
            "forgets earlier messages of the server behind an empty one",
            "client-wire.deflate-context-after-empty-message",
            "forgets-at-empty",
        ),
        forgets(
            "client-wire.deflate-context-forgotten-at-window",
            "forgets earlier messages of the server when they fill a window",
            "client-wire.deflate-context-of-two-windows",
            "forgets-at-window",
        ),
        forgets(
            "client-wire.deflate-agreed-forgotten",
            "forgets earlier messages of the server",
            "client-wire.deflate-agreed-plain-thousand",
            "forgets-context",
        ),
    ]
}

/// Mistakes that only a client can make.
fn mistaken() -> Vec<Mutant> {
    vec![
        Mutant::client(
            "client-wire.deflate-unagreed",
            "compresses although the server declined",
            "client-wire.deflate-declined",
            ReasonCode::Malformed,
            "compresses-unagreed",
        ),
        Mutant::client(
            "client-wire.deflate-context-kept",
            "refers to earlier messages although it must not",
            "client-wire.deflate-client-alone",
            ReasonCode::Malformed,
            "keeps-context",
        ),
        Mutant::client(
            "client-wire.deflate-context-forgotten",
            "forgets earlier messages of the server",
            "client-wire.deflate-no-parameters",
            ReasonCode::Closed,
            "forgets-context",
        ),
        ignored("client-wire.deflate-window-9-ignored", "client-wire.deflate-client-window-9"),
        ignored("client-wire.deflate-window-11-ignored", "client-wire.deflate-client-window-11"),
        ignored("client-wire.deflate-window-12-ignored", "client-wire.deflate-client-window-12"),
        ignored("client-wire.deflate-window-13-ignored", "client-wire.deflate-client-window-13"),
        ignored("client-wire.deflate-window-14-ignored", "client-wire.deflate-client-window-14"),
        ignored("client-wire.deflate-windows-ignored", "client-wire.deflate-windows-10-14"),
        ignored("client-wire.deflate-agreed-ignored", "client-wire.deflate-agreed-window-9-65536"),
        ignored(
            "client-wire.deflate-agreed-alone-ignored",
            "client-wire.deflate-agreed-reset-window-9-65536",
        ),
        Mutant::client(
            "client-wire.deflate-agreed-context-kept",
            "refers to earlier messages although it must not",
            "client-wire.deflate-agreed-reset-1024",
            ReasonCode::Malformed,
            "keeps-context",
        ),
    ]
}

fn ignored(id: &'static str, check: &'static str) -> Mutant {
    let description = "refers further back than its window";
    Mutant::client(id, description, check, ReasonCode::Malformed, "wide-window")
}

fn control() -> Vec<Mutant> {
    vec![Mutant::wire(
        "client-wire.deflate-pong-later",
        "a ping inside a compressed message is not answered",
        "client-wire.deflate-ping-inside",
        ReasonCode::Missing,
        || {
            edit::client_messages(|message| match message {
                Message::Pong(payload) if payload == b"inside a compressed message" => {
                    crate::mutants::Action::drop()
                }
                _ => crate::mutants::Action::Pass,
            })
        },
    )]
}
