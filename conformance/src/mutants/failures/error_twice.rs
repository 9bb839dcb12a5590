//! The error of a query comes twice.

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "failures.error-twice",
        "the error of a query comes twice",
        "failures.ends-once",
        ReasonCode::Duplicate,
        || edit::duplicate_message("error"),
    )
}
