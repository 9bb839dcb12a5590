//! Tokens in the header of a request are not read.

use super::{asks, without_header};
use crate::checks::ReasonCode;
use crate::mutants::Mutant;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "tokens.request-header-token-unread",
        "Tokens in the header of a request are not read",
        "tokens.request-in-header",
        ReasonCode::Refused,
        || without_header(asks),
    )
}
