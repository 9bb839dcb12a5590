//! What users do besides asking: commands, subscriptions, tokens, databases.

use serde_json::json;

use super::server::{self, Greeting, USER, payload, told};
use crate::checks::{Check, ReasonCode, Step, ensure, ensure_eq, fail, field};
use crate::client::Stage;
use crate::client::listener::Visit;

pub(super) fn checks() -> Vec<Check> {
    let commands = &["session", "commands"];
    let token = &["session", "token"];
    let command = |id, title, action: &'static str| {
        Check::client(id, title, &["client.commands"], move |stage| command(stage, action)).features(commands)
    };
    vec![
        command("client.command-cancel", "A user's cancel is a command about the running question", "cancel"),
        command("client.command-pause", "A user's pause is a command about the running question", "pause"),
        command("client.command-resume", "A user's resume is a command about the running question", "resume"),
        command("client.command-retry", "A user's retry is a command about the running question", "retry"),
        Check::client(
            "client.command-answer-told",
            "What became of a command reaches the user",
            &["client.commands"],
            answer_told,
        )
        .features(commands),
        Check::client(
            "client.subscribe",
            "A subscription names the events that the user wants",
            &["client.subscribe"],
            subscribe,
        )
        .features(&["session", "subscribe"]),
        Check::client(
            "client.agent-status-told",
            "The state of agents reaches the user",
            &["client.subscribe"],
            agent_status,
        )
        .features(&["session", "subscribe"]),
        Check::client(
            "client.token-carried",
            "A token goes with the upgrade",
            &["client.token"],
            token_carried,
        )
        .features(token),
        Check::client(
            "client.token-refresh",
            "A new token is sent on the open connection",
            &["client.token"],
            token_refresh,
        )
        .features(token),
        Check::client(
            "client.token-after-refresh",
            "After a refresh a client comes back with the new token",
            &["client.token"],
            token_after,
        )
        .features(&["session", "token", "reconnect"]),
        Check::client(
            "client.databases",
            "The databases are asked for and told",
            &["client.databases"],
            databases,
        )
        .features(&["session", "database"]),
        Check::client(
            "client.database-select",
            "A database is selected for the session",
            &["client.databases"],
            select,
        )
        .features(&["session", "database"]),
    ]
}

async fn command(mut stage: Stage, action: &'static str) -> Step {
    let (mut link, _) = server::open(&mut stage).await?;
    let query = server::ask(&mut stage, &mut link, "to be commanded").await?;
    server::accept(&mut link, &query, 1).await;
    told(&mut stage, "query_accepted").await?;
    stage.tell(json!({"do": "command", "action": action})).await;
    let soon = stage.soon();
    let command = payload(&stage.while_alive(link.expect_type("command", soon)).await?);
    field::equals(&command, "action", action)?;
    field::equals(&command, "transaction_id", "tx-1")
}

async fn answer_told(mut stage: Stage) -> Step {
    let (mut link, _) = server::open(&mut stage).await?;
    let query = server::ask(&mut stage, &mut link, "to be cancelled").await?;
    server::accept(&mut link, &query, 1).await;
    told(&mut stage, "query_accepted").await?;
    stage.tell(json!({"do": "command", "action": "cancel"})).await;
    let soon = stage.soon();
    stage.while_alive(link.expect_type("command", soon)).await?;
    let fields = json!({"action": "cancel", "transaction_id": "tx-1", "status": "cancelled"});
    link.say("command_result", fields).await;
    let answer = told(&mut stage, "command_result").await?;
    field::equals(&answer, "status", "cancelled")
}

async fn subscribe(mut stage: Stage) -> Step {
    let (mut link, _) = server::open(&mut stage).await?;
    stage.tell(json!({"do": "subscribe", "events": ["agent_status", "schema_changed"]})).await;
    let soon = stage.soon();
    let message = payload(&stage.while_alive(link.expect_type("subscribe", soon)).await?);
    field::equals(&message, "events", json!(["agent_status", "schema_changed"]))
}

async fn agent_status(mut stage: Stage) -> Step {
    let (mut link, _) = server::open(&mut stage).await?;
    stage.tell(json!({"do": "subscribe", "events": ["agent_status"]})).await;
    let soon = stage.soon();
    stage.while_alive(link.expect_type("subscribe", soon)).await?;
    link.say("subscribed", json!({"events": ["agent_status"], "rejected": [], "active": ["agent_status"]}))
        .await;
    link.say(
        "agent_status",
        json!({"agent": "viz", "status": "degraded", "in_flight": 3, "breaker": "open"}),
    )
    .await;
    let status = told(&mut stage, "agent_status").await?;
    field::equals(&status, "status", "degraded")
}

