//! A session may have one connection more than announced.

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "limits.one-more-connection",
        "a session may have one connection more than is announced",
        "limits.connections-per-session",
        ReasonCode::Accepted,
        || {
            edit::edit_message("connection_established", |established| {
                let announced = established["limits"]["max_connections_per_session"].as_u64().unwrap_or(3);
                established["limits"]["max_connections_per_session"] = (announced - 1).into();
            })
        },
    )
}
