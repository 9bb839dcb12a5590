//! The chart has no specification.

use serde_json::Value;

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "query.chart-without-spec",
        "the chart has no specification",
        "query.result-chart",
        ReasonCode::Missing,
        || {
            edit::edit_message("query_result", |message| {
                if let Some(chart) = message.get_mut("visualization").and_then(Value::as_object_mut) {
                    chart.remove("spec");
                }
            })
        },
    )
}
