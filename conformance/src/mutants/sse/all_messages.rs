//! All events are named message.

use crate::checks::ReasonCode;
use crate::mutants::{EventAction, Mutant, edit};
use crate::peer::SseEvent;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "sse.all-messages",
        "all events are named message",
        "sse.names",
        ReasonCode::WrongValue,
        || {
            edit::on_event("*", |event, _| {
                EventAction::Text(SseEvent { name: Some("message".to_owned()), ..event }.encode())
            })
        },
    )
}
