//! The AsyncAPI document is of the second version.

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "doors.messages-of-two",
        "The AsyncAPI document is of the second version",
        "doors.schema-messages",
        ReasonCode::WrongValue,
        || {
            edit::edit_response(|request, response| {
                if request.target.ends_with("asyncapi.json") {
                    let text = response.text().replacen("\"3.", "\"2.", 1);
                    response.set_body(text);
                }
            })
        },
    )
}
