//! Errors on sockets name the source.

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "security.errors-show-source",
        "Errors on sockets name the source",
        "security.errors-plain",
        ReasonCode::Leak,
        || edit::edit_message("error", |error| error["message"] = "query failed at src/query.rs:41:9".into()),
    )
}
