//! An event stream ends in the place of the error.

use crate::checks::ReasonCode;
use crate::mutants::{EventAction, Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "failures.stream-without-error",
        "an event stream ends in the place of the error",
        "failures.stream",
        ReasonCode::Missing,
        || edit::on_event("error", |_, _| EventAction::End),
    )
}
