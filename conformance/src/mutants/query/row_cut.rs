//! A row has one value less than there are columns.

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "query.row-cut",
        "a row has one value less than there are columns",
        "query.result-table",
        ReasonCode::WrongValue,
        || {
            edit::edit_message("query_result", |message| {
                if let Some(row) = message["rows"][0].as_array_mut() {
                    row.pop();
                }
            })
        },
    )
}
