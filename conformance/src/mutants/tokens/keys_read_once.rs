//! Keys are read at the start alone.

use super::{kid_begins, without_header};
use crate::checks::ReasonCode;
use crate::mutants::Mutant;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "tokens.keys-read-once",
        "Keys are read at the start alone",
        "tokens.key-added",
        ReasonCode::Refused,
        || without_header(|request| kid_begins(request, "rotated-")),
    )
}
