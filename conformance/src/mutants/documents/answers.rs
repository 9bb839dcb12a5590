//! Falsehoods about answers, and answers that make the truth one.

use serde_json::{Value, json};

use super::falsehood::{Falsehood, REQUESTS, demand, forget};
use crate::checks::ReasonCode::{self, Missing, WrongValue};
use crate::mutants::{Mutant, edit};

const QUERY: &str = "/paths/~1api~1query/post/responses";
const SESSION: &str = "/paths/~1api~1sessions~1{session_id}/get/responses";

/// `responses` do not know `status`.
fn forgets(
    id: &'static str,
    check: &'static str,
    description: &'static str,
    responses: &'static str,
    status: &'static str,
) -> Mutant {
    let falsehood = Falsehood { id, check, description, reason: Missing };
    falsehood.told(REQUESTS, move |document| forget(document, responses, status))
}

/// The JSON of `status` in `responses` is said to have a field that nobody sends.
fn demands(
    id: &'static str,
    check: &'static str,
    description: &'static str,
    responses: &'static str,
    status: u16,
) -> Mutant {
    let falsehood = Falsehood { id, check, description, reason: WrongValue };
    falsehood.told(REQUESTS, move |document| {
        demand(document, &format!("{responses}/{status}/content/application~1json/schema"));
    })
}

/// The body of the answer to a request whose path ends in `end` is changed.
fn bodies(
    id: &'static str,
    check: &'static str,
    description: &'static str,
    end: &'static str,
    change: fn(&mut Value),
) -> Mutant {
    let reason: ReasonCode = WrongValue;
    Mutant::wire(id, description, check, reason, move || {
        edit::edit_response(move |request, response| {
            let path = request.target.split('?').next().unwrap_or_default();
            if let Some(mut body) = response.json().filter(|_| path.ends_with(end)) {
                change(&mut body);
                response.set_body(body.to_string());
            }
        })
    })
}

pub(super) fn mutants() -> Vec<Mutant> {
    [questions(), sessions(), others()].concat()
}

fn questions() -> Vec<Mutant> {
    vec![
        demands(
            "documents.answer-demands",
            "documents.answers-query",
            "an answer is said to have more than it has",
            QUERY,
            200,
        ),
        bodies(
            "documents.answer-timed-in-words",
            "documents.answers-query",
            "times of stages come as words",
            "/api/query",
            |body| {
                if let Some(times) = body["timings_ms"].as_object_mut() {
                    times.values_mut().for_each(|time| *time = json!("fast"));
                }
            },
        ),
        forgets(
            "documents.refusal-unsaid",
            "documents.answers-rejected",
            "it is not said that questions may be refused",
            QUERY,
            "422",
        ),
        demands(
            "documents.transaction-demands",
            "documents.answers-accepted",
            "a transaction is said to have more than it has",
            "/paths/~1api~1transactions~1{transaction_id}/get/responses",
            200,
        ),
        forgets(
            "documents.nothing-new-unsaid",
            "documents.answers-accepted",
            "it is not said that nothing may be new",
            "/paths/~1api~1transactions~1{transaction_id}/get/responses",
            "304",
        ),
        forgets(
            "documents.cancel-unsaid",
            "documents.answers-cancelled",
            "it is not said that a question may be cancelled",
            QUERY,
            "409",
        ),
        Falsehood {
            id: "documents.stream-unsaid",
            check: "documents.answers-stream",
            description: "it is not said that the answer may be a stream",
            reason: Missing,
        }
        .told(REQUESTS, |document| {
            forget(document, "/paths/~1api~1query/post/responses/200/content", "text/event-stream");
        }),
    ]
}

fn sessions() -> Vec<Mutant> {
    vec![
        demands(
            "documents.session-demands",
            "documents.answers-sessions",
            "a new session is said to have more than it has",
            "/paths/~1api~1sessions/post/responses",
            201,
        ),
        forgets(
            "documents.end-unsaid",
            "documents.answers-sessions",
            "it is not said that a session may be over",
            SESSION,
            "410",
        ),
        forgets(
            "documents.unknown-session-unsaid",
            "documents.answers-no-session",
            "it is not said that a session may be unknown",
            SESSION,
            "404",
        ),
        demands(
            "documents.poll-demands",
            "documents.answers-progress",
            "polled events are said to have more beside them than they have",
            "/paths/~1api~1progress~1{session_id}/get/responses",
            200,
        ),
    ]
}

fn others() -> Vec<Mutant> {
    vec![
        bodies(
            "documents.databases-numbered",
            "documents.answers-databases",
            "databases are described by numbers",
            "/api/database/list",
            |body| {
                for database in body["databases"].as_array_mut().into_iter().flatten() {
                    database["description"] = json!(7);
                }
            },
        ),
        demands(
            "documents.selection-demands",
            "documents.answers-databases",
            "a selection is said to have more than it has",
            "/paths/~1api~1database~1select/post/responses",
            200,
        ),
        forgets(
            "documents.unknown-database-unsaid",
            "documents.answers-no-database",
            "it is not said that a database may be unknown",
            "/paths/~1api~1database~1select/post/responses",
            "422",
        ),
        bodies(
            "documents.dependencies-listed",
            "documents.answers-health",
            "dependencies come as a list",
            "/health",
            |body| body["dependencies"] = json!(["database"]),
        ),
        demands(
            "documents.ready-demands",
            "documents.answers-health",
            "readiness is said to have more than it has",
            "/paths/~1ready/get/responses",
            200,
        ),
        Falsehood {
            id: "documents.metrics-as-json",
            check: "documents.answers-metrics",
            description: "metrics are said to be JSON",
            reason: Missing,
        }
        .told(REQUESTS, |document| {
            let content = "/paths/~1metrics/get/responses/200/content";
            super::falsehood::put(
                document,
                content,
                json!({"application/json": {"schema": {"type": "object"}}}),
            );
        }),
        forgets(
            "documents.tokens-unsaid",
            "documents.answers-unauthorized",
            "it is not said that a token may be needed",
            "/paths/~1api~1database~1list/get/responses",
            "401",
        ),
    ]
}
