//! The first event comes before resumed.

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "resume.event-before-resumed",
        "the first event comes before resumed",
        "resume.resumed-first",
        ReasonCode::WrongOrder,
        || edit::swap_message("resumed"),
    )
}
