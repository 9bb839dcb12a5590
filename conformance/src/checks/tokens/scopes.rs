//! What a token permits: queries, commands, databases, administration.

use std::time::Duration;

use serde_json::{Value, json};

use crate::checks::{ANYBODY, Check, Context, Peer, ReasonCode, Step, ensure, fail, field};
use crate::peer::{Request, Response};
use crate::target::{Door, Token};

use super::refusal::{bearing, key, refused_by_status};

pub(super) fn checks() -> Vec<Check> {
    let checks = [
        check!("tokens", "no-scope", "a token without scopes may ask", "no-scope", no_scope),
        check!(
            "tokens",
            "scope-query",
            "without the scope query a query is FORBIDDEN",
            "scope-query",
            without_query
        ),
        check!(
            "tokens",
            "scope-list",
            "scopes as a list permit what scopes in words do",
            "scope-query",
            as_list
        ),
        check!("tokens", "scope-unknown", "unknown scopes permit nothing", "scope-query", unknown_scope),
        check!(
            "tokens",
            "scope-command",
            "without the scope command a command is FORBIDDEN",
            "scope-command",
            without_command
        ),
        check!(
            "tokens",
            "scope-retry",
            "a retry needs the scope query too",
            "scope-command",
            retry_without_query
        ),
        check!(
            "tokens",
            "scope-database",
            "a database outside the scopes is DATABASE_CONTEXT_FORBIDDEN",
            "scope-database",
            other_database
        ),
        check!(
            "tokens",
            "scope-database-list",
            "a refused database names only those that are open",
            "scope-database-told",
            databases_told
        ),
        check!(
            "tokens",
            "scope-database-open",
            "a database inside the scopes can be asked",
            "scope-database",
            open_database
        ),
        check!(
            "tokens",
            "request-scope-query",
            "without the scope query POST /api/query is 403",
            "request-scope",
            request_query
        ),
        check!(
            "tokens",
            "request-admin",
            "without the scope admin dead letters are 403",
            "request-scope",
            request_admin
        ),
        check!(
            "tokens",
            "request-admin-open",
            "with the scope admin dead letters can be read",
            "request-scope",
            request_admin_open
        ),
    ];
    checks.map(|check| check.variant("tokens")).into()
}

fn token(cx: &Context, name: &str, scopes: impl Into<Value>) -> Step<String> {
    Ok(Token::of(&cx.target().auth, ANYBODY).claim(name, scopes).signed(key(cx)?))
}

/// A connection whose token has these scopes.
async fn scoped(cx: &Context, scopes: &str) -> Step<Peer> {
    cx.open_by(&bearing(cx, &Door::Query, &token(cx, "scope", scopes)?)).await
}

/// The answer to a query: acceptance or an error.
async fn ask(cx: &Context, peer: &mut Peer, more: Value) -> Step<Value> {
    let mut query = json!({"type": "query", "query": "show revenue", "query_id": "q"});
    if let (Some(query), Value::Object(more)) = (query.as_object_mut(), more) {
        query.extend(more);
    }
    peer.send(&query).await;
    let answers = |value: &Value| matches!(field::name(value), "query_accepted" | "error");
    Ok(peer.expect("query_accepted or an error", cx.soon(), answers).await?.value)
}

fn accepted(answer: &Value) -> Step {
    match field::name(answer) {
        "query_accepted" => Ok(()),
        _ => fail(ReasonCode::Refused, "query_accepted", answer.to_string()),
    }
}

fn refused(answer: &Value, code: &str) -> Step {
    if field::name(answer) != "error" {
        return fail(ReasonCode::Accepted, format!("error {code}"), answer.to_string());
    }
    field::equals(answer, "code", code)
}

/// Neither claim: queries on every database.
async fn no_scope(cx: Context) -> Step {
    let token = Token::of(&cx.target().auth, ANYBODY).signed(key(&cx)?);
    let mut peer = cx.open_by(&bearing(&cx, &Door::Query, &token)).await?;
    let answer = ask(&cx, &mut peer, json!({})).await?;
    accepted(&answer)
}

/// `FORBIDDEN`, nothing more, and the connection stays.
async fn without_query(cx: Context) -> Step {
    let mut peer = scoped(&cx, "command db:*").await?;
    let answer = ask(&cx, &mut peer, json!({})).await?;
    refused(&answer, "FORBIDDEN")?;
    field::equals(&answer, "query_id", "q")?;
    peer.expect_open(cx.soon()).await
}

/// `scopes: […]` means the same.
async fn as_list(cx: Context) -> Step {
    let token = token(&cx, "scopes", json!(["query", "db:*"]))?;
    let mut peer = cx.open_by(&bearing(&cx, &Door::Query, &token)).await?;
    let answer = ask(&cx, &mut peer, json!({})).await?;
    accepted(&answer)
}

/// Neither a longer word nor another case is the scope.
async fn unknown_scope(cx: Context) -> Step {
    let mut peer = scoped(&cx, "Query QUERY queries query:all xquery db:*").await?;
    let answer = ask(&cx, &mut peer, json!({})).await?;
    refused(&answer, "FORBIDDEN")
}

