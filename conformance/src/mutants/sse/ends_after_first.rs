//! A session's stream ends with the first query.

use crate::checks::ReasonCode;
use crate::mutants::{EventAction, Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "sse.ends-after-first",
        "a session's stream ends with the first query",
        "sse.goes-on",
        ReasonCode::Missing,
        || {
            let mut over = false;
            edit::on_block(move |block| {
                if over {
                    return EventAction::End;
                }
                over = block.contains("event: query_result");
                EventAction::Pass
            })
        },
    )
}
