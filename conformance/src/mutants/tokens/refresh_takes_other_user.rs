//! A refresh takes another user's token.

use super::refresh_takes;
use crate::checks::ReasonCode;
use crate::mutants::Mutant;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "tokens.refresh-takes-other-user",
        "A refresh takes another user's token",
        "tokens.refresh-other-user",
        ReasonCode::Accepted,
        || refresh_takes(|_, claims| claims["sub"] != "anonymous"),
    )
}