/// The answer to a command on `transaction`.
async fn command(cx: &Context, peer: &mut Peer, action: &str, transaction: &str) -> Step<Value> {
    let message = json!({"type": "command", "action": action, "transaction_id": transaction, "id": "c"});
    peer.send(&message).await;
    let answers = |value: &Value| {
        field::name(value) == "command_result" || (field::name(value) == "error" && value["id"] == "c")
    };
    Ok(peer.expect("command_result or an error", cx.soon(), answers).await?.value)
}

/// The asker itself may not cancel: `FORBIDDEN`, and the query goes on.
async fn without_command(cx: Context) -> Step {
    let mut peer = scoped(&cx, "query db:*").await?;
    let answer = ask(&cx, &mut peer, json!({})).await?;
    accepted(&answer)?;
    let transaction = field::text(&answer, "transaction_id")?.to_owned();
    let answer = command(&cx, &mut peer, "cancel", &transaction).await?;
    if field::name(&answer) != "error" {
        return fail(ReasonCode::Accepted, "error FORBIDDEN", answer.to_string());
    }
    field::equals(&answer, "code", "FORBIDDEN")?;
    peer.expect_open(cx.soon()).await
}

/// A retry is a query: who may only command can't have it run again.
async fn retry_without_query(cx: Context) -> Step {
    let session = cx.fresh_session();
    let (mut asker, _) = cx.join(Door::Query, &session).await?;
    let answer = ask(&cx, &mut asker, json!({})).await?;
    accepted(&answer)?;
    let transaction = field::text(&answer, "transaction_id")?.to_owned();
    asker.expect_type("query_result", cx.within(Duration::from_secs(6))).await?;
    let mut peer = scoped(&cx, "command db:*").await?;
    peer.send(&json!({"type": "connection_handshake", "session_id": session, "agent_id": "commander"})).await;
    peer.expect_type("connection_acknowledged", cx.soon()).await?;
    let answer = command(&cx, &mut peer, "retry", &transaction).await?;
    if field::name(&answer) != "error" {
        return fail(ReasonCode::Accepted, "error FORBIDDEN", answer.to_string());
    }
    field::equals(&answer, "code", "FORBIDDEN")
}

/// Names of two databases of the target: the default and another.
async fn databases(cx: &Context) -> Step<(String, String)> {
    let response = cx.http(Request::get(&cx.target().rest("/api/database/list"))).await?;
    let body = response.json().unwrap_or_default();
    let default = field::text(&body, "default")?.to_owned();
    let names = field::array(&body, "databases")?.iter().filter_map(|database| database["name"].as_str());
    let other = names.map(str::to_owned).find(|name| *name != default);
    let none = || cx.declined("databases", "the target has one database only");
    Ok((default, other.ok_or_else(none)?))
}

/// The default database is not among the scopes.
async fn other_database(cx: Context) -> Step {
    let (default, other) = databases(&cx).await?;
    let mut peer = scoped(&cx, &format!("query command db:{other}")).await?;
    let answer = ask(&cx, &mut peer, json!({"database_context": {"database": default}})).await?;
    refused(&answer, "DATABASE_CONTEXT_FORBIDDEN")?;
    peer.expect_open(cx.soon()).await
}

/// `details.available_databases` holds what the token opens, no other name.
async fn databases_told(cx: Context) -> Step {
    let (default, other) = databases(&cx).await?;
    let mut peer = scoped(&cx, &format!("query db:{other}")).await?;
    let answer = ask(&cx, &mut peer, json!({"database_context": {"database": default}})).await?;
    refused(&answer, "DATABASE_CONTEXT_FORBIDDEN")?;
    let told = field::array(&answer, "/details/available_databases")?;
    ensure(
        !told.contains(&Value::from(default)),
        ReasonCode::Leak,
        "only open databases",
        format!("{told:?}"),
    )?;
    field::contains(&answer, "/details/available_databases", other)
}

/// The one that is named can be asked.
async fn open_database(cx: Context) -> Step {
    let (default, _) = databases(&cx).await?;
    let mut peer = scoped(&cx, &format!("query db:{default}")).await?;
    let answer = ask(&cx, &mut peer, json!({"database_context": {"database": default}})).await?;
    accepted(&answer)
}

async fn request_with(cx: &Context, scopes: &str, request: Request) -> Step<Response> {
    let token = token(cx, "scope", scopes)?;
    cx.http(request.header("Authorization", &format!("Bearer {token}"))).await
}

/// 403 `FORBIDDEN`.
async fn request_query(cx: Context) -> Step {
    let request = Request::post_json(&cx.target().rest("/api/query"), &json!({"query": "show revenue"}));
    let response = request_with(&cx, "command db:*", request).await?;
    refused_by_status(&response, 403, "FORBIDDEN").map(|_| ())
}

fn dead_letters(cx: &Context) -> Request {
    Request::get(&cx.target().rest("/api/admin/dead-letters"))
}

/// 403 `FORBIDDEN`: dead letters are other people's messages.
async fn request_admin(cx: Context) -> Step {
    let response = request_with(&cx, "query command db:*", dead_letters(&cx)).await?;
    refused_by_status(&response, 403, "FORBIDDEN").map(|_| ())
}

/// Who has the scope reads them.
async fn request_admin_open(cx: Context) -> Step {
    let response = request_with(&cx, "admin", dead_letters(&cx)).await?;
    let actual = format!("{} {}", response.status, response.text());
    ensure(response.status == 200, ReasonCode::Refused, "status 200", actual)
}
