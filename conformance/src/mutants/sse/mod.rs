//! Deliberate violations for the area `sse`, one fault per file.

mod accept_unread;
mod address_unread;
mod address_wins;
mod again_renamed;
mod all_messages;
mod another_type;
mod buffered;
mod cacheable;
mod cancel_unsaid;
mod ends_after_first;
mod event_lost;
mod foreign_in_stream;
mod ids_missing;
mod ids_of_stream;
mod last_again;
mod last_id_unread;
mod leaving_cancels;
mod malformed_as_missing;
mod malformed_ignored;
mod never_ends;
mod no_acceptance;
mod no_progress;
mod no_retry;
mod nothing_live;
mod other_epoch_recovered;
mod others_in_stream;
mod part_lost;
mod parts_unsent;
mod refused_in_stream;
mod result_twice;
mod silent;
mod snapshot_missing;
mod stream_rows_cut;
mod stream_survives;
mod stream_uncounted;
mod stream_without_session;
mod unknown_streams;
mod unnamed;
mod weight_unread;

use super::{EventAction, Fault, Mutant, edit};
use crate::peer::Response;

pub(crate) fn mutants() -> Vec<Mutant> {
    [question(), progress()].concat()
}

fn question() -> Vec<Mutant> {
    vec![
        another_type::mutant(),
        accept_unread::mutant(),
        cacheable::mutant(),
        no_acceptance::mutant(),
        no_progress::mutant(),
        result_twice::mutant(),
        never_ends::mutant(),
        ids_missing::mutant(),
        ids_of_stream::mutant(),
        event_lost::mutant(),
        unnamed::mutant(),
        all_messages::mutant(),
        buffered::mutant(),
        refused_in_stream::mutant(),
        weight_unread::mutant(),
        part_lost::mutant(),
        parts_unsent::mutant(),
        stream_rows_cut::mutant(),
        stream_without_session::mutant(),
        leaving_cancels::mutant(),
        cancel_unsaid::mutant(),
        others_in_stream::mutant(),
        again_renamed::mutant(),
    ]
}

fn progress() -> Vec<Mutant> {
    vec![
        nothing_live::mutant(),
        ends_after_first::mutant(),
        foreign_in_stream::mutant(),
        stream_uncounted::mutant(),
        stream_survives::mutant(),
        silent::mutant(),
        no_retry::mutant(),
        last_id_unread::mutant(),
        last_again::mutant(),
        address_unread::mutant(),
        address_wins::mutant(),
        snapshot_missing::mutant(),
        other_epoch_recovered::mutant(),
        malformed_ignored::mutant(),
        malformed_as_missing::mutant(),
        unknown_streams::mutant(),
    ]
}

/// Holds events back and lets all of them go with the terminal one.
fn held_back() -> impl Fault {
    let mut held = String::new();
    edit::on_block(move |block| {
        held.push_str(block);
        let ends = ["query_result", "query_cancelled", "error"];
        if ends.iter().any(|name| block.contains(&format!("event: {name}"))) {
            return EventAction::Text(std::mem::take(&mut held));
        }
        EventAction::Text(String::new())
    })
}

/// Swallows events named `name`.
fn without(name: &'static str) -> impl Fault {
    edit::on_event(name, |_, _| EventAction::Text(String::new()))
}

/// Changes answers to requests whose path has `part`.
fn answers(part: &'static str, change: impl Fn(&mut Response) + Send + 'static) -> impl Fault {
    edit::edit_response(move |request, response| {
        if request.target.contains(part) {
            change(response);
        }
    })
}
