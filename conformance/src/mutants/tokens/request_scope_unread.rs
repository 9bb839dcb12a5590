//! Requests need no scope for a query.

use super::scopes_become;
use crate::checks::ReasonCode;
use crate::mutants::Mutant;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "tokens.request-scope-unread",
        "Requests need no scope for a query",
        "tokens.request-scope-query",
        ReasonCode::Accepted,
        || scopes_become(|claims| claims.get("scope").is_some(), None),
    )
}
