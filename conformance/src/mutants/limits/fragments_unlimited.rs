//! There is no limit on fragments.

use crate::checks::ReasonCode;
use crate::mutants::Mutant;

pub(super) fn mutant() -> Mutant {
    Mutant::config(
        "limits.fragments-unlimited",
        "there may be as many fragments as one likes",
        "limits.too-many-fragments",
        ReasonCode::Accepted,
        "limits.max_fragments = 100000",
    )
}
