//! A 401 has no WWW-Authenticate.

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "tokens.no-challenge",
        "A 401 has no WWW-Authenticate",
        "tokens.request-challenge",
        ReasonCode::Missing,
        || edit::edit_response(|_, response| response.set_field("WWW-Authenticate", None)),
    )
}
