//! System_metrics never comes.

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "events.metrics-untold",
        "system_metrics never comes",
        "events.system-metrics",
        ReasonCode::Missing,
        || edit::drop_message("system_metrics"),
    )
}
