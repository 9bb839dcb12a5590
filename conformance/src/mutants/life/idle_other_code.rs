//! An idle connection is closed with 1001.

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "life.idle-other-code",
        "an idle connection is closed with 1001",
        "life.idle-close",
        ReasonCode::WrongCloseCode,
        || edit::edit_close(|_, reason| (1001, reason.to_owned())),
    )
}
