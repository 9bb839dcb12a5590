//! An event stream leaves the statement out.

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "resume.streamed-without-sql",
        "an event stream leaves the statement out",
        "resume.ways-equal",
        ReasonCode::WrongValue,
        || {
            edit::edit_event("query_result", |result| {
                result.as_object_mut().map(|fields| fields.remove("sql"));
            })
        },
    )
}
