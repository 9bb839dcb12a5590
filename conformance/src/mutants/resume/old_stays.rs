//! The old connection stays.

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "resume.old-stays",
        "the old connection stays",
        "resume.superseded",
        ReasonCode::NotClosed,
        edit::never_close,
    )
}
