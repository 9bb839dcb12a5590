//! `POST /api/query`: a question, and three ways to wait for its answer.
//!
//! A client that goes away cancels nothing: the answer is an event of its session, where it can be had later.

use std::sync::Arc;

use http::header::{LOCATION, RETRY_AFTER};
use http::{HeaderName, HeaderValue, Response, StatusCode};

use super::answer::{failure, json_text};
use super::call::Call;
use super::headers::{prefers_async, wants_events};
use super::stream::EventStream;
use super::transactions;
use crate::doors::Body;
use crate::sessions::{Interest, Join, Phase, Session};
use crate::wire::client::Query;
use crate::wire::encode::Message;
use crate::wire::error::{Code, Failure};
use crate::wire::fields::Fields;
use crate::wire::identity::Ids;
use crate::workflow::Asked;

/// How a client waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wait {
    /// For the one answer.
    Whole,
    /// For every event.
    Events,
    /// Not at all: it asks again.
    Polling,
}

pub(super) async fn post(mut call: Call) -> Response<Body> {
    let map = match call.object(false).await {
        Ok(map) => map,
        Err(refused) => return failure(&refused),
    };
    let (ids, fault) = Ids::read(&map);
    let asked = match fault {
        Some(fault) => Err(fault),
        None => match Query::from_fields(&Fields::new(&map)) {
            Ok(query) => answer(&call, &ids, query).await,
            Err(fault) => Err(fault),
        },
    };
    let mut answer = asked.unwrap_or_else(|refused| refusal(&ids, &refused));
    if answer.status() == StatusCode::SERVICE_UNAVAILABLE && !answer.headers().contains_key(RETRY_AFTER) {
        answer.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("1"));
    }
    answer
}

async fn answer(call: &Call, ids: &Ids, mut query: Query) -> Result<Response<Body>, Failure> {
    let headers = &call.head.headers;
    let wait = match (wants_events(headers), prefers_async(headers)) {
        (true, _) => Wait::Events,
        (false, true) => Wait::Polling,
        (false, false) => Wait::Whole,
    };
    // Rows that come as events would be missing from the answer.
    query.stream &= wait == Wait::Events;
    let session = call.session_or_new(query.session_id.as_deref())?;
    match wait {
        Wait::Whole => whole(call, &session, ids, query).await,
        Wait::Events => events(call, session, ids, query),
        Wait::Polling => polling(call, &session, ids, query),
    }
}

/// Asks, and waits for the end.
async fn whole(
    call: &Call,
    session: &Arc<Session>,
    ids: &Ids,
    query: Query,
) -> Result<Response<Body>, Failure> {
    let Asked { mut phase, .. } =
        call.backend.workflow.ask(session, ids, query, None, &call.caller.permissions)?;
    let ended = phase.wait_for(|phase| matches!(phase, Phase::Finished(_))).await;
    match ended.as_deref() {
        Ok(Phase::Finished(message)) => Ok(terminal(message)),
        _ => Err(Failure::internal(&"a query ended without a terminal message")),
    }
}

/// Asks, and streams what happens until the terminal message.
fn events(call: &Call, session: Arc<Session>, ids: &Ids, query: Query) -> Result<Response<Body>, Failure> {
    let stream = EventStream::open(call, false)?;
    // It asks, so it gets its own query's messages; of what others ask in the session it wants nothing.
    let join = Join { client: &stream.client, agent_id: None, interest: Interest::default(), resume: None };
    session.join(&join, ids, |_| None)?;
    match call.backend.workflow.ask(&session, ids, query, Some(&stream.client), &call.caller.permissions) {
        Ok(Asked { phase, .. }) => Ok(stream.answer(&call.backend, session, Some(phase))),
        Err(refused) => {
            session.leave(stream.client.client_id());
            Err(refused)
        }
    }
}

/// Asks, and says where to look for the answer.
fn polling(call: &Call, session: &Arc<Session>, ids: &Ids, query: Query) -> Result<Response<Body>, Failure> {
    let Asked { id, .. } = call.backend.workflow.ask(session, ids, query, None, &call.caller.permissions)?;
    session.keep(id.as_str());
    let view = session.transaction(id.as_str());
    let view = view.ok_or_else(|| Failure::internal(&"a transaction was forgotten at once"))?;
    let mut answer = transactions::answer(StatusCode::ACCEPTED, &view);
    let location = HeaderValue::from_str(&format!("/api/transactions/{id}"));
    let headers = answer.headers_mut();
    headers.insert(LOCATION, location.expect("a transaction's id is letters and digits"));
    headers.insert(HeaderName::from_static("preference-applied"), HeaderValue::from_static("respond-async"));
    Ok(answer)
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
    let status = if draining { StatusCode::SERVICE_UNAVAILABLE } else { failure(refused).status() };
    let mut answer = json_text(status, Message::new(ids, refused).named());
    if let Some(seconds) = refused.retry_after() {
        answer.headers_mut().insert(RETRY_AFTER, seconds.into());
    } else if matches!(status, StatusCode::TOO_MANY_REQUESTS) {
        answer.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("1"));
    }
    answer
}
