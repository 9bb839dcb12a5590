//! What a question must be like before it is accepted.

use super::context;
use crate::config::Config;
use crate::sessions::QuerySpec;
use crate::wire::client::Query;
use crate::wire::error::Failure;

/// Checks a query and completes it.
///
/// # Errors
/// `QUERY_REJECTED` with reason `empty`, `too_long` or `control_character`; the errors of the database context.
pub(super) fn check(config: &Config, query: Query) -> Result<QuerySpec, Failure> {
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
        context: context::choose(&config.context, query.database_context)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checked(text: &str) -> Result<QuerySpec, String> {
        let query = Query { text: text.to_owned(), max_rows: Some(1_000_000), ..Query::default() };
        check(&Config::default(), query)
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
        assert_eq!(checked("show\trevenue\r\n").unwrap().max_rows, 10_000);
    }
}
