//! A filter for results drops progress too.

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "events.filter-drops-progress",
        "a filter for results drops progress too",
        "events.without-result",
        ReasonCode::Missing,
        || edit::drop_message("progress_update"),
    )
}
