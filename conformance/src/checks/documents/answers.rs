//! Answers that are really given, held against what is said of them.

use std::time::Duration;

use serde_json::{Value, json};

use crate::checks::query::run::work;
use crate::checks::rest::waiting;
use crate::checks::{Check, Context, Step, Stop, field};
use crate::peer::{Request, Response};

use super::document::{Document, Kind};
use super::operation::judge;

/// Time for a query over HTTP (before scaling).
const WORK: Duration = Duration::from_secs(6);

pub(super) fn checks() -> Vec<Check> {
    [queries(), sessions(), others()].concat()
}

fn queries() -> Vec<Check> {
    vec![
        answers_of!("answers-query", "answers", "the answer to a question is as described", asked),
        answers_of!("answers-rejected", "answers", "refusals of questions are as described", rejected),
        answers_of!("answers-accepted", "answers", "202, what is polled, and 304 are as described", accepted),
        answers_of!(
            "answers-cancelled",
            "answers",
            "the answer to who waits for a cancelled query is as described",
            cancelled
        ),
        answers_of!("answers-stream", "answers", "an event stream is described as one", streamed),
    ]
}

fn sessions() -> Vec<Check> {
    vec![
        answers_of!(
            "answers-sessions",
            "answers",
            "sessions are as described, from their making to their end",
            lives
        ),
        answers_of!(
            "answers-no-session",
            "answers",
            "answers about sessions that are none are as described",
            no_session
        ),
        answers_of!(
            "answers-progress",
            "answers",
            "polled events and refusals of them are as described",
            progress
        ),
    ]
}

fn others() -> Vec<Check> {
    vec![
        answers_of!(
            "answers-databases",
            "answers",
            "lists, selections and judgements of databases are as described",
            databases
        ),
        answers_of!("answers-no-database", "answers", "refusals of databases are as described", no_database),
        answers_of!("answers-health", "answers", "health and readiness are as described", health),
        answers_of!("answers-metrics", "answers", "metrics are described as what they are", metrics),
        answers_of!("answers-unauthorized", "answers", "refusals of tokens are as described", unauthorized)
            .variant("tokens"),
    ]
}

/// The target, and what it says of its answers.
struct Judge {
    cx: Context,
    document: Document,
}

impl Judge {
    async fn of(cx: Context) -> Step<Self> {
        let document = Document::of(&cx, Kind::Requests).await?;
        Ok(Self { cx, document })
    }

    fn path(&self, path: &str) -> String {
        self.cx.target().rest(path)
    }

    /// Sends a request; its answer must be as described.
    async fn send(&self, request: Request) -> Step<Response> {
        let (method, path) = (request.method.clone(), request.target.clone());
        let response = self.cx.http_within(request, WORK).await?;
        self.judge(&method, &path, &response)?;
        Ok(response)
    }

    fn judge(&self, method: &str, path: &str, response: &Response) -> Step {
        let path = path.strip_prefix(self.cx.target().base_path()).unwrap_or(path);
        judge(&self.document, method, path, response)
    }

    async fn get(&self, path: &str) -> Step<Response> {
        self.send(Request::get(&self.path(path))).await
    }

    async fn post(&self, path: &str, body: &Value) -> Step<Response> {
        self.send(Request::post_json(&self.path(path), body)).await
    }
}

async fn asked(cx: Context) -> Step {
    let judge = Judge::of(cx).await?;
    judge.post("/api/query", &json!({"query": "show revenue", "id": "a", "query_id": 7})).await.map(|_| ())
}

/// No JSON, another type, blank, an unknown database, an unknown session.
async fn rejected(cx: Context) -> Step {
    let judge = Judge::of(cx).await?;
    judge.send(Request::new("POST", &judge.path("/api/query")).body("{\"query\": ")).await?;
    for body in [
        json!({"query": 5}),
        json!({"query": "  "}),
        json!({"query": "show revenue", "database_context": {"database": "no such"}}),
        json!({"query": "show revenue", "session_id": judge.cx.fresh_session()}),
    ] {
        judge.post("/api/query", &body).await?;
    }
    Ok(())
}

