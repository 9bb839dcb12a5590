//! The chart shows a column that is not there.

use serde_json::json;

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "query.chart-of-other-column",
        "the chart shows a column that is not there",
        "query.result-chart",
        ReasonCode::WrongValue,
        || {
            edit::edit_message("query_result", |message| {
                message["visualization"]["y"] = json!("value");
            })
        },
    )
}
