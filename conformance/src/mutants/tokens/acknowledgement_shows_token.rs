//! connection_acknowledged shows the token.

use super::Echo;
use crate::checks::ReasonCode;
use crate::mutants::Mutant;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "tokens.acknowledgement-shows-token",
        "connection_acknowledged shows the token",
        "tokens.secret-in-greeting",
        ReasonCode::Leak,
        || Echo::of("connection_acknowledged"),
    )
}
