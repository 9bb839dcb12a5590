//! Nobody may administer.

use super::scopes_become;
use crate::checks::ReasonCode;
use crate::mutants::Mutant;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "tokens.admin-closed",
        "Nobody may administer",
        "tokens.request-admin-open",
        ReasonCode::Refused,
        || scopes_become(|claims| claims.get("scope").is_some(), None),
    )
}
