//! A database in the scopes is closed too.

use super::scopes_become;
use crate::checks::ReasonCode;
use crate::mutants::Mutant;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "tokens.database-scope-closes",
        "A database in the scopes is closed too",
        "tokens.scope-database-open",
        ReasonCode::Refused,
        || scopes_become(|claims| claims.get("scope").is_some(), Some("query")),
    )
}
