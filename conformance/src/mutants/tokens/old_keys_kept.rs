//! Keys that are taken out stay good.

use super::{admitted_with, kid_begins};
use crate::checks::ReasonCode;
use crate::mutants::Mutant;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "tokens.old-keys-kept",
        "Keys that are taken out stay good",
        "tokens.key-removed",
        ReasonCode::Accepted,
        || admitted_with("keys", |request| kid_begins(request, "rotated-")),
    )
}
