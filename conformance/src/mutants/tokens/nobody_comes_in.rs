//! Without a token the query door opens as well.

use super::admitted;
use crate::checks::ReasonCode;
use crate::mutants::Mutant;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "tokens.nobody-comes-in",
        "Without a token the query door opens as well",
        "tokens.none",
        ReasonCode::Accepted,
        || admitted(|request| request.target == "/ws/query"),
    )
}
