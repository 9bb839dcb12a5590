//! Deliberate violations for the area `commands`, one fault per file.

mod answer_to_all;
mod asked_before_lost;
mod askers_only;
mod cancel_kills_all;
mod cancel_of_paused_unheard;
mod cancelled_not_retried;
mod cancelled_revived;
mod cancelled_to_sender;
mod cancelled_twice;
mod eta_as_text;
mod eta_rises;
mod failed_as_completed;
mod finished_paused;
mod foreign_forbidden;
mod foreign_paused;
mod foreign_retried;
mod http_runs_anew;
mod no_transaction_as_unknown;
mod odd_transaction_closes;
mod pause_holds_the_end;
mod pause_unheard;
mod pause_without_transaction;
mod paused_as_ok;
mod paused_as_running;
mod query_id_global;
mod query_id_kept;
mod queue_another_reason;
mod queue_forgotten;
mod queue_room_lost;
mod queue_unbounded;
mod queue_unnamed;
mod refused_kept;
mod repeat_has_offset;
mod repeat_runs_anew;
mod repeat_unmarked;
mod repeat_with_first_id;
mod resume_refused;
mod resume_unheard;
mod resumed_as_paused;
mod retry_accepted_first;
mod retry_keeps_correlation;
mod retry_of_nothing;
mod retry_same_transaction;
mod retry_under_old;
mod retry_with_old_id;
mod retry_without_new;
mod retrying_as_running;
mod second_pause_resumes;
mod typed_result_flat;
mod unfinished_another_reason;
mod unfinished_retried;
mod unknown_action_as_type;
mod unknown_action_done;
mod unknown_as_invalid;
mod unknown_paused;
mod waiting_not_found;

use serde_json::{Value, json};

use super::{Action, Fault, Mutant, edit};
use crate::checks::now;
use crate::peer::Message;

pub(crate) fn mutants() -> Vec<Mutant> {
    [pausing(), retrying(), addressing(), once(), queue()].concat()
}

fn pausing() -> Vec<Mutant> {
    let mut mutants = vec![
        paused_as_ok::mutant(),
        pause_without_transaction::mutant(),
        pause_unheard::mutant(),
        resume_unheard::mutant(),
        resumed_as_paused::mutant(),
        second_pause_resumes::mutant(),
        resume_refused::mutant(),
        cancel_of_paused_unheard::mutant(),
        cancelled_twice::mutant(),
        cancelled_revived::mutant(),
        paused_as_running::mutant(),
    ];
    mutants.extend(pause_holds_the_end::mutants());
    mutants
}

fn retrying() -> Vec<Mutant> {
    vec![
        retry_same_transaction::mutant(),
        retry_without_new::mutant(),
        retrying_as_running::mutant(),
        retry_of_nothing::mutant(),
        retry_under_old::mutant(),
        retry_accepted_first::mutant(),
        retry_with_old_id::mutant(),
        retry_keeps_correlation::mutant(),
        unfinished_retried::mutant(),
        unfinished_another_reason::mutant(),
        cancelled_not_retried::mutant(),
    ]
}

fn addressing() -> Vec<Mutant> {
    vec![
        askers_only::mutant(),
        answer_to_all::mutant(),
        cancelled_to_sender::mutant(),
        unknown_paused::mutant(),
        unknown_as_invalid::mutant(),
        foreign_paused::mutant(),
        foreign_forbidden::mutant(),
        foreign_retried::mutant(),
        asked_before_lost::mutant(),
        unknown_action_done::mutant(),
        unknown_action_as_type::mutant(),
        no_transaction_as_unknown::mutant(),
        odd_transaction_closes::mutant(),
        failed_as_completed::mutant(),
        typed_result_flat::mutant(),
        finished_paused::mutant(),
        cancel_kills_all::mutant(),
    ]
}

fn once() -> Vec<Mutant> {
    vec![
        repeat_unmarked::mutant(),
        repeat_runs_anew::mutant(),
        repeat_has_offset::mutant(),
        query_id_global::mutant(),
        query_id_kept::mutant(),
        refused_kept::mutant(),
        http_runs_anew::mutant(),
        repeat_with_first_id::mutant(),
        eta_as_text::mutant(),
        eta_rises::mutant(),
    ]
}

fn queue() -> Vec<Mutant> {
    vec![
        queue_unnamed::mutant(),
        queue_forgotten::mutant(),
        queue_another_reason::mutant(),
        queue_unbounded::mutant(),
        waiting_not_found::mutant(),
        queue_room_lost::mutant(),
    ]
}

/// Answers a command with `status`, and lets it command nothing.
fn unheard(action: &'static str, status: &'static str) -> impl Fault {
    edit::client_messages(move |message| match message.to_json() {
        Some(command) if command["type"] == "command" && command["action"] == action => {
            Action::replace(Message::json(&result_of(&command, status)))
        }
        _ => Action::Pass,
    })
}

/// The answer to a command.
fn result_of(command: &Value, status: &str) -> Value {
    let mut result = json!({
        "type": "command_result", "action": command["action"], "status": status,
        "transaction_id": command["transaction_id"], "timestamp": now(),
    });
    if let (Some(result), Some(id)) = (result.as_object_mut(), command.get("id")) {
        result.insert("id".to_owned(), id.clone());
    }
    result
}

/// Turns answers with `status` into ones with `other`.
fn told_as(status: &'static str, other: &'static str) -> impl Fault {
    edit::edit_message("command_result", move |result| {
        if result["status"] == status {
            result["status"] = Value::from(other);
        }
    })
}

/// Turns errors with `code` into ones with `other`.
fn code_as(code: &'static str, other: &'static str) -> impl Fault {
    edit::edit_message("error", move |error| {
        if error["code"] == code {
            error["code"] = Value::from(other);
        }
    })
}

/// Turns errors with `code` into a command that was done.
fn done_instead(code: &'static str) -> impl Fault {
    edit::on_message("error", move |_, mut error| {
        if error["code"] != code {
            return Action::Pass;
        }
        error["type"] = Value::from("command_result");
        error["status"] = Value::from("cancelled");
        Action::replace(Message::json(&error))
    })
}
