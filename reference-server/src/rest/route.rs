//! The requests as data: the one table that the router, `Allow`, and the published description come from.

use std::future::ready;

use futures_util::future::BoxFuture;
use http::{Method, Response};

use super::call::Call;
use super::{admin, database, description, health, metrics, progress, query, sessions, transactions};
use crate::doors::Body;

/// Who may send a request, where tokens are required.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Anybody, always.
    Open,
    /// Whoever has a valid token.
    User,
    /// Whoever has a token that allows questions.
    Query,
    /// Whoever has a token that allows administration.
    Admin,
}

/// One kind of request.
pub struct Route {
    /// Method; `GET` stands for `HEAD` too.
    pub method: Method,
    /// Path; its last segment may be a parameter in braces.
    pub pattern: &'static str,
    /// Who may send it.
    pub access: Access,
    /// What it does, in one sentence.
    pub summary: &'static str,
    pub(super) handler: fn(Call) -> BoxFuture<'static, Response<Body>>,
}

impl Route {
    /// Whether `path` is one of its paths; gives what stands in the place of the parameter.
    #[must_use]
    pub fn matches<'a>(&self, path: &'a str) -> Option<&'a str> {
        match self.pattern.split_once('{') {
            None => (self.pattern == path).then_some(""),
            Some((prefix, _)) => {
                let rest = path.strip_prefix(prefix)?;
                (!rest.is_empty() && !rest.contains('/')).then_some(rest)
            }
        }
    }

    /// Name of its parameter.
    #[must_use]
    pub fn parameter(&self) -> Option<&'static str> {
        self.pattern.split_once('{').map(|(_, name)| name.trim_end_matches('}'))
    }
}

impl std::fmt::Debug for Route {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.method, self.pattern)
    }
}

/// An answer that had to wait for nothing.
fn now(answer: Response<Body>) -> BoxFuture<'static, Response<Body>> {
    Box::pin(ready(answer))
}

/// All of them. Another request is another row.
pub static ROUTES: &[Route] = &[
    Route {
        method: Method::POST,
        pattern: "/api/query",
        access: Access::Query,
        summary: "Asks a question, and waits for its answer, its events, or not at all.",
        handler: |call| Box::pin(query::post(call)),
    },
    Route {
        method: Method::GET,
        pattern: "/api/transactions/{transaction_id}",
        access: Access::Query,
        summary: "How far a question is.",
        handler: |call| now(transactions::get(call)),
    },
    Route {
        method: Method::GET,
        pattern: "/api/progress/{session_id}",
        access: Access::Query,
        summary: "A session's events, as a stream or as a list.",
        handler: |call| now(progress::get(call)),
    },
    Route {
        method: Method::POST,
        pattern: "/api/sessions",
        access: Access::User,
        summary: "Makes a session, or finds the caller's own.",
        handler: |call| Box::pin(sessions::post(call)),
    },
    Route {
        method: Method::GET,
        pattern: "/api/sessions/{session_id}",
        access: Access::User,
        summary: "A session.",
        handler: |call| now(sessions::get(call)),
    },
    Route {
        method: Method::DELETE,
        pattern: "/api/sessions/{session_id}",
        access: Access::User,
        summary: "Ends a session.",
        handler: |call| now(sessions::delete(call)),
    },
    Route {
        method: Method::GET,
        pattern: "/api/database/list",
        access: Access::User,
        summary: "The databases, and which one is asked where nobody names one.",
        handler: |call| Box::pin(database::list(call)),
    },
    Route {
        method: Method::POST,
        pattern: "/api/database/select",
        access: Access::Query,
        summary: "Selects the database that a session's questions ask.",
        handler: |call| Box::pin(database::select(call)),
    },
    Route {
        method: Method::POST,
        pattern: "/api/database/validate",
        access: Access::User,
        summary: "Whether a database and its tables could be asked, and if not, why.",
        handler: |call| Box::pin(database::validate(call)),
    },
    Route {
        method: Method::GET,
        pattern: "/api/admin/dead-letters",
        access: Access::Admin,
        summary: "Events that could not be delivered and were given up.",
        handler: |call| now(admin::dead_letters(&call)),
    },
    Route {
        method: Method::GET,
        pattern: "/api/openapi.json",
        access: Access::Open,
        summary: "This description.",
        handler: |call| now(description::openapi(&call)),
    },
    Route {
        method: Method::GET,
        pattern: "/api/asyncapi.json",
        access: Access::Open,
        summary: "The description of what is said on sockets.",
        handler: |call| now(description::asyncapi(&call)),
    },
    Route {
        method: Method::GET,
        pattern: "/health",
        access: Access::Open,
        summary: "How the server and what it depends on are.",
        handler: |call| Box::pin(health::health(call)),
    },
    Route {
        method: Method::GET,
        pattern: "/ready",
        access: Access::Open,
        summary: "Whether it can answer questions now.",
        handler: |call| Box::pin(health::ready(call)),
    },
    Route {
        method: Method::GET,
        pattern: "/metrics",
        access: Access::Open,
        summary: "What it counts and measures.",
        handler: |call| now(metrics::get(call)),
    },
];
