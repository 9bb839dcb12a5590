//! A handshake with client_info is refused.

use super::by_handshake_refused;
use crate::checks::ReasonCode;
use crate::mutants::Mutant;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "session.browser-fields-refused",
        "A handshake with client_info is refused",
        "session.browser-handshake",
        ReasonCode::Refused,
        || by_handshake_refused("client_info"),
    )
}
