//! The second signal is not heard.

use crate::checks::ReasonCode;
use crate::mutants::Mutant;
use crate::target::SignalFault;

pub(super) fn mutant() -> Mutant {
    Mutant::signal(
        "shutdown.second-unheard",
        "the second signal is not heard",
        "shutdown.second-signal",
        ReasonCode::NotClosed,
        SignalFault::Swallow(2),
    )
}
