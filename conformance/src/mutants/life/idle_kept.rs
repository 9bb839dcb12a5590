//! An idle connection is kept.

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "life.idle-kept",
        "an idle connection is kept",
        "life.idle-close",
        ReasonCode::NotClosed,
        edit::never_close,
    )
}
