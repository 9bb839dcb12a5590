//! The snapshot leaves the ids of queries out.

use super::each_told;
use crate::checks::ReasonCode;
use crate::mutants::Mutant;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "resume.snapshot-without-query-id",
        "the snapshot leaves the ids of queries out",
        "resume.snapshot",
        ReasonCode::Missing,
        || {
            each_told(|told| {
                told.as_object_mut().map(|fields| fields.remove("query_id"));
            })
        },
    )
}
