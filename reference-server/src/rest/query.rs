//! `POST /api/query`: a question whose answer is the answer.

use http::{HeaderMap, HeaderValue, Request, Response, StatusCode};
use hyper::body::Incoming;
use serde_json::{Map, Value};

use super::answer::{failure, json_text};
use super::body;
use crate::backend::Backend;
use crate::doors::Body;
use crate::sessions::Phase;
use crate::wire::client::Query;
use crate::wire::encode::Message;
use crate::wire::error::{Code, Failure};
use crate::wire::fields::Fields;
use crate::wire::identity::{Ids, UserId};

/// Header that may name the session.
const SESSION_HEADER: &str = "x-session-id";

pub(super) async fn post(backend: &Backend, request: Request<Incoming>) -> Response<Body> {
    let (head, body) = request.into_parts();
    let limit = backend.config.limits.max_body_bytes;
    let map = match body::object(body, limit, false).await {
        Ok(map) => map,
        Err(refused) => return failure(&refused),
    };
    let (ids, fault) = Ids::read(&map);
    let asked = match fault {
        Some(fault) => Err(fault),
        None => ask(backend, &head.headers, &map, &ids).await,
    };
    let mut answer = match asked {
        Ok(message) => terminal(&message),
        Err(refused) => refusal(&ids, &refused),
    };
    if answer.status() == StatusCode::SERVICE_UNAVAILABLE && !answer.headers().contains_key("retry-after") {
        answer.headers_mut().insert(http::header::RETRY_AFTER, HeaderValue::from_static("1"));
    }
    answer
}

/// Asks, and waits for the end.
async fn ask(
    backend: &Backend,
    headers: &HeaderMap,
    map: &Map<String, Value>,
    ids: &Ids,
) -> Result<Message, Failure> {
    let mut query = Query::from_fields(&Fields::new(map))?;
    // Rows that come as events would be missing from the answer.
    query.stream = false;
    let header = headers.get(SESSION_HEADER).map(HeaderValue::to_str).transpose();
    let header = header.map_err(|_| Failure::new(Code::InvalidSession, "X-Session-Id is not text"))?;
    let session = match query.session_id.as_deref().or(header) {
        Some(id) => backend.sessions.find(id)?,
        None => backend.sessions.open(None, &UserId::anonymous())?.session,
    };
    let mut phase = backend.workflow.ask(&session, ids, query, None)?.phase;
    let ended = phase.wait_for(|phase| matches!(phase, Phase::Finished(_))).await;
    match ended.as_deref() {
        Ok(Phase::Finished(message)) => Ok(message.clone()),
        _ => Err(Failure::internal(&"a query ended without a terminal message")),
    }
}

/// The terminal message as an answer: the result, the error with the status of its code, or 409.
fn terminal(message: &Message) -> Response<Body> {
    let status = match message.name() {
        "query_result" => StatusCode::OK,
        "query_cancelled" => StatusCode::CONFLICT,
        _ => message.code().map_or(StatusCode::INTERNAL_SERVER_ERROR, Code::status),
    };
    json_text(status, message.named())
}

/// A refusal before acceptance, with the ids that were given.
fn refusal(ids: &Ids, refused: &Failure) -> Response<Body> {
    let draining = refused.details.as_ref().is_some_and(|details| details["reason"] == "draining");
    let status = if draining { StatusCode::SERVICE_UNAVAILABLE } else { refused.code.status() };
    let mut answer = json_text(status, Message::new(ids, refused).named());
    if let Some(seconds) = refused.retry_after() {
        answer.headers_mut().insert(http::header::RETRY_AFTER, seconds.into());
    }
    answer
}
