//! The result is in the stream twice.

use crate::checks::ReasonCode;
use crate::mutants::{EventAction, Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "sse.result-twice",
        "the result is in the stream twice",
        "sse.order",
        ReasonCode::Duplicate,
        || edit::on_event("query_result", |event, _| EventAction::Text(event.encode().repeat(2))),
    )
}
