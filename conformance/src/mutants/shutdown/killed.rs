//! The process is killed.

use crate::checks::ReasonCode;
use crate::mutants::Mutant;
use crate::target::SignalFault;

pub(super) fn mutant() -> Mutant {
    Mutant::signal(
        "shutdown.killed",
        "the process is killed",
        "shutdown.exit-code",
        ReasonCode::WrongValue,
        SignalFault::Kill,
    )
}
