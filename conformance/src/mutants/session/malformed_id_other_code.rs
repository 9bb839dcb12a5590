//! A malformed session id is closed with 1003.

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "session.malformed-id-other-code",
        "a malformed session id is closed with 1003",
        "session.malformed-id",
        ReasonCode::WrongCloseCode,
        || edit::edit_close(|_, reason| (1003, reason.to_owned())),
    )
}
