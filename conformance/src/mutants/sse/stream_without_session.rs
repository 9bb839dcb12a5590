//! Events of a stream lack their session.

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "sse.stream-without-session",
        "events of a stream lack their session",
        "sse.equal-to-socket",
        ReasonCode::WrongValue,
        || {
            edit::edit_event("*", |value| {
                value.as_object_mut().map(|fields| fields.remove("session_id"));
            })
        },
    )
}
