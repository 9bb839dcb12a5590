//! Of two lengths the first counts.

use super::tolerated;
use crate::checks::ReasonCode;
use crate::mutants::Mutant;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "security.first-length-counts",
        "Of two lengths the first counts",
        "security.two-lengths",
        ReasonCode::Accepted,
        || {
            tolerated(|request| {
                request.headers.iter().filter(|(name, _)| name == "Content-Length").count() > 1
            })
        },
    )
}
