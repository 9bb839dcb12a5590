//! Queries, progress, order and results.

mod caps;
mod commands;
mod ids;
pub(in crate::checks) mod order;
mod preferences;
mod progress;
mod refusals;
mod research;
mod results;
pub(in crate::checks) mod run;
mod streaming;
mod thinning;
mod typed;

use super::Check;

pub(crate) fn checks() -> Vec<Check> {
    [
        ordered(),
        progressing(),
        identified(),
        resulting(),
        refused(),
        commanded(),
        dialect(),
        preferences::checks(),
        research::checks(),
        streaming::checks(),
        thinning::checks(),
        caps::checks(),
    ]
    .concat()
}

fn ordered() -> Vec<Check> {
    vec![
        Check::new(
            "query.minimal",
            "type and text are all a query needs",
            &["query.minimal"],
            order::minimal,
        ),
        Check::new(
            "query.accepted-first",
            "query_accepted is the first message about a query",
            &["query.accepted-first"],
            order::accepted_first,
        ),
        Check::new(
            "query.transaction",
            "every message of a query names its transaction",
            &["query.transaction"],
            order::transaction,
        ),
        Check::new(
            "query.every-stage",
            "each stage is seen before the result",
            &["query.every-stage"],
            order::every_stage,
        ),
        Check::new(
            "query.one-terminal",
            "nothing about a transaction follows its terminal message",
            &["query.one-terminal"],
            order::one_terminal,
        ),
        Check::new(
            "query.stays-in-session",
            "another session's connections see nothing of a query",
            &["query.stays-in-session"],
            order::stays_in_session,
        ),
    ]
}

fn progressing() -> Vec<Check> {
    vec![
        Check::new(
            "query.update-fields",
            "progress updates have their plain fields",
            &["query.update-fields"],
            progress::update_fields,
        ),
        Check::new(
            "query.tasks",
            "current_tasks maps agents to lists of texts",
            &["query.tasks"],
            progress::tasks,
        ),
        Check::new(
            "query.progress-events",
            "progress events have id, agent, kind, message and time",
            &["query.progress-events"],
            progress::events,
        ),
        Check::new(
            "query.execution-order",
            "execution_order lists the stages with states and times",
            &["query.execution-order"],
            progress::execution_order,
        ),
        Check::new(
            "query.current-running",
            "the current agent is running in the execution order",
            &["query.current-running"],
            progress::current_is_running,
        ),
        Check::new("query.percent", "percent never falls", &["query.percent"], progress::percent_never_falls),
        Check::new(
            "query.first-tasks",
            "the first task of each stage has its known text",
            &["query.first-tasks"],
            progress::first_tasks,
        ),
        Check::new(
            "query.while-working",
            "progress comes while the work happens",
            &["query.while-working"],
            progress::while_working,
        ),
    ]
}

fn identified() -> Vec<Check> {
    vec![
        Check::new(
            "query.echo-texts",
            "text ids are in every answer unchanged",
            &["query.echo-texts"],
            ids::texts,
        ),
        Check::new(
            "query.echo-integers",
            "integer ids stay integers",
            &["query.echo-integers"],
            ids::integers,
        ),
        Check::new(
            "query.echo-no-others",
            "ids that were not given are in no answer",
            &["query.echo-no-others"],
            ids::no_others,
        ),
        Check::new(
            "query.echo-in-errors",
            "the ids of a refused query are in its error",
            &["query.echo-in-errors"],
            ids::of_errors,
        ),
    ]
}

