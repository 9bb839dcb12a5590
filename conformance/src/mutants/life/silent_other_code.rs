//! A silent client is closed with 1001.

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "life.silent-other-code",
        "a silent client is closed with 1001",
        "life.silent-client",
        ReasonCode::WrongCloseCode,
        || edit::edit_close(|_, reason| (1001, reason.to_owned())),
    )
}
