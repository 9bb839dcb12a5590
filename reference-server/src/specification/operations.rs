//! What each request takes and answers.

use serde_json::{Value, json};

use super::client;
use super::schemas::{Schemas, reference};
use crate::rest::{Route, bodies};
use crate::wire::error::Code;

/// A parameter: its place, name, meaning and schema.
pub(super) type Parameter = (&'static str, &'static str, &'static str, Value);

/// One kind of request.
pub(super) struct Operation {
    pub(super) id: String,
    pub(super) parameters: Vec<Parameter>,
    pub(super) body: Option<Value>,
    pub(super) body_required: bool,
    pub(super) answers: Vec<Answer>,
    pub(super) errors: &'static [Code],
}

/// What it answers when nothing is wrong.
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) description: &'static str,
    pub(super) content: Vec<Content>,
}

/// A form of an answer.
pub(super) enum Content {
    Json(Value),
    Events,
    Text,
}

const SESSION: &[Code] = &[Code::InvalidSession, Code::SessionExpired];

const QUERY: &[Code] = &[
    Code::InvalidJson,
    Code::InvalidMessage,
    Code::NotFound,
    Code::InvalidSession,
    Code::SessionExpired,
    Code::QueryRejected,
    Code::DatabaseContextMissing,
    Code::DatabaseContextInvalid,
    Code::DatabaseContextExpired,
    Code::DatabaseContextForbidden,
    Code::TooManyConnections,
    Code::RateLimitExceeded,
    Code::QueryFailed,
    Code::AgentUnavailable,
    Code::ServerFull,
    Code::CircuitOpen,
    Code::DatabaseContextUnavailable,
    Code::QueryTimeout,
];

const BODY: &[Code] =
    &[Code::InvalidJson, Code::InvalidMessage, Code::InvalidSession, Code::SessionExpired, Code::ServerFull];

const SELECT: &[Code] = &[
    Code::InvalidJson,
    Code::InvalidMessage,
    Code::InvalidSession,
    Code::SessionExpired,
    Code::ServerFull,
    Code::DatabaseContextInvalid,
    Code::DatabaseContextForbidden,
    Code::DatabaseContextUnavailable,
];

const STREAM: &[Code] = &[
    Code::InvalidMessage,
    Code::InvalidSession,
    Code::SessionExpired,
    Code::TooManyConnections,
    Code::ServerFull,
];

fn text() -> Value {
    json!({ "type": "string" })
}

fn session_header() -> Parameter {
    ("header", "X-Session-Id", "The session, where the body names none.", text())
}

/// One without parameters and body.
fn plain(id: &str, answers: Vec<Answer>, errors: &'static [Code]) -> Operation {
    Operation { id: id.to_owned(), parameters: Vec::new(), body: None, body_required: false, answers, errors }
}

fn json_answer(status: u16, description: &'static str, schema: Value) -> Answer {
    Answer { status, description, content: vec![Content::Json(schema)] }
}

/// What a request takes and answers.
pub(super) fn operation(route: &Route, schemas: &mut Schemas) -> Operation {
    match (route.method.as_str(), route.pattern) {
        ("POST", "/api/query") => ask(schemas),
        ("GET", "/api/transactions/{transaction_id}") => Operation {
            parameters: vec![("header", "If-None-Match", "The tag of what is known already.", text())],
            ..plain(
                "getTransaction",
                vec![
                    json_answer(
                        200,
                        "The transaction, with its `ETag`.",
                        schemas.sent::<bodies::TransactionBody>(),
                    ),
                    Answer { status: 304, description: "Nothing is new.", content: Vec::new() },
                ],
                &[Code::NotFound],
            )
        },
        ("GET", "/api/progress/{session_id}") => follow(schemas),
        ("POST", "/api/sessions") => {
            let body = schemas.sent::<bodies::SessionBody>();
            Operation {
                parameters: vec![session_header()],
                body: Some(schemas.read::<client::SessionRequest>()),
                ..plain(
                    "createSession",
                    vec![
                        json_answer(201, "The new session.", body.clone()),
                        json_answer(200, "The session, which the caller had already.", body),
                    ],
                    BODY,
                )
            }
        }
        ("GET", "/api/sessions/{session_id}") => plain(
            "getSession",
            vec![json_answer(200, "The session.", schemas.sent::<bodies::SessionBody>())],
            SESSION,
        ),
        ("DELETE", "/api/sessions/{session_id}") => plain(
            "endSession",
            vec![Answer { status: 204, description: "It is over.", content: Vec::new() }],
            SESSION,
        ),
        (_, pattern) => of_server(pattern, schemas),
    }
}