/// The token of an upgrade, wherever it stands.
fn token_of(visit: &Visit) -> Option<String> {
    let request = &visit.request;
    let bearer = request.field("Authorization").and_then(|value| {
        let (scheme, token) = value.split_once(' ')?;
        scheme.eq_ignore_ascii_case("bearer").then(|| token.trim().to_owned())
    });
    let query = request.target.split_once('?').map(|(_, query)| query).unwrap_or_default();
    let in_url = query.split('&').find_map(|pair| pair.strip_prefix("token=")).map(str::to_owned);
    let protocols = request.field("Sec-WebSocket-Protocol").unwrap_or_default();
    let offered =
        protocols.split(',').find_map(|name| name.trim().strip_prefix("bearer.")).map(str::to_owned);
    bearer.or(in_url).or(offered)
}

/// Accepts, with the protocol's own subprotocol where it was offered.
async fn accept(stage: &mut Stage, visit: Visit) -> Step<crate::client::link::ServerLink> {
    let mut response = visit.acceptance();
    let offers = visit.request.field("Sec-WebSocket-Protocol").unwrap_or_default();
    if offers.split(',').any(|name| name.trim() == "tidegate.v1") {
        response.set_field("Sec-WebSocket-Protocol", Some("tidegate.v1"));
    }
    let mut link = visit.answer_with(&response, &[]).await;
    let greeting = Greeting::default();
    server::establish(&mut link, greeting).await;
    let soon = stage.soon();
    let handshake = stage.while_alive(link.expect_type("connection_handshake", soon)).await?;
    server::acknowledge(&mut link, &handshake, greeting).await;
    Ok(link)
}

async fn with_token(stage: &mut Stage) -> Step<Visit> {
    stage.start("/ws/query").await?;
    stage.tell(json!({"do": "connect", "user_id": USER, "token": "aaa.bbb.ccc"})).await;
    stage.upgrade().await
}

async fn token_carried(mut stage: Stage) -> Step {
    let visit = with_token(&mut stage).await?;
    match token_of(&visit) {
        None => fail(ReasonCode::Missing, "the token in Authorization, the URL or a subprotocol", "none"),
        Some(token) => ensure_eq("token", &token.as_str(), &"aaa.bbb.ccc"),
    }?;
    // And goes on with it: a program that ends once it has asked carries nothing.
    accept(&mut stage, visit).await.map(|_| ())
}

async fn token_refresh(mut stage: Stage) -> Step {
    let visit = with_token(&mut stage).await?;
    let mut link = accept(&mut stage, visit).await?;
    stage.tell(json!({"do": "refresh", "token": "ddd.eee.fff"})).await;
    let soon = stage.soon();
    let message = stage.while_alive(link.expect_type("token_refresh", soon)).await?;
    field::equals(&payload(&message), "token", "ddd.eee.fff")
}

async fn token_after(mut stage: Stage) -> Step {
    let visit = with_token(&mut stage).await?;
    let mut link = accept(&mut stage, visit).await?;
    stage.tell(json!({"do": "refresh", "token": "ddd.eee.fff"})).await;
    let soon = stage.soon();
    stage.while_alive(link.expect_type("token_refresh", soon)).await?;
    link.say("token_refreshed", json!({"expires_at": null})).await;
    // A question shows that the answer has arrived.
    server::ask(&mut stage, &mut link, "with the new one").await?;
    link.cut();
    let wait = stage.scaled(std::time::Duration::from_secs(2)) + std::time::Duration::from_millis(2_500);
    let deadline = stage.cx.within(wait);
    let visit = stage.upgrade_by(deadline).await?;
    let token = token_of(&visit).unwrap_or_default();
    ensure(token == "ddd.eee.fff", ReasonCode::WrongValue, "the new token", "another one")
}

/// The next request that asks for no WebSocket.
async fn request(stage: &mut Stage, expected: &'static str) -> Step<Visit> {
    let visit = stage.request(expected, stage.soon()).await?;
    let asked = format!("{} {}", visit.request.method, visit.request.target);
    ensure(asked == expected, ReasonCode::WrongValue, expected, &asked)?;
    Ok(visit)
}

async fn databases(mut stage: Stage) -> Step {
    let _link = server::open(&mut stage).await?;
    stage.tell(json!({"do": "databases"})).await;
    let visit = request(&mut stage, "GET /api/database/list").await?;
    let sales = json!({"name": "sales", "description": "", "tables": ["orders"], "status": "available"});
    visit.answer_json(200, &json!({"databases": [sales], "default": "sales"})).await;
    let told = stage.event("databases", stage.soon()).await?;
    let listed = told.value.to_string().contains("\"sales\"");
    ensure(listed, ReasonCode::Missing, "the database sales", &told.value)
}

async fn select(mut stage: Stage) -> Step {
    let (_link, handshake) = server::open(&mut stage).await?;
    stage.event("open", stage.soon()).await?;
    stage.tell(json!({"do": "select_database", "database": "sales"})).await;
    let visit = request(&mut stage, "POST /api/database/select").await?;
    let body = visit.body()?;
    field::equals(&body, "database", "sales")?;
    field::equals(&body, "session_id", handshake["session_id"].clone())?;
    let context = json!({"database": "sales", "source": "session"});
    visit.answer_json(200, &json!({"database_context": context, "expires_at": null})).await;
    stage.event("selected", stage.soon()).await.map(|_| ())
}
