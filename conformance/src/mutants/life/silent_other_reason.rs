//! A silent client is closed with another reason.

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "life.silent-other-reason",
        "a silent client is closed with another reason",
        "life.silent-client",
        ReasonCode::WrongCloseReason,
        || edit::edit_close(|code, _| (code, "Ping timeout".to_owned())),
    )
}
