//! A malformed session id is closed without saying why.

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "session.malformed-id-without-error",
        "a malformed session id is closed without saying why",
        "session.malformed-id",
        ReasonCode::Closed,
        || edit::drop_message("error"),
    )
}
