//! Belief_state never comes.

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "events.beliefs-untold",
        "belief_state never comes",
        "events.belief-told",
        ReasonCode::Missing,
        || edit::drop_message("belief_state"),
    )
}
