//! `GET /api/progress/{session_id}`: a session's events as a stream, or what happened since for those who poll.

use http::{Response, StatusCode};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::value::RawValue;

use super::answer::{json, settle};
use super::call::Call;
use super::headers::last_event_id;
use super::stream::EventStream;
use crate::doors::Body;
use crate::sessions::{CaughtUp, Interest, Join};
use crate::wire::client::ResumePoint;
use crate::wire::encode::Message;
use crate::wire::error::Failure;
use crate::wire::events::EventSet;
use crate::wire::identity::Ids;
use crate::wire::server::{Resumed, SessionSnapshot};

/// What happened since.
#[derive(Serialize, JsonSchema)]
pub(crate) struct PollBody {
    resumed: Resumed,
    /// The events, as the named dialect has them.
    #[schemars(with = "Vec<serde_json::Map<String, serde_json::Value>>")]
    events: Vec<Box<RawValue>>,
    /// What runs and what is finished, where events are missing.
    #[serde(skip_serializing_if = "Option::is_none")]
    session_snapshot: Option<SessionSnapshot>,
}

impl PollBody {
    fn of(caught_up: CaughtUp) -> Self {
        let raw = |message: &Message| {
            let text = String::from_utf8(message.named().into()).ok()?;
            RawValue::from_string(text).ok()
        };
        Self {
            resumed: caught_up.resumed,
            events: caught_up.events.iter().filter_map(raw).collect(),
            session_snapshot: caught_up.snapshot,
        }
    }
}

pub(super) fn get(call: Call) -> Response<Body> {
    settle(answer(&call))
}

fn answer(call: &Call) -> Result<Response<Body>, Failure> {
    let session = call.session(&call.parameter)?;
    let query = call.query();
    // An event source that comes back asks at the same address: what it saw since is in the field.
    let resume = match last_event_id(&call.head.headers)? {
        Some(point) => Some(point),
        None => ResumePoint::from_url(query.get("epoch"), query.get("offset"))?,
    };
    match query.get("poll") {
        Some("1" | "true") => {
            return Ok(json(StatusCode::OK, &PollBody::of(session.catch_up(resume.as_ref()))));
        }
        None | Some("0" | "false" | "") => {}
        Some(_) => return Err(Failure::invalid("poll must be 1")),
    }
    let agent_id = query.get("agent_id").filter(|name| !name.is_empty());
    // Who comes back to where it was takes its own place.
    let superseding = resume.is_some() && agent_id.is_some_and(|agent| session.has_agent(agent));
    let stream = EventStream::open(call, superseding)?;
    let join = Join {
        client: &stream.client,
        agent_id,
        interest: Interest { subscribed: EventSet::SESSION, refused: EventSet::NONE },
        resume: resume.as_ref(),
    };
    session.join(&join, &Ids::default(), |_| None)?;
    Ok(stream.answer(&call.backend, session, None))
}
