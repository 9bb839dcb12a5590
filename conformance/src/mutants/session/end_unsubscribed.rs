//! The result of a query goes by the subscription to query_result.

use super::acceptance_unsubscribed::Unsubscribed;
use crate::checks::ReasonCode;
use crate::mutants::Mutant;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "session.end-unsubscribed",
        "the result of a query goes by the subscription to query_result",
        "session.asker-always",
        ReasonCode::Missing,
        || Unsubscribed { from: false, name: "query_result" },
    )
}
