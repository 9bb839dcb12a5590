//! The history holds two events.

use crate::checks::ReasonCode;
use crate::mutants::Mutant;

pub(super) fn mutant() -> Mutant {
    Mutant::config(
        "resume.history-of-two",
        "the history holds two events",
        "resume.from-the-beginning",
        ReasonCode::Refused,
        "limits.history_events = 2",
    )
}
