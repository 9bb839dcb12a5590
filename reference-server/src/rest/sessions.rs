//! `POST /api/sessions`, `GET` and `DELETE /api/sessions/{id}`.

use http::{Request, Response, StatusCode};
use hyper::body::Incoming;
use serde::Serialize;

use super::answer::json;
use super::body;
use super::router::{no_content, settle};
use crate::backend::Backend;
use crate::doors::Body;
use crate::sessions::Session;
use crate::wire::error::Failure;
use crate::wire::fields::Fields;
use crate::wire::identity::{Epoch, SessionId, UserId};
use crate::wire::time::WireTime;

/// A session as a request sees it.
#[derive(Serialize)]
struct SessionBody {
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

pub(super) async fn post(backend: &Backend, request: Request<Incoming>) -> Response<Body> {
    if backend.is_draining() {
        return backend.draining_answer();
    }
    settle(create(backend, request.into_body()).await)
}

async fn create(backend: &Backend, body: Incoming) -> Result<Response<Body>, Failure> {
    let map = body::object(body, backend.config.limits.max_body_bytes, true).await?;
    let fields = Fields::new(&map);
    let id = fields.text("session_id")?;
    let user = fields.text("user_id")?.filter(|user| !user.is_empty());
    let created = backend.sessions.open(id, &user.map_or_else(UserId::anonymous, UserId::new))?;
    let status = if created.new { StatusCode::CREATED } else { StatusCode::OK };
    Ok(json(status, &SessionBody::of(backend, &created.session)))
}

pub(super) fn get(backend: &Backend, id: &str) -> Response<Body> {
    settle(backend.sessions.find(id).map(|session| json(StatusCode::OK, &SessionBody::of(backend, &session))))
}

pub(super) fn delete(backend: &Backend, id: &str) -> Response<Body> {
    settle(backend.sessions.delete(id).map(|()| no_content()))
}
