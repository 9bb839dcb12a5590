//! Progress loses the correlation id.

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "query.progress-without-ids",
        "progress loses the correlation id",
        "query.echo-texts",
        ReasonCode::Missing,
        || {
            edit::edit_message("progress_update", |message| {
                message.as_object_mut().map(|fields| fields.remove("correlation_id"));
            })
        },
    )
}
