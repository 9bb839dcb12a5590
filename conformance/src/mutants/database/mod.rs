//! Deliberate violations for the area `database`, one fault per file.

mod always_one;
mod always_valid;
mod default_unlisted;
mod errors_as_text;
mod errors_empty;
mod expired_as_missing;
mod expired_in_the_way;
mod first_of_list;
mod http_context_unread;
mod invalid_as_missing;
mod list_of_names;
mod message_announced;
mod message_stays;
mod message_tables_lost;
mod missing_as_bad_request;
mod missing_as_invalid;
mod missing_closes;
mod nameless_recover;
mod names_invented;
mod never_expires;
mod never_valid;
mod no_hint;
mod no_user_message;
mod nothing_as_unknown;
mod off_anything;
mod off_heeds;
mod off_is_warn;
mod off_selects;
mod recovered_by_all;
mod recovered_unsaid;
mod refused_clears;
mod required_falls_back;
mod required_forgets;
mod required_refuses_all;
mod select_any_table;
mod select_anything;
mod select_expired;
mod select_told_otherwise;
mod select_told_unordered;
mod select_untold;
mod select_without_end;
mod select_without_hint;
mod selection_of_all;
mod selection_once;
mod selection_unused;
mod session_as_default;
mod session_beats_message;
mod tables_forgotten;
mod tables_unread;
mod types_as_choice;
mod types_ignored;
mod unknown_as_bad_request;
mod unknown_session_selects;
mod unknown_table_answered;
mod user_as_session;
mod user_forgotten;
mod user_told_as_session;
mod user_wins;
mod validate_selects;

use serde_json::{Value, json};

use super::{Action, Fault, Mutant, edit};
use crate::peer::Message;

pub(crate) fn mutants() -> Vec<Mutant> {
    [requests(), asking(), policies()].concat()
}

fn requests() -> Vec<Mutant> {
    vec![
        list_of_names::mutant(),
        default_unlisted::mutant(),
        select_expired::mutant(),
        select_without_end::mutant(),
        select_untold::mutant(),
        select_told_otherwise::mutant(),
        select_told_unordered::mutant(),
        tables_forgotten::mutant(),
        select_anything::mutant(),
        select_without_hint::mutant(),
        select_any_table::mutant(),
        refused_clears::mutant(),
        unknown_session_selects::mutant(),
        nothing_as_unknown::mutant(),
        never_valid::mutant(),
        always_valid::mutant(),
        errors_empty::mutant(),
        errors_as_text::mutant(),
        tables_unread::mutant(),
        validate_selects::mutant(),
    ]
}

fn asking() -> Vec<Mutant> {
    vec![
        selection_unused::mutant(),
        session_as_default::mutant(),
        selection_once::mutant(),
        selection_of_all::mutant(),
        recovered_unsaid::mutant(),
        user_as_session::mutant(),
        recovered_by_all::mutant(),
        nameless_recover::mutant(),
        user_wins::mutant(),
        session_beats_message::mutant(),
        message_stays::mutant(),
        message_announced::mutant(),
        first_of_list::mutant(),
        message_tables_lost::mutant(),
        always_one::mutant(),
        http_context_unread::mutant(),
        no_user_message::mutant(),
        no_hint::mutant(),
        unknown_table_answered::mutant(),
        names_invented::mutant(),
        types_as_choice::mutant(),
        types_ignored::mutant(),
        unknown_as_bad_request::mutant(),
    ]
}

fn policies() -> Vec<Mutant> {
    vec![
        off_heeds::mutant(),
        off_is_warn::mutant(),
        off_anything::mutant(),
        off_selects::mutant(),
        required_falls_back::mutant(),
        missing_as_invalid::mutant(),
        missing_as_bad_request::mutant(),
        required_refuses_all::mutant(),
        required_forgets::mutant(),
        invalid_as_missing::mutant(),
        missing_closes::mutant(),
        expired_as_missing::mutant(),
        never_expires::mutant(),
        expired_in_the_way::mutant(),
        user_forgotten::mutant(),
        user_told_as_session::mutant(),
    ]
}

/// Changes the JSON of answers to requests whose path ends in `end`.
fn bodies(end: &'static str, change: impl Fn(&mut Value) + Send + 'static) -> impl Fault {
    edit::edit_response(move |request, response| {
        if !request.target.ends_with(end) {
            return;
        }
        if let Some(mut body) = response.json() {
            change(&mut body);
            response.set_body(body.to_string());
        }
    })
}

/// Changes the context in results.
fn contexts(change: impl Fn(&mut Value) + Send + 'static) -> impl Fault {
    edit::edit_message("query_result", move |result| change(&mut result["database_context"]))
}

/// Takes a field out of the details of errors.
fn without_detail(name: &'static str) -> impl Fault {
    edit::edit_message("error", move |error| {
        error["details"].as_object_mut().map(|details| details.remove(name));
    })
}

/// Answers errors with a status of their own.
fn status_of(end: &'static str, from: u16, status: u16) -> impl Fault {
    edit::edit_response(move |request, response| {
        if request.target.ends_with(end) && response.status == from {
            response.status = status;
        }
    })
}

/// Turns an error with `code` into an answer from the default database.
fn answered_instead(code: &'static str) -> impl Fault {
    edit::on_message("error", move |_, error| {
        if error["code"] != code {
            return Action::Pass;
        }
        let result = json!({
            "type": "query_result", "status": "completed", "rows": [], "columns": [], "row_count": 0,
            "database_context": {"database": "financial_db", "source": "default"},
        });
        Action::replace(Message::json(&result))
    })
}

/// The code `from` becomes `to`.
fn code_as(from: &'static str, to: &'static str) -> impl Fault {
    edit::edit_message("error", move |error| {
        if error["code"] == from {
            error["code"] = json!(to);
        }
    })
}
