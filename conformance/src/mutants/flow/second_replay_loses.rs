//! The first event behind the second resume of a session is lost.

use crate::checks::{ReasonCode, field};
use crate::mutants::shared::{Tally, is_event};
use crate::mutants::{Action, Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire_shared(
        "flow.second-replay-loses",
        "the first event behind the second resume of a session is lost",
        "flow.cuts",
        ReasonCode::Lost,
        || {
            let resumes = Tally::default();
            move || {
                let (resumes, mut loses) = (resumes.clone(), false);
                edit::on_message("*", move |_, value| {
                    if field::name(&value) == "resumed" {
                        loses = resumes.add(value["epoch"].as_str().unwrap_or_default()) == 2;
                    } else if loses && is_event(&value) {
                        loses = false;
                        return Action::drop();
                    }
                    Action::Pass
                })
            }
        },
    )
}
