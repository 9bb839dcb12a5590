//! Request headers may be long.

use crate::checks::ReasonCode;
use crate::mutants::Mutant;

pub(super) fn mutant() -> Mutant {
    Mutant::config(
        "limits.head-unlimited",
        "request headers of 64 KiB are read",
        "limits.request-head",
        ReasonCode::Accepted,
        "limits.max_header_bytes = 65536",
    )
}
