//! Deliberate violations for the area `events`, one fault per file.

mod active_twice;
mod agents_always_idle;
mod all_at_demo;
mod beliefs_to_all;
mod beliefs_untold;
mod breaker_as_flag;
mod chat_needs_result;
mod completed_first;
mod confidence_in_percent;
mod context_told_anyway;
mod context_untold;
mod filter_drops_progress;
mod goals_as_text;
mod in_flight_missing;
mod instants_fall;
mod last_stage_first;
mod late_joiner_blind;
mod left_out_is_all;
mod metrics_have_offset;
mod metrics_untold;
mod name_inactive;
mod name_unknown;
mod never_again;
mod no_list_without_id;
mod no_names_close;
mod nothing_at_open;
mod offsets_renumbered;
mod order_grows;
mod progress_anyway;
mod query_dies_with_asker;
mod result_anyway;
mod result_stamped_early;
mod second_query_merged;
mod slowest_decides;
mod stage_goes_back;
mod status_has_offset;
mod status_unasked;
mod statuses_untold;
mod subscriptions_shared;
mod text_as_list;
mod told_to_users;
mod unknown_taken_back;
mod unsubscribe_all;
mod viz_never_again;
mod viz_start_untold;
mod viz_untold;
mod watchers_miss_sql;

use serde_json::{Value, json};

use super::{Action, Fault, Mutant, edit};
use crate::checks::now;
use crate::peer::Message;

pub(crate) fn mutants() -> Vec<Mutant> {
    [subscribing(), filtering(), notices(), history()].concat()
}

fn subscribing() -> Vec<Mutant> {
    vec![
        nothing_at_open::mutant(),
        all_at_demo::mutant(),
        name_unknown::mutant(),
        name_inactive::mutant(),
        active_twice::mutant(),
        unsubscribe_all::mutant(),
        unknown_taken_back::mutant(),
        text_as_list::mutant(),
        no_list_without_id::mutant(),
        no_names_close::mutant(),
        left_out_is_all::mutant(),
        subscriptions_shared::mutant(),
    ]
}

fn filtering() -> Vec<Mutant> {
    vec![
        progress_anyway::mutant(),
        result_anyway::mutant(),
        filter_drops_progress::mutant(),
        offsets_renumbered::mutant(),
        never_again::mutant(),
        watchers_miss_sql::mutant(),
        query_dies_with_asker::mutant(),
        late_joiner_blind::mutant(),
        slowest_decides::mutant(),
        second_query_merged::mutant(),
        told_to_users::mutant(),
        context_told_anyway::mutant(),
        context_untold::mutant(),
        chat_needs_result::mutant(),
    ]
}

fn notices() -> Vec<Mutant> {
    let mut mutants = vec![
        agents_always_idle::mutant(),
        breaker_as_flag::mutant(),
        in_flight_missing::mutant(),
        viz_untold::mutant(),
        viz_never_again::mutant(),
        status_has_offset::mutant(),
        status_unasked::mutant(),
        statuses_untold::mutant(),
        metrics_untold::mutant(),
        metrics_have_offset::mutant(),
        confidence_in_percent::mutant(),
        goals_as_text::mutant(),
        beliefs_to_all::mutant(),
    ];
    mutants.extend(beliefs_untold::mutants());
    mutants
}

fn history() -> Vec<Mutant> {
    vec![
        stage_goes_back::mutant(),
        last_stage_first::mutant(),
        completed_first::mutant(),
        viz_start_untold::mutant(),
        instants_fall::mutant(),
        result_stamped_early::mutant(),
        order_grows::mutant(),
    ]
}

/// Changes `active` and the other lists of a confirmation.
fn edit_lists(change: impl Fn(&mut Value) + Send + 'static) -> impl Fault {
    edit::edit_message("*", move |message| {
        if message.get("active").is_some_and(Value::is_array) {
            change(message);
        }
    })
}

/// Requests of `kind` are answered, and the server never hears of them.
fn unheard(kind: &'static str) -> impl Fault {
    edit::client_messages(move |message| match message.to_json() {
        Some(request) if request["type"] == kind && request["events"][0] != "schema_changed" => {
            let confirmed = json!({
                "type": format!("{kind}d"), "id": request["id"], "events": request["events"], "rejected": [],
                "active": request["events"], "timestamp": now(),
            });
            Action::replace(Message::json(&confirmed))
        }
        _ => Action::Pass,
    })
}
