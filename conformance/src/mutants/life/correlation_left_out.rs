//! A heartbeat without correlation_id is answered without it.

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "life.correlation-left-out",
        "a heartbeat without correlation_id is answered without it",
        "life.heartbeat-correlation-null",
        ReasonCode::Missing,
        || {
            edit::edit_message("heartbeat_response", |response| {
                if response["correlation_id"].is_null()
                    && let Some(fields) = response.as_object_mut()
                {
                    fields.remove("correlation_id");
                }
            })
        },
    )
}
