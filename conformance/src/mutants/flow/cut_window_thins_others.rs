//! When a window of a session has come back, the other windows miss an update.

use crate::checks::{ReasonCode, field};
use crate::mutants::shared::{Tally, is_event};
use crate::mutants::{Action, Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire_shared(
        "flow.other-window-misses",
        "once a window of a session has come back, its other windows miss an event",
        "flow.windows",
        ReasonCode::Lost,
        || {
            let resumes = Tally::default();
            move || {
                let (resumes, mut resumed, mut missed) = (resumes.clone(), false, false);
                edit::on_message("*", move |_, value| {
                    let epoch = value["epoch"].as_str().unwrap_or_default();
                    if field::name(&value) == "resumed" {
                        resumed = true;
                        resumes.add(epoch);
                    } else if !resumed && !missed && is_event(&value) && resumes.of(epoch) > 0 {
                        missed = true;
                        return Action::drop();
                    }
                    Action::Pass
                })
            }
        },
    )
}
