//! The wanted format is not read.

use super::asked;
use crate::checks::ReasonCode;
use crate::mutants::Mutant;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "query.format-unread",
        "the wanted format is not read",
        "query.unknown-format",
        ReasonCode::Accepted,
        || {
            asked(|query| {
                query["preferences"].as_object_mut().map(|preferences| preferences.remove("output_format"));
            })
        },
    )
}
