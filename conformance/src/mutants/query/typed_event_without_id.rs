//! Events of the typed dialect have no id.

use crate::checks::ReasonCode;
use crate::mutants::{Action, Mutant, edit};
use crate::peer::Message;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "query.typed-event-without-id",
        "events of the typed dialect have no id",
        "query.typed-events",
        ReasonCode::Missing,
        || {
            edit::on_message("progress_update", |_, mut event| {
                event.as_object_mut().map(|fields| fields.remove("id"));
                Action::replace(Message::json(&event))
            })
        },
    )
}
