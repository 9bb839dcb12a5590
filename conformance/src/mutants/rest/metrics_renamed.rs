//! A metric has another name.
use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "rest.metrics-renamed",
        "a metric has another name",
        "rest.metrics",
        ReasonCode::Missing,
        || {
            edit::edit_response(|request, response| {
                if request.target.ends_with("/metrics") {
                    let text = response.text().replace("connection_count", "connections");
                    response.set_body(text);
                }
            })
        },
    )
}
