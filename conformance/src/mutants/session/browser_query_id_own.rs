//! The server gives queries ids of its own.

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "session.browser-query-id-own",
        "The server gives queries ids of its own",
        "session.browser-query",
        ReasonCode::WrongValue,
        || edit::edit_message("query_accepted", |answer| answer["query_id"] = "q-1".into()),
    )
}
