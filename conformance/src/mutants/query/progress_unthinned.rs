//! Every change is told at once.

use crate::checks::ReasonCode;
use crate::mutants::Mutant;

pub(super) fn mutant() -> Mutant {
    Mutant::config(
        "query.progress-unthinned",
        "every change is told at once",
        "query.progress-thinned",
        ReasonCode::Unexpected,
        "timers.progress_interval = \"1us\"",
    )
}
