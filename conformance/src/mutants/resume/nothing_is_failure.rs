//! Nothing to replay is called not recovered.

use serde_json::json;

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "resume.nothing-is-failure",
        "nothing to replay is called not recovered",
        "resume.nothing-missed",
        ReasonCode::WrongValue,
        || {
            edit::edit_message("resumed", |message| {
                message["recovered"] = json!(!message["from"].is_null());
            })
        },
    )
}
