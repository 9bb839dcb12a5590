//! Without a token the chat door opens as well.

use super::admitted;
use crate::checks::ReasonCode;
use crate::mutants::Mutant;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "tokens.nobody-comes-in-to-chat",
        "Without a token the chat door opens as well",
        "tokens.none-at-chat",
        ReasonCode::Accepted,
        || admitted(|request| request.target == "/ws/chat"),
    )
}
