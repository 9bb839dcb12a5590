//! Correlation_id of a heartbeat is always null.

use serde_json::Value;

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "life.correlation-lost",
        "correlation_id of a heartbeat is always null",
        "life.heartbeat-correlation",
        ReasonCode::WrongValue,
        || edit::edit_message("heartbeat_response", |response| response["correlation_id"] = Value::Null),
    )
}
