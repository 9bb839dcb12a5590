//! Messages wait for the next look at the timers.

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};
use std::time::Duration;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "life.answers-wait-for-timer",
        "Messages wait for the next look at the timers",
        "life.at-once",
        ReasonCode::Late,
        || edit::delay_message("subscribed", Duration::from_millis(2_400)),
    )
}
