//! Queries run without query_accepted.

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "query.never-accepted",
        "queries run without query_accepted",
        "query.accepted-first",
        ReasonCode::WrongOrder,
        || edit::drop_message("query_accepted"),
    )
}
