//! A response has other rows.

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "doors.response-rounds",
        "A response has other rows",
        "doors.typed-response",
        ReasonCode::WrongValue,
        || edit::edit_message("response", |response| response["result"]["row_count"] = (-1).into()),
    )
}
