//! No snapshot follows.

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire("resume.no-snapshot", "no snapshot follows", "resume.snapshot", ReasonCode::Missing, || {
        edit::drop_message("session_snapshot")
    })
}
