//! A question has to be shorter than 4,000 characters.

use super::refused_where;
use crate::checks::ReasonCode;
use crate::mutants::Mutant;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "query.long-refused-early",
        "a question has to be shorter than 4,000 characters",
        "query.longest",
        ReasonCode::Refused,
        || {
            refused_where("QUERY_REJECTED", |query| {
                query["query"].as_str().is_some_and(|text| text.is_ascii() && text.len() >= 4_000)
            })
        },
    )
}
