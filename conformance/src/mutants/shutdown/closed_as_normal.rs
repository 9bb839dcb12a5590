//! Who is left is closed with 1000.

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "shutdown.closed-as-normal",
        "who is left is closed with 1000",
        "shutdown.closes",
        ReasonCode::WrongCloseCode,
        || edit::edit_close(|_, reason| (1000, reason.to_owned())),
    )
}
