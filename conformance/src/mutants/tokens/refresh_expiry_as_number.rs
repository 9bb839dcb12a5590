//! expires_at is a number.

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "tokens.refresh-expiry-as-number",
        "expires_at is a number",
        "tokens.refresh",
        ReasonCode::WrongType,
        || edit::edit_message("token_refreshed", |answer| answer["expires_at"] = 1_900_000_000.into()),
    )
}
