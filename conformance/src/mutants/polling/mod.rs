//! Deliberate violations for the area `polling`, one fault per file.

mod agent_still_there;
mod any_tag_held;
mod cancelled_as_failed;
mod cancelled_has_result;
mod events_left_out;
mod failed_without_error;
mod first_lost;
mod from_behind;
mod last_event_again;
mod location_of_another;
mod location_of_query;
mod malformed_from_begin;
mod no_location;
mod no_tag;
mod no_tag_at_first;
mod nothing_is_failure;
mod one_tag_only;
mod order_left_out;
mod percent_as_share;
mod percent_falls;
mod percent_of_90;
mod place_unread;
mod poll_invents;
mod polled_sql_cut;
mod polled_without_session;
mod prefer_unread;
mod prefer_wins;
mod preference_unnamed;
mod query_id_left_out;
mod refused_later;
mod result_counts_more;
mod result_early;
mod result_left_out;
mod snapshot_left_out;
mod stage_still_runs;
mod status_done;
mod tag_stays;
mod tag_unread;
mod top_left_out;
mod unknown_as_gone;
mod unknown_as_session;
mod unknown_session_empty;
mod waited_for;

use serde_json::Value;

use super::{Fault, Mutant, Reply, edit};

pub(crate) fn mutants() -> Vec<Mutant> {
    [transactions(), following()].concat()
}

fn transactions() -> Vec<Mutant> {
    vec![
        no_location::mutant(),
        location_of_query::mutant(),
        prefer_unread::mutant(),
        location_of_another::mutant(),
        preference_unnamed::mutant(),
        waited_for::mutant(),
        refused_later::mutant(),
        prefer_wins::mutant(),
        status_done::mutant(),
        percent_as_share::mutant(),
        order_left_out::mutant(),
        percent_falls::mutant(),
        percent_of_90::mutant(),
        result_early::mutant(),
        query_id_left_out::mutant(),
        unknown_as_gone::mutant(),
        unknown_as_session::mutant(),
        result_left_out::mutant(),
        result_counts_more::mutant(),
        polled_sql_cut::mutant(),
        cancelled_as_failed::mutant(),
        cancelled_has_result::mutant(),
        failed_without_error::mutant(),
        stage_still_runs::mutant(),
        agent_still_there::mutant(),
        no_tag::mutant(),
        tag_unread::mutant(),
        any_tag_held::mutant(),
        one_tag_only::mutant(),
        tag_stays::mutant(),
        no_tag_at_first::mutant(),
    ]
}

fn following() -> Vec<Mutant> {
    vec![
        first_lost::mutant(),
        events_left_out::mutant(),
        place_unread::mutant(),
        nothing_is_failure::mutant(),
        last_event_again::mutant(),
        from_behind::mutant(),
        top_left_out::mutant(),
        snapshot_left_out::mutant(),
        malformed_from_begin::mutant(),
        unknown_session_empty::mutant(),
        polled_without_session::mutant(),
        poll_invents::mutant(),
    ]
}

/// Changes the JSON of answers to requests whose path has `part`.
fn bodies(part: &'static str, change: impl Fn(&mut Value) + Send + 'static) -> impl Fault {
    edit::edit_response(move |request, response| {
        if !request.target.contains(part) {
            return;
        }
        if let Some(mut body) = response.json() {
            change(&mut body);
            response.set_body(body.to_string());
        }
    })
}

/// Sets or takes away a field of answers to requests whose path has `part`.
fn field_of(part: &'static str, name: &'static str, value: Option<&'static str>) -> impl Fault {
    edit::edit_response(move |request, response| {
        if request.target.contains(part) {
            response.set_field(name, value);
        }
    })
}

/// Takes the field `name` away from requests.
fn unread(name: &'static str) -> impl Fault {
    edit::on_request(move |request| Reply::Rewrite(request.clone().without(name)))
}
