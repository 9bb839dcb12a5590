//! `POST /api/sessions`, `GET` and `DELETE /api/sessions/{id}`.

use http::{Response, StatusCode};
use schemars::JsonSchema;
use serde::Serialize;

use super::answer::{json, no_content, settle};
use super::call::Call;
use crate::backend::Backend;
use crate::doors::Body;
use crate::sessions::Session;
use crate::wire::error::{Code, Failure};
use crate::wire::fields::Fields;
use crate::wire::identity::{Epoch, SessionId, UserId};
use crate::wire::time::WireTime;

/// A session as a request sees it.
#[derive(Serialize, JsonSchema)]
pub(crate) struct SessionBody {
    session_id: SessionId,
    user_id: UserId,
    epoch: Epoch,
    top: u64,
    expires_at: WireTime,
    connections: usize,
}

impl SessionBody {
    fn of(backend: &Backend, session: &Session) -> Self {
        let view = session.view();
        Self {
            session_id: session.id().clone(),
            user_id: view.user,
            epoch: view.position.epoch,
            top: view.position.top,
            // The request itself has just put its end off.
            expires_at: WireTime::after(backend.sessions.ttl()),
            connections: view.connections,
        }
    }
}

pub(super) async fn post(call: Call) -> Response<Body> {
    if call.backend.is_draining() {
        return call.backend.draining_answer();
    }
    settle(create(call).await)
}

async fn create(mut call: Call) -> Result<Response<Body>, Failure> {
    let map = call.object(true).await?;
    let fields = Fields::new(&map);
    let id = call.session_id(fields.text("session_id")?)?;
    let named = fields.text("user_id")?.filter(|user| !user.is_empty());
    let user = match (&call.caller.user, named) {
        (Some(user), Some(named)) if user.as_str() != named => {
            return Err(Failure::new(Code::Forbidden, "the token is of another user"));
        }
        (Some(user), _) => user.clone(),
        (None, named) => named.map_or_else(UserId::anonymous, UserId::new),
    };
    let created = call.backend.sessions.open(id, &user)?;
    let status = if created.new { StatusCode::CREATED } else { StatusCode::OK };
    Ok(json(status, &SessionBody::of(&call.backend, &created.session)))
}

pub(super) fn get(call: Call) -> Response<Body> {
    let found = call.session(&call.parameter);
    settle(found.map(|session| json(StatusCode::OK, &SessionBody::of(&call.backend, &session))))
}

pub(super) fn delete(call: Call) -> Response<Body> {
    let found = call.session(&call.parameter);
    settle(
        found.and_then(|session| call.backend.sessions.delete(session.id().as_str())).map(|()| no_content()),
    )
}
