//! An open breaker does not say when to come back.

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "failures.circuit-without-time",
        "an open breaker does not say when to come back",
        "failures.circuit-retry-after",
        ReasonCode::Missing,
        || edit::edit_response(|_, response| response.set_field("Retry-After", None)),
    )
}
