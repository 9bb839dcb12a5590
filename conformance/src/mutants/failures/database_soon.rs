//! A database that does not answer is to be asked soon.

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "failures.database-soon",
        "a database that does not answer is to be asked soon",
        "failures.no-database-retry-after",
        ReasonCode::Malformed,
        || {
            edit::edit_response(|_, response| {
                if response.status == 503 {
                    response.set_field("Retry-After", Some("soon"));
                }
            })
        },
    )
}
