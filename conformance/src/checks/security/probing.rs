//! What errors and figures tell those who should not know.

use serde_json::{Value, json};

use crate::checks::{Check, Context, ReasonCode, Step, ensure, field};
use crate::peer::Request;
use crate::target::Door;

pub(super) fn checks() -> Vec<Check> {
    vec![
        check!(
            "security",
            "errors-plain",
            "no error on a socket shows a path, a source or a backtrace",
            "errors-plain",
            on_socket
        ),
        check!(
            "security",
            "errors-plain-request",
            "no error of a request shows a path, a source or a backtrace",
            "errors-plain",
            by_request
        ),
        check!("security", "metrics-anonymous", "metrics name no session", "metrics-anonymous", metrics),
        check!(
            "security",
            "greeting-anonymous",
            "a greeting tells nothing of other sessions",
            "greeting-anonymous",
            greeting
        ),
        check!(
            "security",
            "transaction-foreign",
            "another session's transaction is NOT_FOUND, like one that never was",
            "transaction-foreign",
            transaction
        ),
    ]
}

/// Traces of the inside.
const INSIDE: [&str; 9] =
    ["/home/", "/usr/", "src/", ".rs:", ".py\"", "Traceback", "panicked", "stack backtrace", "at Object."];

pub(in crate::checks) fn plain(text: &str) -> Step {
    match INSIDE.iter().find(|trace| text.contains(**trace)) {
        None => Ok(()),
        Some(_) => crate::checks::fail(ReasonCode::Leak, "nothing of the inside", text.to_owned()),
    }
}

/// Each of these is refused; none of them tells how the server is made.
async fn on_socket(cx: Context) -> Step {
    let mut peer = cx.open(Door::Query).await?;
    let messages = [
        "{".to_owned(),
        json!([1, 2]).to_string(),
        json!({"type": 7}).to_string(),
        json!({"type": "unheard-of"}).to_string(),
        json!({"type": "query", "query": {}}).to_string(),
        json!({"type": "query", "query": "q", "preferences": {"workflow": "../x"}}).to_string(),
        json!({"type": "query", "query": "q", "database_context": {"database": "../../etc"}}).to_string(),
        json!({"type": "command", "action": "explode", "transaction_id": "x"}).to_string(),
        json!({"type": "subscribe", "events": "all"}).to_string(),
    ];
    for message in messages {
        peer.send_text(&message).await;
        let answer = peer.expect("an error", cx.soon(), |value| field::name(value) == "error").await?.value;
        plain(&answer.to_string())?;
    }
    peer.expect_open(cx.soon()).await
}

async fn by_request(cx: Context) -> Step {
    let rest = |path: &str| cx.target().rest(path);
    let requests = [
        Request::post_json(&rest("/api/query"), &json!({"query": 7})),
        Request::new("POST", &rest("/api/query")).body("{\"query\": "),
        Request::post_json(&rest("/api/sessions"), &json!({"session_id": "../x"})),
        Request::get(&rest("/api/sessions/%00")),
        Request::get(&rest("/api/transactions/%ff%fe")),
        Request::get(&rest("/api/progress/none?poll=1&offset=x")),
        Request::get(&rest("/api/unheard-of")),
    ];
    for request in requests {
        let response = cx.http(request).await?;
        plain(&response.text())?;
        let failed = response.status < 500;
        ensure(failed, ReasonCode::WrongStatus, "a status of a client's mistake", response.status)?;
    }
    Ok(())
}

/// A session id is half a right: it stands in no label.
async fn metrics(cx: Context) -> Step {
    let session = cx.fresh_session();
    let (_peer, _) = cx.join(Door::Query, &session).await?;
    let _progress = cx.open(Door::Progress(session.clone())).await?;
    let response = cx.http(Request::get(&cx.target().rest("/metrics"))).await?;
    ensure(response.status == 200, ReasonCode::WrongStatus, "status 200", response.status)?;
    let told = response.text().contains(&session);
    ensure(!told, ReasonCode::Leak, "metrics without the session", "the session in a label")
}

/// Another session's id is not in it.
async fn greeting(cx: Context) -> Step {
    let session = cx.fresh_session();
    let (other, _) = cx.join(Door::Query, &session).await?;
    let client = field::text(other.established(), "client_id")?.to_owned();
    let peer = cx.open(Door::Query).await?;
    let text = peer.established().to_string();
    let told = text.contains(&session) || text.contains(&client);
    ensure(!told, ReasonCode::Leak, "nothing of another session", text)
}

/// The same code and words for both.
async fn transaction(cx: Context) -> Step {
    let (mut owner, _) = cx.join(Door::Query, &cx.fresh_session()).await?;
    owner.send(&json!({"type": "query", "query": "show revenue", "query_id": "mine"})).await;
    let accepted = owner.expect_type("query_accepted", cx.soon()).await?.value;
    let mine = field::text(&accepted, "transaction_id")?.to_owned();
    let mut peer = cx.open(Door::Query).await?;
    let mut answers: Vec<Value> = Vec::new();
    for transaction in [mine.as_str(), "never-was-one"] {
        peer.send(&json!({"type": "command", "action": "cancel", "transaction_id": transaction})).await;
        let answered = |value: &Value| matches!(field::name(value), "command_result" | "error");
        let answer = peer.expect("error NOT_FOUND", cx.soon(), answered).await?.value;
        ensure(field::name(&answer) == "error", ReasonCode::Accepted, "error NOT_FOUND", &answer)?;
        field::equals(&answer, "code", "NOT_FOUND")?;
        answers.push(answer);
    }
    let words = |answer: &Value, transaction: &str| answer["message"].to_string().replace(transaction, "ID");
    let (foreign, unknown) = (words(&answers[0], &mine), words(&answers[1], "never-was-one"));
    let same = foreign == unknown;
    ensure(same, ReasonCode::Leak, &format!("the same words for both: {unknown}"), foreign)
}
