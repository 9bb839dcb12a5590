//! Off heeds the message.

use serde_json::json;

use super::contexts;
use crate::checks::ReasonCode;
use crate::mutants::Mutant;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "database.off-heeds",
        "off heeds the message",
        "database.off-ignores",
        ReasonCode::WrongValue,
        || {
            contexts(|context| {
                context["source"] = json!("message");
            })
        },
    )
}
