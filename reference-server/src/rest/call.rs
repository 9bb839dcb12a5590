//! One request on its way to its handler.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

use http::request::Parts;
use http_body_util::{BodyExt, Limited};
use hyper::body::Incoming;
use serde_json::{Map, Value};
use tokio::time::timeout;

use super::headers;
use crate::backend::Backend;
use crate::connection::Guest;
use crate::doors::tokens::Permissions;
use crate::doors::{ClientAddress, QueryParams};
use crate::sessions::Session;
use crate::wire::error::{Code, Failure};
use crate::wire::identity::UserId;
use crate::wire::json;

/// A request, and who sent it.
pub(super) struct Call {
    /// The backend.
    pub(super) backend: Arc<Backend>,
    /// Method, address, fields.
    pub(super) head: Parts,
    /// Who sent it.
    pub(super) caller: Caller,
    /// What stood in the place of the pattern's parameter.
    pub(super) parameter: Box<str>,
    pub(super) body: Incoming,
}

/// Who sent a request.
#[derive(Debug, Clone, Default)]
pub(super) struct Caller {
    /// The user of the token, where one was needed.
    pub(super) user: Option<UserId>,
    /// What they may do.
    pub(super) permissions: Permissions,
}

impl Call {
    /// As whom the limits count it.
    pub(super) fn guest(&self, superseding: bool) -> Guest<'_> {
        Guest { address: address(&self.head), user: self.caller.user.as_ref(), superseding }
    }

    /// Reads the body as one JSON object, whatever the content type says; an empty body is an empty object
    /// where `optional`.
    ///
    /// # Errors
    /// `MESSAGE_TOO_LARGE`, `INVALID_JSON`, or `INVALID_MESSAGE` for JSON that is no object and for a body that
    /// does not come in time.
    pub(super) async fn object(&mut self, optional: bool) -> Result<Map<String, Value>, Failure> {
        let limit = self.backend.config.limits.max_body_bytes;
        let patience = self.backend.config.http.body_timeout;
        let body = Limited::new(&mut self.body, limit);
        let Ok(collected) = timeout(patience, body.collect()).await else {
            let text = format!("the body did not come within {}", humantime::format_duration(patience));
            return Err(Failure::invalid(text).with(serde_json::json!({ "reason": BODY_TIMEOUT })));
        };
        let bytes = match collected {
            Ok(collected) => collected.to_bytes(),
            Err(error) if error.is::<http_body_util::LengthLimitError>() => {
                let text = format!("a body has at most {limit} bytes");
                return Err(Failure::new(Code::MessageTooLarge, text));
            }
            Err(_) => return Err(Failure::new(Code::InvalidJson, "the body broke off")),
        };
        if bytes.is_empty() && optional {
            return Ok(Map::new());
        }
        let text = std::str::from_utf8(&bytes)
            .map_err(|_| Failure::new(Code::InvalidJson, "the body is not UTF-8"))?;
        match json::parse(text) {
            Ok(Value::Object(map)) => Ok(map),
            Ok(_) => Err(Failure::invalid("the body is a JSON object")),
            Err(error) => Err(Failure::new(Code::InvalidJson, error.to_string())),
        }
    }

    /// Parameters of the query string.
    pub(super) fn query(&self) -> QueryParams {
        QueryParams::parse(self.head.uri.query().unwrap_or_default())
    }

    /// The session that the body names, or else the field `X-Session-Id`.
    ///
    /// # Errors
    /// `INVALID_SESSION` when the field is not text.
    pub(super) fn session_id<'a>(&'a self, named: Option<&'a str>) -> Result<Option<&'a str>, Failure> {
        if named.is_some() {
            return Ok(named);
        }
        let header = self.head.headers.get(headers::SESSION).map(|value| value.to_str()).transpose();
        header.map_err(|_| Failure::new(Code::InvalidSession, "X-Session-Id is not text"))
    }

    /// A session that the caller may use. Another user's is refused exactly like an unknown one.
    ///
    /// # Errors
    /// `INVALID_SESSION`, `SESSION_EXPIRED`.
    pub(super) fn session(&self, id: &str) -> Result<Arc<Session>, Failure> {
        let session = self.backend.sessions.find(id)?;
        if self.caller.may_use(&session) {
            return Ok(session);
        }
        Err(Failure::new(Code::InvalidSession, "no such session"))
    }

    /// The session of a query: the one that is named, or a new one of the caller.
    ///
    /// # Errors
    /// As [`Call::session`].
    pub(super) fn session_or_new(&self, named: Option<&str>) -> Result<Arc<Session>, Failure> {
        match self.session_id(named)? {
            Some(id) => self.session(id),
            None => {
                let user = self.caller.user.clone().unwrap_or_else(UserId::anonymous);
                Ok(self.backend.sessions.open(None, &user)?.session)
            }
        }
    }
}

/// Where a request comes from, proxies passed over.
pub(super) fn address(head: &Parts) -> IpAddr {
    let unknown = ClientAddress(IpAddr::V4(Ipv4Addr::UNSPECIFIED));
    head.extensions.get().copied().unwrap_or(unknown).0
}

/// `details.reason` of a body that does not come.
pub(super) const BODY_TIMEOUT: &str = "body_timeout";

impl Caller {
    /// Whether a session is open to it: without tokens, whoever knows its id may use it.
    pub(super) fn may_use(&self, session: &Session) -> bool {
        self.user.as_ref().is_none_or(|user| session.view().user == *user)
    }
}
