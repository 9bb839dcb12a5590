//! The second repetition of a query is not marked as one.

use crate::checks::ReasonCode;
use crate::mutants::shared::Tally;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire_shared(
        "flow.repeat-unmarked-the-second-time",
        "the second repetition of a query is not marked as one",
        "flow.repeats",
        ReasonCode::Missing,
        || {
            let repeats = Tally::default();
            move || {
                let repeats = repeats.clone();
                edit::edit_message("query_accepted", move |accepted| {
                    let transaction = accepted["transaction_id"].as_str().unwrap_or_default().to_owned();
                    if accepted["duplicate"] == true && repeats.add(&transaction) == 2 {
                        accepted.as_object_mut().map(|fields| fields.remove("duplicate"));
                    }
                })
            }
        },
    )
}
