//! Which request goes where, and who may send it.

use std::sync::Arc;

use http::header::{ALLOW, CONTENT_LENGTH};
use http::{HeaderValue, Method, Request, Response, StatusCode};
use hyper::body::{Body as _, Incoming};

use super::access::admit;
use super::answer::{failure, full_empty, no_content, not_found};
use super::call::Call;
use super::cors;
use super::route::{ROUTES, Route};
use crate::backend::Backend;
use crate::doors::{Body, decode, error_answer, refused_request};
use crate::wire::error::Failure;

/// Answers one request.
pub async fn answer(backend: Arc<Backend>, request: Request<Incoming>) -> Response<Body> {
    let head = request.method() == Method::HEAD;
    let origin = cors::Caller::of(request.headers(), &backend.config.origin);
    let mut answer = if origin.is_foreign() && request.uri().path().starts_with("/api/") {
        failure(&cors::foreign())
    } else {
        route(backend, request, &origin).await
    };
    origin.mark(answer.headers_mut());
    if head {
        if let Some(length) = answer.body().size_hint().exact() {
            answer.headers_mut().insert(CONTENT_LENGTH, length.into());
        }
        *answer.body_mut() = full_empty();
    }
    answer
}

async fn route(backend: Arc<Backend>, request: Request<Incoming>, origin: &cors::Caller) -> Response<Body> {
    let (head, body) = request.into_parts();
    let path = head.uri.path();
    let here: Vec<(&Route, &str)> =
        ROUTES.iter().filter_map(|route| Some((route, route.matches(path)?))).collect();
    if here.is_empty() {
        return not_found();
    }
    let method = if head.method == Method::HEAD { &Method::GET } else { &head.method };
    let Some((route, parameter)) = here.iter().find(|(route, _)| route.method == *method) else {
        let allowed = allowed(&here);
        return match head.method {
            Method::OPTIONS => origin.preflight(&head.headers, options(&allowed), &allowed),
            _ => wrong_method(&allowed),
        };
    };
    let caller = match admit(&backend, &head, route.access) {
        Ok(caller) => caller,
        Err(refused) => return refused_request(&refused),
    };
    let parameter = decode(parameter, false);
    (route.handler)(Call { backend, head, caller, parameter, body }).await
}

fn allowed(here: &[(&Route, &str)]) -> String {
    let mut methods = Vec::new();
    for (route, _) in here {
        methods.push(route.method.as_str());
        if route.method == Method::GET {
            methods.push("HEAD");
        }
    }
    methods.push("OPTIONS");
    methods.join(", ")
}

fn allow(answer: &mut Response<Body>, allowed: &str) {
    let value = HeaderValue::from_str(allowed).expect("names of methods are a header value");
    answer.headers_mut().insert(ALLOW, value);
}

fn options(allowed: &str) -> Response<Body> {
    let mut answer = no_content();
    allow(&mut answer, allowed);
    answer
}

/// Something at this path, but not with this method.
fn wrong_method(allowed: &str) -> Response<Body> {
    let failure = Failure::invalid(format!("this path takes {allowed}"));
    let mut answer = error_answer(StatusCode::METHOD_NOT_ALLOWED, &failure);
    allow(&mut answer, allowed);
    answer
}
