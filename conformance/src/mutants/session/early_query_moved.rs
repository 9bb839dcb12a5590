//! The end of a query asked before the handshake is given to the new session.

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "session.early-query-moved",
        "the end of a query asked before the handshake is given to the new session",
        "session.query-before-handshake",
        ReasonCode::WrongValue,
        || {
            let mut joined = None;
            edit::edit_message("*", move |message| {
                if message["type"] == "connection_acknowledged" {
                    joined = message["session_id"].as_str().map(str::to_owned);
                }
                if let (Some(session), true) = (&joined, message["type"] == "query_result") {
                    message["session_id"] = session.as_str().into();
                }
            })
        },
    )
}
