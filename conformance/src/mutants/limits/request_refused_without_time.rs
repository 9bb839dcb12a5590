//! 429 does not say when to come back.

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "limits.request-refused-without-time",
        "429 does not say when to come back",
        "limits.rate-request",
        ReasonCode::Missing,
        || edit::edit_response(|_, response| response.set_field("Retry-After", None)),
    )
}
