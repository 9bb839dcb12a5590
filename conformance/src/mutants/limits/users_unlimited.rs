//! A user may have any number of connections.

use crate::checks::ReasonCode;
use crate::mutants::Mutant;

pub(super) fn mutant() -> Mutant {
    Mutant::config(
        "limits.users-unlimited",
        "A user may have any number of connections",
        "limits.per-user",
        ReasonCode::Accepted,
        "limits.max_connections_per_user = 0",
    )
}
