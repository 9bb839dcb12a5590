//! Percent is that of the stage and starts anew with each.

use serde_json::json;

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "query.percent-of-stage",
        "percent is that of the stage and starts anew with each",
        "query.percent",
        ReasonCode::WrongValue,
        || {
            let mut updates = 0;
            edit::edit_message("progress_update", move |update| {
                updates += 1;
                update["percent"] = json!(if updates % 2 == 0 { 10 } else { 90 });
            })
        },
    )
}
