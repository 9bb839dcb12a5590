//! Others than the asker are told of an error without its code.

use crate::mutants::Mutant;
use crate::mutants::watched::watchers_miss;

pub(super) fn mutant() -> Mutant {
    watchers_miss(
        "failures.watchers-miss-code",
        "others than the asker are told of an error without its code",
        "failures.seen",
        "error",
        "code",
    )
}
