//! Scopes in a list are not read.

use super::scopes_become;
use crate::checks::ReasonCode;
use crate::mutants::Mutant;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "tokens.scope-list-unread",
        "Scopes in a list are not read",
        "tokens.scope-list",
        ReasonCode::Refused,
        || scopes_become(|claims| claims.get("scopes").is_some(), Some("none")),
    )
}
