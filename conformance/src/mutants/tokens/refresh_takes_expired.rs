//! A refresh takes an expired token.

use super::refresh_takes;
use crate::checks::ReasonCode;
use crate::mutants::Mutant;
use crate::target::epoch_seconds;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "tokens.refresh-takes-expired",
        "A refresh takes an expired token",
        "tokens.refresh-expired",
        ReasonCode::Accepted,
        || refresh_takes(|_, claims| claims["exp"].as_i64() < Some(epoch_seconds())),
    )
}
