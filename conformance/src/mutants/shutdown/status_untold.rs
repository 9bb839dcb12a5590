//! The new state is not broadcast.

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "shutdown.status-untold",
        "The new state is not broadcast",
        "shutdown.status-told",
        ReasonCode::Missing,
        || edit::drop_message("system_status"),
    )
}
