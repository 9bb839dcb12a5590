//! Deliberate violations for the area `query`, one fault per file.

mod accepted_second;
mod analyst_unseen;
mod asked_again_run_again;
mod blank_answered;
mod burst_at_end;
mod bytes_counted;
mod cancel_as_ok;
mod cancel_unanswered;
mod cancelled_first;
mod chart_of_other_column;
mod chart_without_spec;
mod column_names_alone;
mod columns_in_every_part;
mod columns_in_none;
mod context_left_out;
mod control_removed;
mod cut_untold;
mod database_after_acceptance;
mod database_fallback;
mod databases_unnamed;
mod delete_taken;
mod duplicate_published_anew;
mod duplicate_unmarked;
mod duplicate_with_offset;
mod empty_by_another_name;
mod empty_without_part;
mod empty_without_reason;
mod error_after_result;
mod errors_without_id;
mod eta_left_out;
mod event_kind_own;
mod events_never;
mod events_repeated;
mod finished_as_cancelled;
mod finished_cancelled;
mod foreign_cancelled;
mod foreign_forbidden;
mod format_unread;
mod guess;
mod held_told_at_cancel;
mod id_as_null;
mod id_copied;
mod id_demanded;
mod id_is_query_id;
mod ids_in_ascii;
mod integer_as_float;
mod integer_as_text;
mod last_stage_late;
mod line_ends_refused;
mod long_as_invalid;
mod long_cut;
mod long_refused_early;
mod many_rows_refused;
mod merged_lost;
mod never_accepted;
mod no_percent;
mod no_text_as_rejected;
mod number_as_text;
mod order_as_names;
mod order_behind;
mod order_reversed;
mod other_text_answered;
mod other_text_rejected;
mod own_session_refused;
mod params_id_unread;
mod params_unread;
mod part_changes_value;
mod part_lost;
mod part_unnamed;
mod parts_behind_stage;
mod parts_from_one;
mod parts_too_large;
mod percent_as_share;
mod percent_of_stage;
mod percent_of_thousand;
mod preferences_closed;
mod preferences_passed_over;
mod preferences_unread;
mod progress_after_cancel;
mod progress_after_result;
mod progress_unthinned;
mod progress_without_ids;
mod progress_without_transaction;
mod report_left_out;
mod research_as_usual;
mod research_without_rows;
mod result_after_cancel;
mod result_of_another_transaction;
mod result_twice;
mod row_count_of_all;
mod row_cut;
mod row_lost;
mod rows_again;
mod rows_as_objects;
mod rows_uncapped;
mod rows_uncapped_asked;
mod session_closes;
mod session_of_query_unread;
mod source_always_default;
mod stage_state_own;
mod stage_unseen;
mod stage_untimed;
mod status_done;
mod streaming_unknown;
mod task_as_text;
mod task_renamed;
mod tasks_as_list;
mod told_to_all;
mod typed_event_without_id;
mod typed_parts_left_out;
mod typed_progress_flat;
mod typed_response_without_id;
mod typed_result_as_event;
mod typed_type_in_payload;
mod unknown_as_invalid;
mod unknown_cancelled;
mod unreadable_as_failure;
mod vega_lite_4;
mod whole_unbounded;
mod whole_uncut;
mod workflow_guessed;

use serde_json::{Value, json};

use super::{Action, Fault, Mutant, Out, edit};
use crate::checks::now;
use crate::peer::Message;

pub(crate) fn mutants() -> Vec<Mutant> {
    [
        ordered(),
        progressing(),
        identified(),
        resulting(),
        refused(),
        commanded(),
        dialect(),
        preferring(),
        streaming(),
    ]
    .concat()
}

fn ordered() -> Vec<Mutant> {
    vec![
        id_demanded::mutant(),
        status_done::mutant(),
        accepted_second::mutant(),
        never_accepted::mutant(),
        progress_without_transaction::mutant(),
        result_of_another_transaction::mutant(),
        stage_unseen::mutant(),
        result_twice::mutant(),
        progress_after_result::mutant(),
        error_after_result::mutant(),
        told_to_all::mutant(),
    ]
}

fn progressing() -> Vec<Mutant> {
    vec![
        no_percent::mutant(),
        percent_as_share::mutant(),
        percent_of_thousand::mutant(),
        eta_left_out::mutant(),
        tasks_as_list::mutant(),
        task_as_text::mutant(),
        events_repeated::mutant(),
        event_kind_own::mutant(),
        events_never::mutant(),
        order_as_names::mutant(),
        order_reversed::mutant(),
        stage_state_own::mutant(),
        order_behind::mutant(),
        percent_of_stage::mutant(),
        task_renamed::mutant(),
        burst_at_end::mutant(),
        last_stage_late::mutant(),
    ]
}

