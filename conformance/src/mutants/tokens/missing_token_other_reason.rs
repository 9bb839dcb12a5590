//! The close of who has no token has another reason.

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "tokens.missing-token-other-reason",
        "The close of who has no token has another reason",
        "tokens.none",
        ReasonCode::WrongCloseReason,
        || edit::edit_close(|code, _| (code, "Unauthorized".to_owned())),
    )
}
