//! Faults of a server that meets one who does not read.

use serde_json::Value;

use crate::mutants::shared::{About, is_event};
use crate::mutants::{Action, Mutant, edit};
use crate::peer::Message;

/// One event is dropped to spare the slow.
pub(super) fn drop_one(about: About) -> Mutant {
    about.mutant("", || {
        |_: &Message, value: &Value| {
            if is_event(value) && value["offset"] == 5 { Action::drop() } else { Action::Pass }
        }
    })
}

/// The close has another code.
pub(super) fn internal_error(about: About) -> Mutant {
    about.mutant("", || {
        |message: &Message, _: &Value| match message {
            Message::Close(Some((1008, reason))) => Action::close(1011, reason),
            _ => Action::Pass,
        }
    })
}

/// Nothing is kept.
pub(super) fn no_letters(about: About) -> Mutant {
    Mutant::wire(about.id, about.description, about.check, about.reason, || {
        edit::edit_response(|request, response| {
            if request.target.ends_with("/api/admin/dead-letters") {
                response.set_body(r#"{"dead_letters":[]}"#);
            }
        })
    })
}
