//! Tables of the message are not told back.

use super::contexts;
use crate::checks::ReasonCode;
use crate::mutants::Mutant;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "database.message-tables-lost",
        "tables of the message are not told back",
        "database.message-tables",
        ReasonCode::Missing,
        || {
            contexts(|context| {
                context.as_object_mut().map(|fields| fields.remove("tables"));
            })
        },
    )
}
