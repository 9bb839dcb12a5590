//! Errors do not come while a query runs.

use crate::checks::ReasonCode;
use crate::mutants::{Action, Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "limits.errors-wait-for-query",
        "Errors do not come while a query runs",
        "limits.failed-message-alone",
        ReasonCode::Missing,
        || edit::on_message("error", |_, _| Action::drop()),
    )
}
