//! token_refreshed tells another expiry.

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "tokens.refresh-tells-old-expiry",
        "token_refreshed tells another expiry",
        "tokens.refresh",
        ReasonCode::WrongValue,
        || edit::edit_message("token_refreshed", |answer| answer["expires_at"] = crate::checks::now().into()),
    )
}
