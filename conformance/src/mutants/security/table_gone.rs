//! A table is gone after a question.

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "security.table-gone",
        "A table is gone after a question",
        "security.sql-harmless",
        ReasonCode::WrongValue,
        || {
            let mut asked = 0;
            edit::edit_message("query_result", move |result| {
                asked += 1;
                if asked > 1 {
                    result["row_count"] = 4_711.into();
                }
            })
        },
    )
}
