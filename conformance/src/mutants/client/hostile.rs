//! Clients that a server that means no good gets the better of.

use crate::checks::ReasonCode;
use crate::mutants::{Action, Fault, Mutant, edit};
use crate::peer::{Frame, Message};

/// Clients that leave a connection open which never becomes one, and tell nobody: the mutant, its check.
const SITTING: [(&str, &str); 6] = [
    ("client-wire.waits-for-answer", "client-wire.hostile-no-answer"),
    ("client-wire.waits-for-dribble", "client-wire.hostile-dribbled-answer"),
    ("client-wire.sits-on-fields", "client-wire.hostile-endless-fields"),
    ("client-wire.sits-on-field", "client-wire.hostile-endless-field"),
    ("client-wire.sits-on-banner", "client-wire.hostile-ssh-banner"),
    ("client-wire.sits-on-octets", "client-wire.hostile-octets-for-answer"),
];

pub(super) fn mutants() -> Vec<Mutant> {
    let sitting = SITTING.map(|(id, check)| {
        let description = "what never becomes an answer is waited for, and nobody is told";
        Mutant::client(id, description, check, ReasonCode::NotClosed, "sits-on-refusals")
    });
    let mut all = sitting.to_vec();
    all.extend([
        Mutant::client(
            "client-wire.sits-on-end",
            "the end inside an answer is told to nobody",
            "client-wire.hostile-end-in-answer",
            ReasonCode::Missing,
            "sits-on-refusals",
        ),
        Mutant::client(
            "client-wire.hides-reset",
            "a reset is told to nobody",
            "client-wire.hostile-reset",
            ReasonCode::Missing,
            "hides-loss",
        ),
        Mutant::client(
            "client-wire.keeps-garbage",
            "garbage behind the answer leaves the connection open",
            "client-wire.hostile-garbage-with-answer",
            ReasonCode::NotClosed,
            "hides-loss",
        ),
        Mutant::wire(
            "client-wire.deaf-behind-pings",
            "nothing is echoed behind many pings",
            "client-wire.hostile-pings",
            ReasonCode::Missing,
            lost_behind_flood,
        ),
        Mutant::wire(
            "client-wire.deaf-behind-fragments",
            "nothing is echoed behind many fragments",
            "client-wire.hostile-empty-fragments",
            ReasonCode::Missing,
            lost_behind_flood,
        ),
        Mutant::wire(
            "client-wire.bare-under-flood",
            "frames are no longer masked when they were held back",
            "client-wire.hostile-unread-echoes",
            ReasonCode::Malformed,
            || {
                let mut frames = 0;
                edit::client_frames(move |frame: &Frame| {
                    frames += 1;
                    (frames > 200).then(|| Frame { mask: None, ..frame.clone() }.encode())
                })
            },
        ),
    ]);
    all
}

/// The message behind the flood is lost.
fn lost_behind_flood() -> impl Fault {
    edit::client_messages(|message| match message {
        Message::Text(text) if text == "behind the flood" => Action::drop(),
        _ => Action::Pass,
    })
}
