//! All connections have one client_id.

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "doors.one-client-id",
        "All connections have one client_id",
        "doors.own-ids",
        ReasonCode::Duplicate,
        || edit::edit_message("connection_established", |greeting| greeting["client_id"] = "client-1".into()),
    )
}
