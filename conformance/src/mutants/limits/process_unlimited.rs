//! The process takes any number of connections.

use crate::checks::ReasonCode;
use crate::mutants::Mutant;

pub(super) fn mutant() -> Mutant {
    Mutant::config(
        "limits.process-unlimited",
        "the process takes any number of connections",
        "limits.connections-per-process",
        ReasonCode::Accepted,
        "limits.max_connections = 10000",
    )
}
