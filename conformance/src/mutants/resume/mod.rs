//! Deliberate violations for the area `resume`, one fault per file.

mod all_or_refused;
mod counted_before_superseding;
mod epoch_echoed;
mod epoch_left_out;
mod epoch_replayed_anyway;
mod epoch_unread;
mod event_before_resumed;
mod expired_as_too_many;
mod first_event_forgotten;
mod from_off_by_one;
mod future_as_expired;
mod future_as_ok;
mod gone_reason_own;
mod heartbeat_top_behind;
mod heartbeat_without_top;
mod history_of_two;
mod join_epoch_own;
mod join_top_zero;
mod last_again;
mod malformed_as_json;
mod malformed_closes;
mod malformed_ignored;
mod newest_expires;
mod no_snapshot;
mod nothing_is_failure;
mod offset_skipped;
mod offsets_from_zero;
mod offsets_of_connection;
mod offsets_of_query;
mod old_closed_as_violation;
mod old_closed_without_reason;
mod old_stays;
mod parameters_unread;
mod part_claimed_whole;
mod part_replayed;
mod progress_to_asker_alone;
mod replay_begins_late;
mod replay_by_subscription;
mod replay_doubles;
mod result_without_offset;
mod resume_unread;
mod resumed_reason_own;
mod resumed_without_to;
mod same_name_supersedes;
mod seam_doubled;
mod seam_lost;
mod second_time_refused;
mod session_left_out;
mod snapshot_before_resumed;
mod snapshot_of_all_as_finished;
mod snapshot_of_finished;
mod snapshot_of_own_words;
mod snapshot_of_running;
mod snapshot_without_query_id;
mod stranger_sees_one;
mod streamed_without_sql;
mod too_many_as_trimmed;
mod trimmed_as_too_many;
mod unknown_by_another_name;
mod update_twice;
mod url_malformed_closes;
mod url_malformed_ignored;
mod url_replays_last_seen;

use serde_json::Value;

use super::{Fault, Mutant, edit};

pub(crate) fn mutants() -> Vec<Mutant> {
    [first(), further()].concat()
}

fn first() -> Vec<Mutant> {
    vec![
        offsets_from_zero::mutant(),
        offset_skipped::mutant(),
        update_twice::mutant(),
        offsets_of_query::mutant(),
        result_without_offset::mutant(),
        epoch_left_out::mutant(),
        session_left_out::mutant(),
        offsets_of_connection::mutant(),
        progress_to_asker_alone::mutant(),
        heartbeat_without_top::mutant(),
        heartbeat_top_behind::mutant(),
        join_top_zero::mutant(),
        join_epoch_own::mutant(),
        replay_begins_late::mutant(),
        replay_doubles::mutant(),
        resume_unread::mutant(),
        parameters_unread::mutant(),
        url_replays_last_seen::mutant(),
        first_event_forgotten::mutant(),
        history_of_two::mutant(),
        seam_lost::mutant(),
        seam_doubled::mutant(),
        from_off_by_one::mutant(),
        resumed_without_to::mutant(),
        resumed_reason_own::mutant(),
        last_again::mutant(),
        nothing_is_failure::mutant(),
        second_time_refused::mutant(),
        future_as_ok::mutant(),
        future_as_expired::mutant(),
        epoch_unread::mutant(),
        epoch_echoed::mutant(),
        epoch_replayed_anyway::mutant(),
        no_snapshot::mutant(),
        snapshot_before_resumed::mutant(),
        snapshot_of_running::mutant(),
        snapshot_of_finished::mutant(),
        snapshot_of_all_as_finished::mutant(),
        snapshot_of_own_words::mutant(),
        snapshot_without_query_id::mutant(),
        part_claimed_whole::mutant(),
        part_replayed::mutant(),
        gone_reason_own::mutant(),
        malformed_as_json::mutant(),
        malformed_ignored::mutant(),
        malformed_closes::mutant(),
        url_malformed_ignored::mutant(),
        url_malformed_closes::mutant(),
        old_stays::mutant(),
        old_closed_without_reason::mutant(),
        old_closed_as_violation::mutant(),
        counted_before_superseding::mutant(),
        same_name_supersedes::mutant(),
    ]
}

fn further() -> Vec<Mutant> {
    vec![
        too_many_as_trimmed::mutant(),
        trimmed_as_too_many::mutant(),
        expired_as_too_many::mutant(),
        all_or_refused::mutant(),
        newest_expires::mutant(),
        unknown_by_another_name::mutant(),
        stranger_sees_one::mutant(),
        event_before_resumed::mutant(),
        streamed_without_sql::mutant(),
        replay_by_subscription::mutant(),
    ]
}

/// Changes what a snapshot tells of each transaction.
fn each_told(change: impl Fn(&mut Value) + Send) -> impl Fault {
    edit::edit_message("session_snapshot", move |message| {
        for list in ["running", "finished"] {
            message.get_mut(list).and_then(Value::as_array_mut).into_iter().flatten().for_each(&change);
        }
    })
}
