//! The envelope of an event does not repeat the ids.

use crate::checks::ReasonCode;
use crate::mutants::{Action, Mutant, edit};
use crate::peer::Message;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "life.envelope-without-ids",
        "the envelope of an event does not repeat the ids",
        "life.heartbeat-typed",
        ReasonCode::Missing,
        || {
            edit::on_message("heartbeat_response", |_, mut event| {
                if let Some(fields) = event.as_object_mut() {
                    fields.remove("correlation_id");
                }
                Action::replace(Message::json(&event))
            })
        },
    )
}
