//! A connection outlives its token by seconds.

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};
use std::time::Duration;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "tokens.runs-out-late",
        "A connection outlives its token by seconds",
        "tokens.runs-out",
        ReasonCode::Late,
        || edit::delay_message("error", Duration::from_millis(1_600)),
    )
}
