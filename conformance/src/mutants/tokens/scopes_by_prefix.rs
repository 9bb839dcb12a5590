//! A longer word is the scope too.

use super::scopes_become;
use crate::checks::ReasonCode;
use crate::mutants::Mutant;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "tokens.scopes-by-prefix",
        "A longer word is the scope too",
        "tokens.scope-unknown",
        ReasonCode::Accepted,
        || scopes_become(|claims| claims.get("scope").is_some(), None),
    )
}
