//! Anybody may administer.

use super::scopes_become;
use crate::checks::ReasonCode;
use crate::mutants::Mutant;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "tokens.admin-scope-unread",
        "Anybody may administer",
        "tokens.request-admin",
        ReasonCode::Accepted,
        || scopes_become(|claims| claims.get("scope").is_some(), Some("admin")),
    )
}
