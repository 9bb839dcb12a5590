//! Deliberate violations for the area `shutdown`, one fault per file.

mod all_at_once;
mod as_event;
mod closed_as_normal;
mod closed_at_once;
mod closed_without_reason;
mod draining_with_200;
mod heartbeat_healthy;
mod http_another_reason;
mod http_as_rejected;
mod killed;
mod leaving_unseen;
mod listeners_untold;
mod notice_has_offset;
mod running_cut;
mod second_unheard;
mod signal_unheard;
mod socket_another_reason;
mod socket_without_id;
mod status_as_event;
mod status_untold;
mod still_healthy;
mod still_ready;
mod streams_stay;
mod time_in_words;
mod unannounced;
mod upgrade_as_gone;
mod upgrade_without_retry;
mod without_time;

use super::{Fault, Mutant, edit};
use crate::peer::Response;

pub(crate) fn mutants() -> Vec<Mutant> {
    [notice(), ending()].concat()
}

fn notice() -> Vec<Mutant> {
    vec![
        unannounced::mutant(),
        without_time::mutant(),
        time_in_words::mutant(),
        as_event::mutant(),
        all_at_once::mutant(),
        still_ready::mutant(),
        still_healthy::mutant(),
        draining_with_200::mutant(),
        upgrade_without_retry::mutant(),
        upgrade_as_gone::mutant(),
        http_another_reason::mutant(),
        http_as_rejected::mutant(),
        socket_another_reason::mutant(),
        socket_without_id::mutant(),
        heartbeat_healthy::mutant(),
    ]
}

fn ending() -> Vec<Mutant> {
    vec![
        running_cut::mutant(),
        closed_at_once::mutant(),
        closed_as_normal::mutant(),
        closed_without_reason::mutant(),
        killed::mutant(),
        signal_unheard::mutant(),
        leaving_unseen::mutant(),
        second_unheard::mutant(),
        streams_stay::mutant(),
        listeners_untold::mutant(),
        notice_has_offset::mutant(),
        status_untold::mutant(),
        status_as_event::mutant(),
    ]
}

/// Changes answers to requests whose path ends in `end`.
fn answers(end: &'static str, change: impl Fn(&mut Response) + Send + 'static) -> impl Fault {
    edit::edit_response(move |request, response| {
        if request.target.ends_with(end) {
            change(response);
        }
    })
}