/// The transaction as it begins, as it is looked at up to its end, and when nothing is new.
async fn accepted(cx: Context) -> Step {
    let judge = Judge::of(cx).await?;
    let request = Request::post_json(&judge.path("/api/query"), &json!({"query": "show revenue"}));
    let first = judge.send(request.header("Prefer", "respond-async")).await?;
    let first = first.json().unwrap_or_default();
    let path = format!("/api/transactions/{}", field::text(&first, "transaction_id")?);
    let deadline = work(&judge.cx);
    loop {
        let found = judge.get(&path).await?;
        let status = found.json().unwrap_or_default()["status"].clone();
        if status == "running" || status == "queued" {
            if deadline.is_over() {
                return Err(Stop::Harness("the query did not end in time".to_owned()));
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
            continue;
        }
        let Some(tag) = found.field("ETag") else { return Ok(()) };
        let again = Request::get(&judge.path(&path)).header("If-None-Match", tag);
        return judge.send(again).await.map(|_| ());
    }
}

/// A question waits over HTTP, and somebody of its session cancels it.
async fn cancelled(cx: Context) -> Step {
    let judge = Judge::of(cx).await?;
    let answer = waiting::cancelled(&judge.cx).await?;
    judge.judge("POST", "/api/query", &answer)
}

/// Its media type must be among those of 200.
async fn streamed(cx: Context) -> Step {
    let judge = Judge::of(cx).await?;
    let request = Request::post_json(&judge.path("/api/query"), &json!({"query": "show revenue"}));
    judge.send(request.with("Accept", "text/event-stream")).await.map(|_| ())
}

async fn lives(cx: Context) -> Step {
    let judge = Judge::of(cx).await?;
    let id = judge.cx.fresh_session();
    judge.post("/api/sessions", &json!({"session_id": id})).await?;
    judge.post("/api/sessions", &json!({"session_id": id})).await?;
    let path = format!("/api/sessions/{id}");
    judge.get(&path).await?;
    judge.send(Request::new("DELETE", &judge.path(&path))).await?;
    judge.get(&path).await.map(|_| ())
}

async fn no_session(cx: Context) -> Step {
    let judge = Judge::of(cx).await?;
    judge.get("/api/sessions/short").await?;
    judge.get(&format!("/api/sessions/{}", judge.cx.fresh_session())).await?;
    judge.post("/api/sessions", &json!({"session_id": "no good"})).await?;
    judge.get("/api/transactions/never-was").await.map(|_| ())
}

/// Of a session in which a query was asked; from another life; with a place that is none.
async fn progress(cx: Context) -> Step {
    let judge = Judge::of(cx).await?;
    let id = judge.cx.fresh_session();
    judge.post("/api/sessions", &json!({"session_id": id})).await?;
    judge.post("/api/query", &json!({"query": "show revenue", "session_id": id})).await?;
    for place in ["poll=1", "poll=1&epoch=never-was&offset=1", "poll=1&offset=x"] {
        judge.get(&format!("/api/progress/{id}?{place}")).await?;
    }
    judge.get(&format!("/api/progress/{}?poll=1", judge.cx.fresh_session())).await.map(|_| ())
}

async fn databases(cx: Context) -> Step {
    let judge = Judge::of(cx).await?;
    let list = judge.get("/api/database/list").await?.json().unwrap_or_default();
    let default = list["default"].clone();
    judge.post("/api/database/validate", &json!({"database": default})).await?;
    let id = judge.cx.fresh_session();
    judge.post("/api/sessions", &json!({"session_id": id})).await?;
    judge.post("/api/database/select", &json!({"session_id": id, "database": default})).await.map(|_| ())
}

async fn no_database(cx: Context) -> Step {
    let judge = Judge::of(cx).await?;
    judge.post("/api/database/validate", &json!({"database": "no such"})).await?;
    judge.post("/api/database/validate", &json!({})).await?;
    let id = judge.cx.fresh_session();
    judge.post("/api/database/select", &json!({"session_id": id, "database": "no such"})).await?;
    judge.post("/api/sessions", &json!({"session_id": id})).await?;
    judge.post("/api/database/select", &json!({"session_id": id, "database": "no such"})).await?;
    judge.post("/api/database/select", &json!({"session_id": id})).await.map(|_| ())
}

async fn health(cx: Context) -> Step {
    let judge = Judge::of(cx).await?;
    judge.get("/health").await?;
    judge.get("/ready").await.map(|_| ())
}

async fn metrics(cx: Context) -> Step {
    Judge::of(cx).await?.get("/metrics").await.map(|_| ())
}

/// No token, and one that is none.
async fn unauthorized(cx: Context) -> Step {
    let judge = Judge::of(cx).await?;
    for path in ["/api/database/list", "/api/transactions/never-was"] {
        let path = judge.path(path);
        let bare = judge.cx.http_bare(Request::get(&path)).await?;
        judge.judge("GET", &path, &bare)?;
        let forged = Request::get(&path).header("Authorization", "Bearer not.a.token");
        judge.send(forged).await?;
    }
    Ok(())
}