fn resulting() -> Vec<Check> {
    vec![
        Check::new(
            "query.result-table",
            "columns, rows and count of a result agree",
            &["query.result-table"],
            results::table,
        ),
        Check::new(
            "query.result-chart",
            "the chart is a Vega-Lite 5 specification over the result's columns",
            &["query.result-chart"],
            results::chart,
        ),
        Check::new(
            "query.result-timings",
            "the time of each stage is in the result",
            &["query.result-timings"],
            results::timings,
        ),
        Check::new(
            "query.result-context",
            "the result names its database and who chose it",
            &["query.result-context"],
            results::context,
        ),
        Check::new("query.max-rows", "no more rows than asked for", &["query.max-rows"], results::max_rows),
        Check::new(
            "query.stream-sequence",
            "parts are numbered from 0, one by one",
            &["query.stream-sequence"],
            results::sequence,
        ),
        Check::new(
            "query.stream-columns",
            "columns are in the first part only",
            &["query.stream-columns"],
            results::columns_first,
        ),
        Check::new(
            "query.stream-part-size",
            "a part has at most 500 rows and 64 KiB",
            &["query.stream-part-size"],
            results::part_size,
        ),
        Check::new(
            "query.stream-whole",
            "the parts are the whole result",
            &["query.stream-whole"],
            results::parts_are_all,
        ),
    ]
}

fn refused() -> Vec<Check> {
    vec![
        Check::new(
            "query.rejects-empty",
            "a blank question is rejected as empty",
            &["query.rejects-empty"],
            refusals::empty,
        ),
        Check::new(
            "query.rejects-too-long",
            "4,001 characters are rejected as too long",
            &["query.rejects-too-long"],
            refusals::too_long,
        ),
        Check::new(
            "query.counts-characters",
            "4,000 characters of four bytes are not too long",
            &["query.counts-characters"],
            refusals::counts_characters,
        ),
        Check::new(
            "query.rejects-control",
            "control characters are rejected",
            &["query.rejects-control"],
            refusals::control_character,
        ),
        Check::new(
            "query.takes-line-ends",
            "tab and line ends are allowed",
            &["query.takes-line-ends"],
            refusals::line_ends,
        ),
        Check::new(
            "query.rejects-no-text",
            "a question that is no text is INVALID_MESSAGE",
            &["query.rejects-no-text"],
            refusals::not_text,
        ),
        Check::new(
            "query.rejects-unreadable",
            "an unreadable question is rejected, not guessed",
            &["query.rejects-unreadable"],
            refusals::unreadable,
        ),
        Check::new(
            "query.unknown-database",
            "an unknown database is refused before acceptance, with those there are",
            &["query.unknown-database"],
            refusals::unknown_database,
        ),
        Check::new(
            "query.other-session",
            "another session's id in a query is refused",
            &["query.other-session"],
            refusals::other_session,
        ),
    ]
}

fn commanded() -> Vec<Check> {
    vec![
        Check::new(
            "query.cancel-order",
            "command_result comes before query_cancelled",
            &["query.cancel-order"],
            commands::cancel_order,
        ),
        Check::new(
            "query.cancel-ends",
            "nothing follows query_cancelled",
            &["query.cancel-ends"],
            commands::cancel_ends,
        ),
        Check::new(
            "query.finished-stays",
            "a finished query can't be cancelled",
            &["query.finished-stays"],
            commands::finished_stays,
        ),
        Check::new(
            "query.unknown-transaction",
            "a command to an unknown transaction is NOT_FOUND",
            &["query.unknown-transaction"],
            commands::unknown,
        ),
        Check::new(
            "query.foreign-transaction",
            "another session's query is not found and goes on",
            &["query.foreign-transaction"],
            commands::foreign,
        ),
        Check::new(
            "query.same-query-id",
            "the same query_id is one execution",
            &["query.same-query-id"],
            commands::same_query_id,
        ),
        Check::new(
            "query.same-id-other-text",
            "the same query_id with another text is INVALID_MESSAGE",
            &["query.same-id-other-text"],
            commands::same_query_id_other_text,
        ),
        Check::new(
            "query.other-ids-repeat",
            "id and correlation_id never make one execution of two",
            &["query.other-ids-repeat"],
            commands::other_ids_repeat,
        ),
    ]
}

fn dialect() -> Vec<Check> {
    vec![
        Check::new(
            "query.typed-events",
            "acceptance and progress are events in the typed dialect",
            &["query.typed-events"],
            typed::events,
        ),
        Check::new(
            "query.typed-response",
            "the typed dialect's terminal message is the response",
            &["query.typed-response"],
            typed::response,
        ),
        Check::new("query.typed-params", "params counts and wins", &["query.typed-params"], typed::params),
    ]
}
