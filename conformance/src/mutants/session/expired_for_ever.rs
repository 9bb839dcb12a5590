//! An expired session is told apart from an unknown one for longer than configured.

use crate::checks::ReasonCode;
use crate::mutants::Mutant;

pub(super) fn mutant() -> Mutant {
    Mutant::config(
        "session.expired-for-ever",
        "an expired session is told apart from an unknown one for longer than configured",
        "session.forgotten",
        ReasonCode::WrongValue,
        "timers.session_memory = \"60s\"",
    )
}
