//! Of two tokens the one in the header wins.

use super::without_query_token;
use crate::checks::ReasonCode;
use crate::mutants::Mutant;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "tokens.first-token-wins",
        "Of two tokens the one in the header wins",
        "tokens.two-that-differ",
        ReasonCode::Accepted,
        || without_query_token(|request| request.field("Authorization").is_some()),
    )
}
