//! Others than the asker get a result without its statement.

use crate::mutants::Mutant;
use crate::mutants::watched::watchers_miss;

pub(super) fn mutant() -> Mutant {
    watchers_miss(
        "events.watchers-miss-sql",
        "others than the asker get a result without its statement",
        "events.all-connections",
        "query_result",
        "sql",
    )
}
