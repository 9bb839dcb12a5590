//! A connection with a malformed session id stays open.

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "session.malformed-id-kept",
        "a connection with a malformed session id stays open",
        "session.malformed-id",
        ReasonCode::NotClosed,
        edit::never_close,
    )
}
