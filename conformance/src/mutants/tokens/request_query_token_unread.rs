//! Tokens in the URL of a request are not read.

use super::{asks, without_query_token};
use crate::checks::ReasonCode;
use crate::mutants::Mutant;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "tokens.request-query-token-unread",
        "Tokens in the URL of a request are not read",
        "tokens.request-in-query",
        ReasonCode::Refused,
        || without_query_token(asks),
    )
}
