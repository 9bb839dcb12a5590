//! The snapshot comes before resumed.

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "resume.snapshot-before-resumed",
        "the snapshot comes before resumed",
        "resume.snapshot",
        ReasonCode::Missing,
        || edit::swap_message("resumed"),
    )
}
