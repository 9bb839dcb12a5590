//! Who has no name is counted as one user.

use super::users_become;
use crate::checks::ReasonCode;
use crate::mutants::Mutant;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "limits.nobody-is-counted",
        "Who has no name is counted as one user",
        "limits.per-user-anonymous",
        ReasonCode::Refused,
        || users_become("nobody"),
    )
}
