//! Integer ids come back as text.

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "life.ids-as-text",
        "integer ids come back as text",
        "life.ping-echoes-ids",
        ReasonCode::WrongValue,
        || {
            edit::edit_message("pong", |pong| {
                if pong["id"].is_number() {
                    pong["id"] = pong["id"].to_string().into();
                }
            })
        },
    )
}
