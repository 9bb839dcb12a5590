//! Deliberate violations for the area `rest`, one fault per file.

mod bad_json_as_server_fault;
mod bad_json_other_code;
mod bodies;
mod exchange;
mod figures;
mod health_other_service;
mod health_without_mcp;
mod keeping;
mod large_is_bad;
mod letters_unnamed;
mod method_without_allow;
mod metrics_renamed;
mod not_found_accepted;
mod not_found_as_page;
mod pages;
mod query_miscounted;
mod query_only_json;
mod query_out_of_session;
mod query_without_sql;
mod ready_never;
mod rejected_without_reason;
mod session_closed_for_another_reason;
mod session_created_as_ok;
mod session_forgotten;
mod session_malformed_as_bad_request;
mod session_other_id;
mod session_unknown_as_gone;
mod session_without_connections;

use serde_json::Value;

use super::Mutant;
use crate::peer::Response;

pub(crate) fn mutants() -> Vec<Mutant> {
    [
        single(),
        exchange::mutants(),
        pages::mutants(),
        bodies::mutants(),
        keeping::mutants(),
        figures::mutants(),
    ]
    .concat()
}

fn single() -> Vec<Mutant> {
    vec![
        large_is_bad::mutant(),
        letters_unnamed::mutant(),
        bad_json_as_server_fault::mutant(),
        bad_json_other_code::mutant(),
        health_other_service::mutant(),
        health_without_mcp::mutant(),
        method_without_allow::mutant(),
        metrics_renamed::mutant(),
        not_found_accepted::mutant(),
        not_found_as_page::mutant(),
        query_miscounted::mutant(),
        query_only_json::mutant(),
        query_out_of_session::mutant(),
        query_without_sql::mutant(),
        ready_never::mutant(),
        rejected_without_reason::mutant(),
        session_closed_for_another_reason::mutant(),
        session_created_as_ok::mutant(),
        session_forgotten::mutant(),
        session_malformed_as_bad_request::mutant(),
        session_other_id::mutant(),
        session_unknown_as_gone::mutant(),
        session_without_connections::mutant(),
    ]
}

/// Changes the JSON object in a response.
fn edit_body(response: &mut Response, change: impl FnOnce(&mut Value)) {
    if let Some(mut body) = response.json().filter(Value::is_object) {
        change(&mut body);
        response.set_body(body.to_string());
    }
}
