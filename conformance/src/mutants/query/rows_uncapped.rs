//! Any number of rows is returned.

use crate::checks::ReasonCode;
use crate::mutants::Mutant;

pub(super) fn mutant() -> Mutant {
    Mutant::config(
        "query.rows-uncapped",
        "any number of rows is returned",
        "query.row-cap",
        ReasonCode::WrongValue,
        "database.max_rows = 1000000",
    )
}
