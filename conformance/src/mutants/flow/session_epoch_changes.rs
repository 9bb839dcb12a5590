//! With the second resume the session begins a new epoch.

use serde_json::json;

use crate::checks::ReasonCode;
use crate::mutants::shared::Tally;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire_shared(
        "flow.session-epoch-changes",
        "with the second resume the session begins a new epoch",
        "flow.supersedes",
        ReasonCode::WrongValue,
        || {
            let resumes = Tally::default();
            move || {
                let resumes = resumes.clone();
                edit::edit_message("resumed", move |resumed| {
                    if resumes.add(resumed["epoch"].as_str().unwrap_or_default()) == 2 {
                        resumed["epoch"] = json!("another");
                    }
                })
            }
        },
    )
}
