//! An address may have any number of connections.

use crate::checks::ReasonCode;
use crate::mutants::Mutant;

pub(super) fn mutant() -> Mutant {
    Mutant::config(
        "limits.addresses-unlimited",
        "An address may have any number of connections",
        "limits.per-address",
        ReasonCode::Accepted,
        "limits.max_connections_per_ip = 0",
    )
}
