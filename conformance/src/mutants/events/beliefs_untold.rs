//! Belief_state never comes.

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutants() -> [Mutant; 2] {
    let mutant = |id, check| {
        Mutant::wire(id, "belief_state never comes", check, ReasonCode::Missing, || {
            edit::drop_message("belief_state")
        })
    };
    [
        mutant("events.beliefs-untold", "events.belief-told"),
        mutant("events.beliefs-without-fields", "events.belief-fields"),
    ]
}