fn identified() -> Vec<Mutant> {
    vec![
        progress_without_ids::mutant(),
        ids_in_ascii::mutant(),
        integer_as_text::mutant(),
        integer_as_float::mutant(),
        id_copied::mutant(),
        id_as_null::mutant(),
        errors_without_id::mutant(),
    ]
}

fn resulting() -> Vec<Mutant> {
    vec![
        row_cut::mutant(),
        rows_as_objects::mutant(),
        row_count_of_all::mutant(),
        column_names_alone::mutant(),
        vega_lite_4::mutant(),
        chart_of_other_column::mutant(),
        chart_without_spec::mutant(),
        stage_untimed::mutant(),
        source_always_default::mutant(),
        context_left_out::mutant(),
        preferences_unread::mutant(),
        parts_from_one::mutant(),
        part_lost::mutant(),
        columns_in_every_part::mutant(),
        columns_in_none::mutant(),
        parts_too_large::mutant(),
        row_lost::mutant(),
        rows_again::mutant(),
        streaming_unknown::mutant(),
    ]
}

fn refused() -> Vec<Mutant> {
    vec![
        empty_by_another_name::mutant(),
        empty_without_reason::mutant(),
        blank_answered::mutant(),
        long_cut::mutant(),
        long_as_invalid::mutant(),
        bytes_counted::mutant(),
        control_removed::mutant(),
        delete_taken::mutant(),
        line_ends_refused::mutant(),
        no_text_as_rejected::mutant(),
        number_as_text::mutant(),
        guess::mutant(),
        unreadable_as_failure::mutant(),
        database_fallback::mutant(),
        databases_unnamed::mutant(),
        database_after_acceptance::mutant(),
        session_of_query_unread::mutant(),
        session_closes::mutant(),
    ]
}

fn commanded() -> Vec<Mutant> {
    vec![
        cancelled_first::mutant(),
        cancel_unanswered::mutant(),
        cancel_as_ok::mutant(),
        result_after_cancel::mutant(),
        progress_after_cancel::mutant(),
        finished_as_cancelled::mutant(),
        finished_cancelled::mutant(),
        unknown_as_invalid::mutant(),
        unknown_cancelled::mutant(),
        foreign_forbidden::mutant(),
        foreign_cancelled::mutant(),
        asked_again_run_again::mutant(),
        duplicate_unmarked::mutant(),
        duplicate_with_offset::mutant(),
        duplicate_published_anew::mutant(),
        other_text_answered::mutant(),
        other_text_rejected::mutant(),
        id_is_query_id::mutant(),
    ]
}

fn dialect() -> Vec<Mutant> {
    vec![
        typed_progress_flat::mutant(),
        typed_event_without_id::mutant(),
        typed_type_in_payload::mutant(),
        typed_result_as_event::mutant(),
        typed_response_without_id::mutant(),
        params_unread::mutant(),
        params_id_unread::mutant(),
    ]
}

fn preferring() -> Vec<Mutant> {
    vec![
        preferences_passed_over::mutant(),
        workflow_guessed::mutant(),
        format_unread::mutant(),
        many_rows_refused::mutant(),
        preferences_closed::mutant(),
        own_session_refused::mutant(),
        long_refused_early::mutant(),
        research_without_rows::mutant(),
        research_as_usual::mutant(),
        analyst_unseen::mutant(),
        report_left_out::mutant(),
    ]
}

fn streaming() -> Vec<Mutant> {
    vec![
        part_unnamed::mutant(),
        part_changes_value::mutant(),
        typed_parts_left_out::mutant(),
        whole_unbounded::mutant(),
        rows_uncapped::mutant(),
        rows_uncapped_asked::mutant(),
        whole_uncut::mutant(),
        progress_unthinned::mutant(),
        cut_untold::mutant(),
        merged_lost::mutant(),
        held_told_at_cancel::mutant(),
        parts_behind_stage::mutant(),
        empty_without_part::mutant(),
    ]
}

/// Changes queries on their way to the server.
fn asked(change: impl Fn(&mut Value) + Send + 'static) -> impl Fault {
    edit::client_messages(move |message| match message.to_json() {
        Some(mut query) if query["type"] == "query" => {
            change(&mut query);
            Action::Do(vec![Out::Server(Message::json(&query))])
        }
        _ => Action::Pass,
    })
}

/// Refuses queries with `code` before the server sees them.
fn refused_where(code: &'static str, is_bad: impl Fn(&Value) -> bool + Send + 'static) -> impl Fault {
    edit::client_messages(move |message| match message.to_json() {
        Some(query) if query["type"] == "query" && is_bad(&query) => {
            let error = json!({"type": "error", "code": code, "message": "refused", "timestamp": now()});
            Action::replace(Message::json(&error))
        }
        _ => Action::Pass,
    })
}
