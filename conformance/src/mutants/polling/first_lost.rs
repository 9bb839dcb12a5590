//! The first event is not in the list.

use super::bodies;
use crate::checks::ReasonCode;
use crate::mutants::Mutant;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "polling.first-lost",
        "the first event is not in the list",
        "polling.from-begin",
        ReasonCode::WrongValue,
        || {
            bodies("/api/progress/", |body| {
                if let Some(events) = body["events"].as_array_mut().filter(|events| !events.is_empty()) {
                    events.remove(0);
                }
            })
        },
    )
}
