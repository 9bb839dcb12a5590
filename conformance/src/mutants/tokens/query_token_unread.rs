//! Tokens in the query of an upgrade are not read.

use super::{upgrades, without_query_token};
use crate::checks::ReasonCode;
use crate::mutants::Mutant;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "tokens.query-token-unread",
        "Tokens in the query of an upgrade are not read",
        "tokens.in-query",
        ReasonCode::Refused,
        || without_query_token(upgrades),
    )
}
