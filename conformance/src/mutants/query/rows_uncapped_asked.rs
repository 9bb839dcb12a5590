//! Who asks for many rows gets them.

use crate::checks::ReasonCode;
use crate::mutants::Mutant;

pub(super) fn mutant() -> Mutant {
    Mutant::config(
        "query.rows-uncapped-asked",
        "who asks for many rows gets them",
        "query.row-cap-asked",
        ReasonCode::WrongValue,
        "database.max_rows = 1000000",
    )
}
