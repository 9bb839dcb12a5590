//! The signal is not heard.

use crate::checks::ReasonCode;
use crate::mutants::Mutant;
use crate::target::SignalFault;

pub(super) fn mutant() -> Mutant {
    Mutant::signal(
        "shutdown.signal-unheard",
        "the signal is not heard",
        "shutdown.exit-code",
        ReasonCode::NotClosed,
        SignalFault::Swallow(1),
    )
}
