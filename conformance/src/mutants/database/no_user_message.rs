//! The error has no words for the user.

use super::without_detail;
use crate::checks::ReasonCode;
use crate::mutants::Mutant;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "database.no-user-message",
        "the error has no words for the user",
        "database.unknown-helps",
        ReasonCode::Missing,
        || without_detail("user_message"),
    )
}
