//! A malformed session id is closed with another reason.

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "session.malformed-id-other-reason",
        "a malformed session id is closed with another reason",
        "session.malformed-id",
        ReasonCode::WrongCloseReason,
        || edit::edit_close(|code, _| (code, "Invalid session id".to_owned())),
    )
}
