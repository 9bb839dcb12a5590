//! A connection is closed as idle while its query is not over.

use super::IdleFrom;
use crate::checks::ReasonCode;
use crate::mutants::Mutant;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "life.idle-in-query",
        "a connection is closed as idle while its query is not over",
        "life.running-query-holds",
        ReasonCode::Closed,
        IdleFrom::own_messages,
    )
}
