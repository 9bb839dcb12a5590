//! The chart is one of an older Vega-Lite.

use serde_json::json;

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "query.vega-lite-4",
        "the chart is one of an older Vega-Lite",
        "query.result-chart",
        ReasonCode::WrongValue,
        || {
            edit::edit_message("query_result", |message| {
                message["visualization"]["spec"]["$schema"] =
                    json!("https://vega.github.io/schema/vega-lite/v4.json");
            })
        },
    )
}
