//! What a question must be like before it is accepted.

use super::context;
use super::stages::{DEFAULT, Workflows};
use crate::config::Config;
use crate::database::catalog;
use crate::doors::tokens::{Permissions, Right};
use crate::sessions::{KeptContexts, QuerySpec};
use crate::wire::client::Query;
use crate::wire::error::Failure;

/// Checks a query and completes it.
///
/// # Errors
/// `INVALID_MESSAGE` for an unknown workflow; `QUERY_REJECTED` with reason `empty`, `too_long` or
/// `control_character`; the errors of the database context.
pub(super) fn check(
    config: &Config,
    workflows: &Workflows,
    query: Query,
    kept: &KeptContexts,
) -> Result<QuerySpec, Failure> {
    let workflow = query.workflow.unwrap_or_else(|| DEFAULT.to_owned());
    if workflows.get(&workflow).is_none() {
        let known = workflows.names().join(", ");
        return Err(Failure::invalid(format!("preferences.workflow must be one of {known}")));
    }
    let longest = config.limits.max_query_chars;
    if query.text.trim().is_empty() {
        return Err(Failure::rejected("empty", "the query is empty"));
    }
    if query.text.chars().count() > longest {
        return Err(Failure::rejected("too_long", format!("a query has at most {longest} characters")));
    }
    if query.text.chars().any(|char| char.is_control() && !matches!(char, '\t' | '\n' | '\r')) {
        return Err(Failure::rejected("control_character", "the query contains control characters"));
    }
    let cap = config.database.max_rows;
    Ok(QuerySpec {
        text: query.text,
        stream: query.stream,
        max_rows: query.max_rows.map_or(cap, |rows| rows.min(cap)),
        workflow,
        traceparent: query.traceparent,
        chat: None,
        context: context::choose(&config.context, query.database_context, kept)?,
    })
}

/// Checks that a query may be asked, also again, by somebody with these permissions.
///
/// # Errors
/// `FORBIDDEN`, `DATABASE_CONTEXT_FORBIDDEN`.
pub(super) fn permit(permissions: &Permissions, spec: &QuerySpec) -> Result<(), Failure> {
    permissions.require(Right::Query)?;
    let all = catalog().iter().map(|database| database.name.as_str());
    permissions.require_database(&spec.context.database, all)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checked(text: &str) -> Result<QuerySpec, String> {
        let query = Query { text: text.to_owned(), max_rows: Some(1_000_000), ..Query::default() };
        let workflows = Workflows::built_in();
        check(&Config::default(), &workflows, query, &KeptContexts::default())
            .map_err(|failure| failure.details.unwrap()["reason"].as_str().unwrap().to_owned())
    }

    #[test]
    fn questions_are_checked_before_they_are_accepted() {
        for (text, reason) in [
            ("", "empty"),
            (" \n\t ", "empty"),
            ("show\u{0}revenue", "control_character"),
            ("show\u{85}revenue", "control_character"),
        ] {
            assert_eq!(checked(text), Err(reason.to_owned()), "{text:?}");
        }
        assert_eq!(checked(&"é".repeat(4_001)), Err("too_long".to_owned()));
        assert!(checked(&"é".repeat(4_000)).is_ok());
        let checked = checked("show\trevenue\r\n").unwrap();
        assert_eq!((checked.max_rows, checked.workflow.as_str()), (10_000, "bi"));
    }

    #[test]
    fn a_query_names_a_workflow_that_exists() {
        let workflows = Workflows::built_in();
        let ask = |workflow: &str| {
            let (text, workflow) = ("show revenue".to_owned(), Some(workflow.to_owned()));
            check(
                &Config::default(),
                &workflows,
                Query { text, workflow, ..Query::default() },
                &KeptContexts::default(),
            )
        };
        assert_eq!(ask("research").unwrap().workflow, "research");
        assert_eq!(ask("poetry").unwrap_err().code, crate::wire::error::Code::InvalidMessage);
    }
}
