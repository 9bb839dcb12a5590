//! Deliberate violations for the area `flow`: what goes wrong the second time, or only in company.

mod address_resumes_before_its_place;
mod cut_window_thins_others;
mod eleventh_event_elsewhere;
mod finished_cancelled_anew;
mod foreign_command_obeyed;
mod old_kept_the_second_time;
mod paused_shown_as_running;
mod repeat_unmarked_the_second_time;
mod retold_otherwise;
mod second_pong_swallowed;
mod second_replay_loses;
mod second_unsubscribe_ignored;
mod session_epoch_changes;
mod terminal_doubled_after_retry;
mod third_handshake_closes;

use super::Mutant;

pub(crate) fn mutants() -> Vec<Mutant> {
    let mut mutants = vec![
        second_replay_loses::mutant(),
        old_kept_the_second_time::mutant(),
        session_epoch_changes::mutant(),
        paused_shown_as_running::mutant(),
        finished_cancelled_anew::mutant(),
        terminal_doubled_after_retry::mutant(),
        second_unsubscribe_ignored::mutant(),
        cut_window_thins_others::mutant(),
        foreign_command_obeyed::mutant(),
        repeat_unmarked_the_second_time::mutant(),
        third_handshake_closes::mutant(),
        address_resumes_before_its_place::mutant(),
        eleventh_event_elsewhere::mutant(),
        second_pong_swallowed::mutant(),
    ];
    mutants.extend(retold_otherwise::mutants());
    mutants
}
