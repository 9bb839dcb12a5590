//! Pages of other origins: those on the list may read answers, the others may not even ask.
//!
//! Without the refusal a page anywhere could put questions to a server on the reader's own machine: a `POST` of
//! plain text needs no leave from the server, and bodies are read whatever their content type.

use http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, ACCESS_CONTROL_REQUEST_METHOD, ORIGIN, VARY,
};
use http::{HeaderMap, HeaderValue, Response};

use crate::config;
use crate::doors::{Body, is_allowed_origin};
use crate::wire::error::{Code, Failure};

const MAY_SEND: &str = "accept, authorization, cache-control, content-type, if-none-match, last-event-id, \
                        prefer, traceparent, tracestate, x-request-id, x-session-id";
const MAY_READ: &str = "etag, location, preference-applied, retry-after, x-request-id";

/// The page that a request comes from.
#[derive(Debug)]
pub(super) enum Caller {
    /// No page, or one whose origin a browser would not tell.
    None,
    /// One that may read the answer.
    Allowed(HeaderValue),
    /// One that may not.
    Foreign,
}

impl Caller {
    pub(super) fn of(headers: &HeaderMap, rules: &config::Origin) -> Self {
        match headers.get(ORIGIN) {
            None => Self::None,
            Some(origin) if is_allowed_origin(headers, rules) => Self::Allowed(origin.clone()),
            Some(_) => Self::Foreign,
        }
    }

    pub(super) const fn is_foreign(&self) -> bool {
        matches!(self, Self::Foreign)
    }

    /// Lets the page read the answer.
    pub(super) fn mark(&self, headers: &mut HeaderMap) {
        let Self::Allowed(origin) = self else { return };
        headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
        headers.insert(ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static(MAY_READ));
        headers.append(VARY, HeaderValue::from_static("Origin"));
    }

    /// Tells a page what it may send, if that is what it asks.
    pub(super) fn preflight(
        &self,
        asked: &HeaderMap,
        mut answer: Response<Body>,
        allowed: &str,
    ) -> Response<Body> {
        if matches!(self, Self::Allowed(_)) && asked.contains_key(ACCESS_CONTROL_REQUEST_METHOD) {
            let methods = HeaderValue::from_str(allowed).expect("names of methods are a header value");
            let headers = answer.headers_mut();
            headers.insert(ACCESS_CONTROL_ALLOW_METHODS, methods);
            headers.insert(ACCESS_CONTROL_ALLOW_HEADERS, HeaderValue::from_static(MAY_SEND));
            headers.insert(ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("600"));
        }
        answer
    }
}

/// The refusal of a page that may not ask.
pub(super) fn foreign() -> Failure {
    Failure::new(Code::Forbidden, "this origin may not send requests")
}
