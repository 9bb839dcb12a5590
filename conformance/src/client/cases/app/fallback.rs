//! When the socket can't be had: HTTP.

use std::time::Duration;

use serde_json::{Value, json};

use super::server::{self, Greeting, SESSION, USER, payload};
use crate::checks::{Check, ReasonCode, Step, ensure, ensure_eq, fail, field};
use crate::client::Stage;
use crate::client::listener::Visit;

pub(super) fn checks() -> Vec<Check> {
    let fallback = &["client.fallback"];
    let checks = vec![
        Check::client(
            "client.fallback-asks",
            "Without a socket a question goes by POST /api/query",
            fallback,
            asks,
        ),
        Check::client("client.fallback-told", "The answer over HTTP reaches the user", fallback, answer_told),
        Check::client(
            "client.fallback-waiting",
            "What waited for the socket goes by HTTP in the end",
            fallback,
            waiting,
        ),
        Check::client(
            "client.fallback-session",
            "A question over HTTP belongs to the client's session",
            &["client.fallback-identity"],
            of_session,
        ),
        Check::client(
            "client.fallback-id",
            "A question that was sent before goes by HTTP under its id",
            &["client.fallback-identity"],
            under_its_id,
        ),
        Check::client("client.fallback-error", "An error over HTTP reaches the user", fallback, error),
    ];
    checks.into_iter().map(|check| check.tags(&["slow"])).collect()
}

/// Refuses the first connection and all attempts after it.
async fn refuse_all(stage: &mut Stage) -> Step {
    stage.upgrade().await?.cut();
    refuse_returns(stage).await
}

/// Refuses all attempts after a loss.
async fn refuse_returns(stage: &mut Stage) -> Step {
    for number in 1_u32..=5 {
        let wait = Duration::from_secs(2_u64.pow(number - 1).min(16) + 1);
        let deadline = stage.cx.within(stage.scaled(wait) + Duration::from_millis(2_500));
        stage.upgrade_by(deadline).await?.cut();
    }
    Ok(())
}

/// The request that a question becomes.
async fn posted(stage: &mut Stage) -> Step<Visit> {
    let visit = stage.request("POST /api/query", stage.soon()).await?;
    let asked = format!("{} {}", visit.request.method, visit.request.target);
    if asked != "POST /api/query" {
        return fail(ReasonCode::WrongValue, "POST /api/query", asked);
    }
    Ok(visit)
}

async fn ask_without_socket(stage: &mut Stage) -> Step<Visit> {
    server::begin(stage).await?;
    refuse_all(stage).await?;
    stage.tell(json!({"do": "ask", "query": "by hand"})).await;
    posted(stage).await
}

async fn asks(mut stage: Stage) -> Step {
    let visit = ask_without_socket(&mut stage).await?;
    field::equals(&visit.body()?, "query", "by hand")
}

fn result() -> Value {
    let mut body = server::result_of(&json!([[42]]));
    body["type"] = json!("query_result");
    body["transaction_id"] = json!("tx-1");
    body
}

async fn answer_told(mut stage: Stage) -> Step {
    let visit = ask_without_socket(&mut stage).await?;
    visit.answer_json(200, &result()).await;
    let told = stage.event("result", stage.soon()).await?;
    field::equals(&told.value, "/result/rows", json!([[42]]))
}

async fn waiting(mut stage: Stage) -> Step {
    server::begin(&mut stage).await?;
    stage.tell(json!({"do": "ask", "query": "waiting since"})).await;
    refuse_all(&mut stage).await?;
    let visit = posted(&mut stage).await?;
    field::equals(&visit.body()?, "query", "waiting since")?;
    visit.answer_json(200, &result()).await;
    stage.event("result", stage.soon()).await?;
    let more = stage.told("result").len();
    ensure_eq("further results", &more, &0)
}

/// The session may stand in the body or in a header.
async fn of_session(mut stage: Stage) -> Step {
    stage.start("/ws/query").await?;
    stage.tell(json!({"do": "connect", "user_id": USER, "session_id": SESSION})).await;
    refuse_all(&mut stage).await?;
    stage.tell(json!({"do": "ask", "query": "by hand"})).await;
    let visit = posted(&mut stage).await?;
    if let Some(session) = visit.request.field("X-Session-Id") {
        return ensure_eq("X-Session-Id", &session, &SESSION);
    }
    field::equals(&visit.body()?, "session_id", SESSION)
}

/// The server got the question, and accepted it or not: under another id it would run twice.
async fn under_its_id(mut stage: Stage) -> Step {
    let (mut link, _) = server::open_as(&mut stage, Greeting::default()).await?;
    let query = server::ask(&mut stage, &mut link, "asked before").await?;
    let id = field::any(&payload(&query), "query_id")?.clone();
    link.cut();
    refuse_returns(&mut stage).await?;
    let body = posted(&mut stage).await?.body()?;
    field::equals(&body, "query_id", id)
}

async fn error(mut stage: Stage) -> Step {
    let visit = ask_without_socket(&mut stage).await?;
    let body =
        json!({"type": "error", "code": "QUERY_REJECTED", "message": "no", "details": {"reason": "empty"}});
    visit.answer_json(422, &body).await;
    let told = stage.event("error", stage.soon()).await?;
    let code = field::text(&told.value, "code")?;
    ensure(code == "QUERY_REJECTED", ReasonCode::WrongValue, "QUERY_REJECTED", code)
}
