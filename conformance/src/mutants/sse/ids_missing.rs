//! Events have no id.

use crate::checks::ReasonCode;
use crate::mutants::{EventAction, Mutant, edit};
use crate::peer::SseEvent;

pub(super) fn mutant() -> Mutant {
    Mutant::wire("sse.ids-missing", "events have no id", "sse.ids", ReasonCode::Missing, || {
        edit::on_event("*", |event, _| EventAction::Text(SseEvent { id: None, ..event }.encode()))
    })
}
