//! More turns are context than the last ones.

use crate::checks::ReasonCode;
use crate::mutants::Mutant;

pub(super) fn mutant() -> Mutant {
    Mutant::config(
        "chat.turns-kept",
        "more turns are context than the last ones",
        "chat.last-turns",
        ReasonCode::WrongValue,
        "limits.chat_turns = 10",
    )
}