/// Those about the server itself, none of which is more than one method of its path.
fn of_server(pattern: &str, schemas: &mut Schemas) -> Operation {
    match pattern {
        "/health" => {
            let body = schemas.sent::<bodies::HealthBody>();
            plain(
                "health",
                vec![
                    json_answer(200, "It serves.", body.clone()),
                    json_answer(503, "It does not serve.", body),
                ],
                &[],
            )
        }
        "/ready" => {
            let body = schemas.sent::<bodies::ReadyBody>();
            plain(
                "ready",
                vec![
                    json_answer(200, "It can answer questions.", body.clone()),
                    json_answer(503, "It can't.", body),
                ],
                &[],
            )
        }
        "/metrics" => plain(
            "metrics",
            vec![Answer {
                status: 200,
                description: "Prometheus' text format.",
                content: vec![Content::Text],
            }],
            &[],
        ),
        "/api/openapi.json" => plain(
            "describeRequests",
            vec![json_answer(200, "OpenAPI 3.1.", json!({ "type": "object" }))],
            &[],
        ),
        "/api/asyncapi.json" => {
            plain("describeMessages", vec![json_answer(200, "AsyncAPI 3.", json!({ "type": "object" }))], &[])
        }
        "/api/admin/dead-letters" => plain(
            "deadLetters",
            vec![json_answer(
                200,
                "Events that were given up, the oldest first.",
                schemas.sent::<bodies::DeadLetterList>(),
            )],
            &[],
        ),
        _ => databases(pattern, schemas, plain("undescribed", Vec::new(), &[])),
    }
}

fn databases(pattern: &str, schemas: &mut Schemas, plain: Operation) -> Operation {
    match pattern {
        "/api/database/list" => Operation {
            id: "listDatabases".to_owned(),
            answers: vec![json_answer(200, "All of them.", schemas.sent::<bodies::DatabaseList>())],
            ..plain
        },
        "/api/database/select" => Operation {
            id: "selectDatabase".to_owned(),
            parameters: vec![session_header()],
            body: Some(schemas.read::<client::SelectRequest>()),
            body_required: true,
            answers: vec![json_answer(200, "It is selected.", schemas.sent::<bodies::SelectedBody>())],
            errors: SELECT,
        },
        "/api/database/validate" => Operation {
            id: "validateDatabase".to_owned(),
            body: Some(schemas.read::<client::ValidateRequest>()),
            body_required: true,
            answers: vec![json_answer(200, "What is wrong with it.", schemas.sent::<bodies::Verdict>())],
            errors: &[Code::InvalidJson, Code::InvalidMessage],
            ..plain
        },
        _ => plain,
    }
}

fn ask(schemas: &mut Schemas) -> Operation {
    let body = json!({ "allOf": [reference("client.ids"), schemas.read::<client::Query>()] });
    Operation {
        id: "ask".to_owned(),
        parameters: vec![
            ("header", "Accept", "`text/event-stream` for the events on the way to the answer.", text()),
            ("header", "Prefer", "`respond-async` to be told where to look for the answer.", text()),
            session_header(),
        ],
        body: Some(body),
        body_required: true,
        answers: vec![
            Answer {
                status: 200,
                description: "The answer, or the events up to it.",
                content: vec![Content::Json(reference("named.query_result")), Content::Events],
            },
            json_answer(
                202,
                "The question is accepted; `Location` says where to look for its answer.",
                schemas.sent::<bodies::TransactionBody>(),
            ),
            json_answer(409, "It was cancelled.", reference("named.query_cancelled")),
        ],
        errors: QUERY,
    }
}

fn follow(schemas: &mut Schemas) -> Operation {
    let place = |name, meaning| ("query", name, meaning, text());
    Operation {
        id: "followSession".to_owned(),
        parameters: vec![
            ("header", "Last-Event-ID", "`epoch:offset` of the last event that was seen.", text()),
            place("epoch", "The same, where no field can be sent."),
            place("offset", "The same, where no field can be sent."),
            place(
                "agent_id",
                "Stable name of the client: a stream of the same name that resumes ends the old one.",
            ),
            place("poll", "`1` for what has happened since, as a list."),
        ],
        body: None,
        body_required: false,
        answers: vec![Answer {
            status: 200,
            description: "The events.",
            content: vec![Content::Events, Content::Json(schemas.sent::<bodies::PollBody>())],
        }],
        errors: STREAM,
    }
}
