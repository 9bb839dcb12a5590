//! Server_status is a word of its own.

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "life.status-ok",
        "server_status is a word of its own",
        "life.heartbeat-status",
        ReasonCode::WrongValue,
        || edit::edit_message("heartbeat_response", |response| response["server_status"] = "ok".into()),
    )
}
