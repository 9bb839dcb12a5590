//! Deliberate violations for the area `failures`, one fault per file.

mod breaker_always_closed;
mod chat_apologizes;
mod circuit_for_ever;
mod circuit_of_all;
mod circuit_once;
mod circuit_without_time;
mod database_soon;
mod database_without_hint;
mod error_of_another;
mod error_twice;
mod error_without_correlation;
mod error_without_offset;
mod failed_as_cancelled;
mod failed_as_completed;
mod failed_not_retried;
mod failure_closes;
mod incident_unnamed;
mod incidents_alike;
mod internal_backtrace;
mod late_progress;
mod other_code;
mod other_status;
mod others_fail_too;
mod repeat_fails_anew;
mod replayed_as_cancelled;
mod select_conflicts;
mod sleeping_is_valid;
mod stage_before_unseen;
mod stage_runs_on;
mod stream_without_error;
mod told_to_all;
mod typed_as_event;
mod watchers_miss_code;

use serde_json::Value;

use super::{Fault, Mutant, edit};

pub(crate) fn mutants() -> Vec<Mutant> {
    [other_code::mutants(), other_status::mutants(), others()].concat()
}

fn others() -> Vec<Mutant> {
    vec![
        breaker_always_closed::mutant(),
        chat_apologizes::mutant(),
        circuit_for_ever::mutant(),
        circuit_of_all::mutant(),
        circuit_once::mutant(),
        circuit_without_time::mutant(),
        database_soon::mutant(),
        database_without_hint::mutant(),
        error_of_another::mutant(),
        error_twice::mutant(),
        error_without_correlation::mutant(),
        error_without_offset::mutant(),
        failed_as_cancelled::mutant(),
        failed_as_completed::mutant(),
        failed_not_retried::mutant(),
        failure_closes::mutant(),
        incident_unnamed::mutant(),
        incidents_alike::mutant(),
        internal_backtrace::mutant(),
        late_progress::mutant(),
        others_fail_too::mutant(),
        repeat_fails_anew::mutant(),
        replayed_as_cancelled::mutant(),
        select_conflicts::mutant(),
        sleeping_is_valid::mutant(),
        stage_before_unseen::mutant(),
        stage_runs_on::mutant(),
        stream_without_error::mutant(),
        told_to_all::mutant(),
        typed_as_event::mutant(),
        watchers_miss_code::mutant(),
    ]
}

/// Changes transactions that failed, as they are polled.
fn transactions(change: impl Fn(&mut Value) + Send + 'static) -> impl Fault {
    edit::edit_response(move |request, response| {
        if !request.target.contains("/api/transactions/") {
            return;
        }
        if let Some(mut body) = response.json().filter(|body| body["status"] == "failed") {
            change(&mut body);
            response.set_body(body.to_string());
        }
    })
}
