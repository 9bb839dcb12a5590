//! A retry needs the scope command alone.

use super::scopes_become;
use crate::checks::ReasonCode;
use crate::mutants::Mutant;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "tokens.retry-is-command-alone",
        "A retry needs the scope command alone",
        "tokens.scope-retry",
        ReasonCode::Accepted,
        || scopes_become(|claims| claims.get("scope").is_some(), None),
    )
}
