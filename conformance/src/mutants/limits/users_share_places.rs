//! All users share the places of one.

use super::users_become;
use crate::checks::ReasonCode;
use crate::mutants::Mutant;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "limits.users-share-places",
        "All users share the places of one",
        "limits.per-user-own",
        ReasonCode::Refused,
        || users_become("everybody"),
    )
}
