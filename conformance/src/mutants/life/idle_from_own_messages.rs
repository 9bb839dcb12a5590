//! Only messages of the client count against idleness.

use super::IdleFrom;
use crate::checks::ReasonCode;
use crate::mutants::Mutant;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "life.idle-from-own-messages",
        "only messages of the client count against idleness",
        "life.server-messages-count",
        ReasonCode::Early,
        IdleFrom::own_messages,
    )
}
