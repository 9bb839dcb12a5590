//! Ids are numbers of the stream's own.

use crate::checks::ReasonCode;
use crate::mutants::{EventAction, Mutant, edit};
use crate::peer::SseEvent;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "sse.ids-of-stream",
        "ids are numbers of the stream's own",
        "sse.ids",
        ReasonCode::WrongValue,
        || {
            let mut next = 0;
            edit::on_event("*", move |event, _| {
                next += 1;
                let id = event.id.as_ref().map(|_| next.to_string());
                EventAction::Text(SseEvent { id, ..event }.encode())
            })
        },
    )
}
