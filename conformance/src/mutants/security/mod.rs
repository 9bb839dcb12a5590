//! Faults that attackers look for.

mod answers_show_backtrace;
mod any_length;
mod chunks_ignored;
mod errors_as_page;
mod errors_show_source;
mod files_served;
mod first_length_counts;
mod foreign_transaction_told_apart;
mod greeting_lists_clients;
mod host_not_needed;
mod log;
mod metrics_by_session;
mod mistakes_are_failures;
mod name_goes_into_statement;
mod path_decoded_into_field;
mod question_is_statement;
mod session_id_goes_into_statement;
mod spaces_trimmed;
mod table_gone;

use super::{Fault, Reply, edit};
use crate::peer::{Request, Response};

use super::Mutant;

/// Mutants of this area.
pub(crate) fn mutants() -> Vec<Mutant> {
    let single = vec![
        answers_show_backtrace::mutant(),
        any_length::mutant(),
        chunks_ignored::mutant(),
        errors_as_page::mutant(),
        errors_show_source::mutant(),
        files_served::mutant(),
        first_length_counts::mutant(),
        foreign_transaction_told_apart::mutant(),
        greeting_lists_clients::mutant(),
        host_not_needed::mutant(),
        metrics_by_session::mutant(),
        mistakes_are_failures::mutant(),
        name_goes_into_statement::mutant(),
        path_decoded_into_field::mutant(),
        question_is_statement::mutant(),
        session_id_goes_into_statement::mutant(),
        spaces_trimmed::mutant(),
        table_gone::mutant(),
    ];
    [single, log::mutants()].concat()
}

/// Requests for which `applies` holds are answered 200, whatever is wrong with them.
fn tolerated(applies: impl FnMut(&Request) -> bool + Send) -> impl Fault {
    let mut applies = applies;
    edit::on_request(move |request| {
        if applies(request) { Reply::Answer(Response::new(200, "OK", "{}")) } else { Reply::Pass }
    })
}

/// A request with a length and chunks is answered, and so is what hides in its body.
fn tolerated_twice() -> impl Fault {
    edit::on_request(|request| {
        if request.field("Transfer-Encoding").is_none() {
            return Reply::Pass;
        }
        let answer = Response::new(200, "OK", "{}").encode();
        Reply::AnswerBytes([answer.clone(), answer].concat())
    })
}
