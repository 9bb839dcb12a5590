//! A name of the wrong type closes.

use crate::checks::ReasonCode;
use crate::mutants::{Action, Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "events.no-names-close",
        "a name of the wrong type closes",
        "events.no-names",
        ReasonCode::Closed,
        || edit::on_message("error", |_, _| Action::close(1008, "Invalid message")),
    )
}
