//! The user of a token is anonymous.

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "tokens.sub-unread",
        "The user of a token is anonymous",
        "tokens.sub-is-user",
        ReasonCode::WrongValue,
        || {
            edit::edit_message("connection_acknowledged", |answer| {
                answer["server_agent_id"] = "backend_anonymous".into();
            })
        },
    )
}
