//! A refresh that nobody needs tells an expiry.

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "tokens.refresh-unneeded-expires",
        "A refresh that nobody needs tells an expiry",
        "tokens.refresh-unneeded",
        ReasonCode::WrongValue,
        || edit::edit_message("token_refreshed", |answer| answer["expires_at"] = crate::checks::now().into()),
    )
}
