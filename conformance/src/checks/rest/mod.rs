//! REST and health.

mod bodies;
mod exchange;
mod exposition;
mod figures;
mod keeping;
pub(in crate::checks) mod operations;
mod pages;
mod queries;
pub(in crate::checks) mod sessions;
pub(in crate::checks) mod waiting;

use super::Check;

pub(crate) fn checks() -> Vec<Check> {
    [first(), exchange::checks(), pages::checks(), bodies::checks(), keeping::checks(), figures::checks()]
        .concat()
}

fn first() -> Vec<Check> {
    vec![
        Check::new(
            "rest.health",
            "health says what it is and how it is",
            &["rest.health"],
            operations::health,
        ),
        Check::new("rest.ready", "ready answers 200", &["rest.ready"], operations::ready),
        Check::new("rest.metrics", "metrics name what they must", &["rest.metrics"], operations::metrics),
        Check::new(
            "rest.not-found",
            "an unknown path is 404 with an error body",
            &["rest.not-found"],
            operations::not_found,
        ),
        Check::new(
            "rest.wrong-method",
            "another method is 405 with Allow",
            &["rest.wrong-method"],
            operations::wrong_method,
        ),
        Check::new(
            "rest.session-create",
            "a session is made as asked",
            &["rest.session-create"],
            sessions::create,
        ),
        Check::new(
            "rest.session-get",
            "a session tells its open connections",
            &["rest.session-get"],
            sessions::get,
        ),
        Check::new(
            "rest.session-unknown",
            "an unknown session is 404",
            &["rest.session-unknown"],
            sessions::unknown,
        ),
        Check::new(
            "rest.session-malformed",
            "a malformed session id is 404",
            &["rest.session-unknown"],
            sessions::malformed,
        ),
        Check::new(
            "rest.session-delete",
            "a deleted session closes its sockets and is gone",
            &["rest.session-delete"],
            sessions::delete,
        ),
        Check::new("rest.query", "a query by HTTP answers with the result", &["rest.query"], queries::result),
        Check::new(
            "rest.query-any-content-type",
            "the content type does not matter",
            &["rest.query-any-content-type"],
            queries::any_content_type,
        ),
        Check::new("rest.query-bad-json", "bad JSON is 400", &["rest.query-bad-json"], queries::bad_json),
        Check::new(
            "rest.query-rejected",
            "a blank query is 422",
            &["rest.query-rejected"],
            queries::rejected,
        ),
        check!("rest", "dead-letters", "dead letters are listed", operations::dead_letters)
            .features(&["dead-letters"]),
        check!("rest", "body-too-large", "a body that is too large is 413", queries::too_large),
        Check::new(
            "rest.query-in-session",
            "a query by HTTP shows on the session's socket",
            &["rest.query-in-session"],
            queries::in_session,
        ),
    ]
}
