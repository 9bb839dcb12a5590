//! Host is not needed.

use super::tolerated;
use crate::checks::ReasonCode;
use crate::mutants::Mutant;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "security.host-not-needed",
        "Host is not needed",
        "security.no-host",
        ReasonCode::Accepted,
        || tolerated(|request| request.field("Host").is_none()),
    )
}
