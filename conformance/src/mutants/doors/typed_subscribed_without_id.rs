//! A confirmation of the typed dialect has no id.

use crate::checks::ReasonCode;
use crate::mutants::{Action, Mutant, edit};
use crate::peer::Message;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "doors.typed-subscribed-without-id",
        "A confirmation of the typed dialect has no id",
        "doors.typed-subscribe",
        ReasonCode::Missing,
        || {
            edit::on_message("subscribed", |_, mut value| {
                value.as_object_mut().map(|fields| fields.shift_remove("id"));
                Action::replace(Message::json(&value))
            })
        },
    )
}
