//! The first progress comes before query_accepted.

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "query.accepted-second",
        "the first progress comes before query_accepted",
        "query.accepted-first",
        ReasonCode::WrongOrder,
        || edit::swap_message("query_accepted"),
    )
}
