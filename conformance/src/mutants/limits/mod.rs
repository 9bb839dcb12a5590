//! Deliberate violations for the area `limits`, one fault per file.

mod address_rate_unlimited;
mod address_told_late;
mod addresses_are_the_proxy;
mod addresses_share_a_window;
mod addresses_unlimited;
mod announced_size_waits;
mod array_is_batch;
mod binary_as_text;
mod closed_schema;
mod connections_another_reason;
mod connections_without_error;
mod door_unlimited;
mod error_id_as_text;
mod error_null_ids;
mod error_without_message;
mod error_without_timestamp;
mod errors_wait_for_query;
mod established_before_refusal;
mod failed_message_ends_query;
mod failed_request_fells_others;
mod fifth_violation;
mod first_address_believed;
mod fragments_few;
mod fragments_unlimited;
mod full_door_many;
mod head_unlimited;
mod heartbeats_uncounted;
mod json_error_closes;
mod json_lenient;
mod last_error_missing;
mod last_key_wins;
mod life_counts;
mod life_limit_as_messages;
mod life_refused;
mod life_unlimited;
mod long_id_taken;
mod networks_unknown;
mod no_object_is_bad_json;
mod nobody_is_counted;
mod number_to_infinity;
mod number_to_text;
mod oldest_pushed_out;
mod one_level_more;
mod one_more_connection;
mod ping_frames_uncounted;
mod place_never_freed;
mod places_kept;
mod pong_frames_uncounted;
mod process_unlimited;
mod rate_another_reason;
mod rate_error_without_id;
mod rate_off_by_one;
mod rate_overstated;
mod rate_per_address;
mod rate_without_details;
mod refused_count;
mod request_refused_without_time;
mod requests_uncounted;
mod retry_as_text;
mod retry_in_milliseconds;
mod session_made_up;
mod shallow;
mod size_is_protocol_error;
mod size_per_frame;
mod size_unlimited;
mod stack_overflow;
mod surrogate_replaced;
mod type_guessed;
mod type_in_any_case;
mod unknown_session_expired;
mod unknown_type_closes;
mod user_refused_as_full;
mod users_share_places;
mod users_unlimited;
mod violations_unlimited;
mod window_fixed;

use super::Mutant;

pub(crate) fn mutants() -> Vec<Mutant> {
    vec![
        errors_wait_for_query::mutant(),
        failed_message_ends_query::mutant(),
        failed_request_fells_others::mutant(),
        full_door_many::mutant(),
        door_unlimited::mutant(),
        request_refused_without_time::mutant(),
        requests_uncounted::mutant(),
        addresses_share_a_window::mutant(),
        address_rate_unlimited::mutant(),
        networks_unknown::mutant(),
        first_address_believed::mutant(),
        places_kept::mutant(),
        addresses_are_the_proxy::mutant(),
        address_told_late::mutant(),
        addresses_unlimited::mutant(),
        nobody_is_counted::mutant(),
        users_share_places::mutant(),
        user_refused_as_full::mutant(),
        users_unlimited::mutant(),
        size_unlimited::mutant(),
        size_is_protocol_error::mutant(),
        size_per_frame::mutant(),
        fragments_unlimited::mutant(),
        fragments_few::mutant(),
        head_unlimited::mutant(),
        json_lenient::mutant(),
        json_error_closes::mutant(),
        last_key_wins::mutant(),
        number_to_infinity::mutant(),
        surrogate_replaced::mutant(),
        shallow::mutant(),
        one_level_more::mutant(),
        stack_overflow::mutant(),
        array_is_batch::mutant(),
        no_object_is_bad_json::mutant(),
        type_guessed::mutant(),
        number_to_text::mutant(),
        long_id_taken::mutant(),
        unknown_type_closes::mutant(),
        type_in_any_case::mutant(),
        closed_schema::mutant(),
        error_without_timestamp::mutant(),
        error_without_message::mutant(),
        error_id_as_text::mutant(),
        error_null_ids::mutant(),
        binary_as_text::mutant(),
        one_more_connection::mutant(),
        connections_another_reason::mutant(),
        connections_without_error::mutant(),
        oldest_pushed_out::mutant(),
        established_before_refusal::mutant(),
        place_never_freed::mutant(),
        session_made_up::mutant(),
        unknown_session_expired::mutant(),
        rate_off_by_one::mutant(),
        rate_overstated::mutant(),
        rate_error_without_id::mutant(),
        retry_in_milliseconds::mutant(),
        retry_as_text::mutant(),
        rate_without_details::mutant(),
        refused_count::mutant(),
        violations_unlimited::mutant(),
        fifth_violation::mutant(),
        last_error_missing::mutant(),
        rate_another_reason::mutant(),
        rate_per_address::mutant(),
        life_refused::mutant(),
        life_counts::mutant(),
        life_unlimited::mutant(),
        window_fixed::mutant(),
        heartbeats_uncounted::mutant(),
        ping_frames_uncounted::mutant(),
        pong_frames_uncounted::mutant(),
        process_unlimited::mutant(),
        life_limit_as_messages::mutant(),
        announced_size_waits::mutant(),
    ]
}

/// Users of handshakes, named or not, become this one.
fn users_become(user: &'static str) -> impl crate::mutants::Fault {
    use crate::mutants::{Action, Out, edit};
    use crate::peer::Message;
    edit::client_messages(move |message| {
        let handshake = message.to_json().filter(|value| value["type"] == "connection_handshake");
        match handshake {
            Some(mut handshake) => {
                handshake["user_id"] = user.into();
                Action::Do(vec![Out::Server(Message::json(&handshake))])
            }
            None => Action::Pass,
        }
    })
}

/// The addresses that a proxy names become others.
fn addresses_become(change: impl Fn(&str) -> String + Send) -> impl crate::mutants::Fault {
    use crate::mutants::{Reply, edit};
    edit::on_request(move |request| match request.field("X-Forwarded-For") {
        Some(list) => {
            let other = change(list);
            Reply::Rewrite(request.clone().with("X-Forwarded-For", &other))
        }
        None => Reply::Pass,
    })
}
