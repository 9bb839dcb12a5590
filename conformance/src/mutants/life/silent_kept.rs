//! A silent client is kept.

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "life.silent-kept",
        "a silent client is kept",
        "life.silent-client",
        ReasonCode::NotClosed,
        edit::never_close,
    )
}
