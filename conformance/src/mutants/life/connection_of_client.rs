//! Connection_id is made of the connection instead of the user.

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "life.connection-of-client",
        "connection_id is made of the connection instead of the user",
        "life.heartbeat-connection",
        ReasonCode::WrongValue,
        || {
            edit::edit_message("heartbeat_response", |response| {
                let name = format!("backend_{}", response["client_id"].as_str().unwrap_or_default());
                response["connection_id"] = name.into();
            })
        },
    )
}
