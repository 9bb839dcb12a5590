//! The old connection is closed as if it broke a rule.

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "resume.old-closed-as-violation",
        "the old connection is closed as if it broke a rule",
        "resume.superseded",
        ReasonCode::WrongCloseCode,
        || edit::edit_close(|_, reason| (1008, reason.to_owned())),
    )
}
