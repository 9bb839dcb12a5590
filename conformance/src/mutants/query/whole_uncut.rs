//! A whole result is as large as that of another configuration.

use crate::checks::ReasonCode;
use crate::mutants::Mutant;

pub(super) fn mutant() -> Mutant {
    Mutant::config(
        "query.whole-uncut",
        "a whole result is as large as that of another configuration",
        "query.whole-cut",
        ReasonCode::WrongValue,
        "limits.result_bytes = 524288",
    )
}
