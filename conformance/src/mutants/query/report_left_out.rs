//! Research answers without a report.

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "query.report-left-out",
        "research answers without a report",
        "query.research-report",
        ReasonCode::Missing,
        || {
            edit::edit_message("query_result", |result| {
                result.as_object_mut().map(|fields| fields.remove("report"));
            })
        },
    )
}
