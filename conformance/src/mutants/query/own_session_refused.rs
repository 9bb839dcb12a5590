//! A query may not name any session.

use super::refused_where;
use crate::checks::ReasonCode;
use crate::mutants::Mutant;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "query.own-session-refused",
        "a query may not name any session",
        "query.own-session",
        ReasonCode::Refused,
        || refused_where("INVALID_SESSION", |query| query["session_id"].is_string()),
    )
}
