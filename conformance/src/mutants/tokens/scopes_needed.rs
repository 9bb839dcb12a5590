//! A token without scopes permits nothing.

use super::scopes_become;
use crate::checks::ReasonCode;
use crate::mutants::Mutant;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "tokens.scopes-needed",
        "A token without scopes permits nothing",
        "tokens.no-scope",
        ReasonCode::Refused,
        || scopes_become(|claims| claims.get("scope").is_none(), Some("none")),
    )
}
