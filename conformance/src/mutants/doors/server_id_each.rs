//! Each connection has a server_id of its own.

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "doors.server-id-each",
        "Each connection has a server_id of its own",
        "doors.own-ids",
        ReasonCode::WrongValue,
        || {
            edit::edit_message("connection_established", |greeting| {
                greeting["server_id"] = greeting["client_id"].clone();
            })
        },
    )
}
