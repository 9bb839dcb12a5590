//! Client_id is the same for all connections.

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "life.client-of-user",
        "client_id is the same for all connections",
        "life.heartbeat-client",
        ReasonCode::WrongValue,
        || {
            edit::edit_message("heartbeat_response", |response| {
                response["client_id"] = response["connection_id"].clone();
            })
        },
    )
}
