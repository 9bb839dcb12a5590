//! A connection ends at exp, without the leeway.

use crate::checks::ReasonCode;
use crate::mutants::Mutant;

pub(super) fn mutant() -> Mutant {
    Mutant::config(
        "tokens.runs-out-early",
        "A connection ends at exp, without the leeway",
        "tokens.runs-out",
        ReasonCode::Early,
        "auth.leeway = \"1ms\"",
    )
}
