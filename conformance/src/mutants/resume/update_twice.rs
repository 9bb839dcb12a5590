//! Each update comes twice.

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "resume.update-twice",
        "each update comes twice",
        "resume.offsets",
        ReasonCode::Duplicate,
        || edit::duplicate_message("progress_update"),
    )
}
