//! Errors are pages.

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "security.errors-as-page",
        "Errors are pages",
        "security.markup",
        ReasonCode::WrongValue,
        || edit::edit_response(|_, response| response.set_field("Content-Type", Some("text/html"))),
    )
}
