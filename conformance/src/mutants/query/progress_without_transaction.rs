//! Progress does not name its transaction.

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "query.progress-without-transaction",
        "progress does not name its transaction",
        "query.transaction",
        ReasonCode::Missing,
        || {
            edit::edit_message("progress_update", |message| {
                message.as_object_mut().map(|fields| fields.remove("transaction_id"));
            })
        },
    )
}
