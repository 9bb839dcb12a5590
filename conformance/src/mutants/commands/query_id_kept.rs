//! A query_id stands for one query longer than configured.

use crate::checks::ReasonCode;
use crate::mutants::Mutant;

pub(super) fn mutant() -> Mutant {
    Mutant::config(
        "commands.query-id-kept",
        "a query_id stands for one query longer than configured",
        "commands.repeat-forgotten",
        ReasonCode::Duplicate,
        "timers.dedup_window = \"600s\"",
    )
}
