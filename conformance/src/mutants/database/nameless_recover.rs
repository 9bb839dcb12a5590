//! Nameless users are one user.

use serde_json::json;

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "database.nameless-recover",
        "nameless users are one user",
        "database.nameless-apart",
        ReasonCode::Leak,
        || {
            edit::edit_message("connection_acknowledged", |joined| {
                joined["recovered_database_context"] = json!({"database": "another", "source": "user"});
            })
        },
    )
}
