//! A write may be blocked for ever.

use crate::checks::ReasonCode;
use crate::mutants::Mutant;

pub(super) fn mutant() -> Mutant {
    Mutant::config(
        "loss.write-unbounded",
        "a write may be blocked for ever",
        "loss.blocked-write",
        ReasonCode::NotClosed,
        "timers.write_timeout = \"600s\"",
    )
}
