//! Only the first key is read.

use super::{kid_begins, without_header};
use crate::checks::ReasonCode;
use crate::mutants::Mutant;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "tokens.first-key-alone",
        "Only the first key is read",
        "tokens.key-second",
        ReasonCode::Refused,
        || without_header(|request| kid_begins(request, "suite-2")),
    )
}
