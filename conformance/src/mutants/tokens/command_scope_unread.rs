//! Commands need no scope.

use super::scopes_become;
use crate::checks::ReasonCode;
use crate::mutants::Mutant;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "tokens.command-scope-unread",
        "Commands need no scope",
        "tokens.scope-command",
        ReasonCode::Accepted,
        || scopes_become(|claims| claims.get("scope").is_some(), None),
    )
}
