//! How long there is is not said.

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "shutdown.without-time",
        "how long there is is not said",
        "shutdown.announced",
        ReasonCode::Missing,
        || {
            edit::edit_message("server_shutting_down", |notice| {
                notice.as_object_mut().map(|fields| fields.remove("drain_ms"));
            })
        },
    )
}
