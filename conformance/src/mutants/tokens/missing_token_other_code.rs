//! Who has no token is closed with 4401.

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "tokens.missing-token-other-code",
        "Who has no token is closed with 4401",
        "tokens.none",
        ReasonCode::WrongCloseCode,
        || edit::edit_close(|_, reason| (4401, reason.to_owned())),
    )
}
