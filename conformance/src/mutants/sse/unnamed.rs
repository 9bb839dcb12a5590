//! Events have no name.

use crate::checks::ReasonCode;
use crate::mutants::{EventAction, Mutant, edit};
use crate::peer::SseEvent;

pub(super) fn mutant() -> Mutant {
    Mutant::wire("sse.unnamed", "events have no name", "sse.names", ReasonCode::Missing, || {
        edit::on_event("*", |event, _| EventAction::Text(SseEvent { name: None, ..event }.encode()))
    })
}
