//! Faults of a server that meets one who does not read.

use serde_json::Value;

use crate::mutants::shared::{About, is_event};
use crate::mutants::{Action, Mutant};
use crate::peer::Message;

/// One event is dropped to spare the slow.
pub(super) fn drop_one(about: About) -> Mutant {
    about.mutant("", || {
        |_: &Message, value: &Value| {
            if is_event(value) && value["offset"] == 5 { Action::drop() } else { Action::Pass }
        }
    })
}
