//! Database contexts: selected by request, kept per session and user, used by the questions that name none.

use http::{Method, StatusCode};
use reference_server::config::{Config, ContextPolicy};
use reference_server::serve::Role;
use serde_json::{Value, json};

use crate::rig::{Peer, Rig};

/// A server with databases that answer.
async fn whole(change: impl FnOnce(&mut Config)) -> Rig {
    let free = std::net::SocketAddr::from(([127, 0, 0, 1], 0));
    Rig::of(Role::All, |config| {
        (config.listen.agents, config.listen.mcp) = (free, free);
        config.database.directory = std::path::PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("data");
        change(config);
    })
    .await
}

async fn select(rig: &Rig, session: &str, database: &str) -> (StatusCode, Value) {
    let body = json!({ "session_id": session, "database": database });
    rig.request(Method::POST, "/api/database/select", &body.to_string()).await
}

/// The context that a question without one is answered with.
async fn used(peer: &mut Peer) -> Value {
    peer.send(json!({ "type": "query", "query": "how many rows are there?" })).await;
    let accepted = peer.next().await;
    if accepted["type"] == "error" {
        return accepted["code"].clone();
    }
    assert_eq!(accepted["type"], "query_accepted", "{accepted}");
    let terminal = loop {
        let message = peer.next().await;
        if matches!(message["type"].as_str(), Some("query_result" | "error")) {
            break message;
        }
    };
    assert_eq!(terminal["type"], "query_result", "{terminal}");
    terminal["database_context"].clone()
}

#[tokio::test]
async fn what_there_is_can_be_listed_and_validated() {
    let rig = whole(|_| {}).await;
    let (status, list) = rig.request(Method::GET, "/api/database/list", "").await;
    assert_eq!((status, &list["default"]), (StatusCode::OK, &json!("financial_db")));
    let databases = list["databases"].as_array().unwrap();
    let tpch = databases.iter().find(|database| database["name"] == "tpch").unwrap();
    assert_eq!(tpch["status"], "available");
    assert!(tpch["description"].is_string() && tpch["tables"].as_array().unwrap().contains(&json!("orders")));
    for (body, valid, code) in [
        (json!({ "database": "tpch", "tables": ["orders"] }), true, Value::Null),
        (json!({ "database": "nowhere" }), false, json!("DATABASE_CONTEXT_INVALID")),
        (json!({ "database": "tpch", "tables": ["nowhere"] }), false, json!("DATABASE_CONTEXT_INVALID")),
    ] {
        let (status, verdict) = rig.request(Method::POST, "/api/database/validate", &body.to_string()).await;
        assert_eq!((status, &verdict["valid"]), (StatusCode::OK, &json!(valid)), "{verdict}");
        assert_eq!(verdict["errors"][0]["code"], code);
        if !valid {
            assert!(verdict["errors"][0]["details"]["available_databases"].is_array(), "{verdict}");
            assert_eq!(verdict["errors"][0]["type"], "error");
        }
    }
    let (status, refused) = rig.request(Method::POST, "/api/database/validate", "{}").await;
    assert_eq!((status, &refused["code"]), (StatusCode::BAD_REQUEST, &json!("INVALID_MESSAGE")));
}

#[tokio::test]
async fn a_database_that_does_not_answer_is_unavailable() {
    let rig = Rig::new().await;
    let (_, list) = rig.request(Method::GET, "/api/database/list", "").await;
    assert_eq!(list["databases"][0]["status"], "unavailable");
    let body = json!({ "database": "tpch" }).to_string();
    let (_, verdict) = rig.request(Method::POST, "/api/database/validate", &body).await;
    assert_eq!(verdict["errors"][0]["code"], "DATABASE_CONTEXT_UNAVAILABLE", "{verdict}");
    let (_, session) = rig.request(Method::POST, "/api/sessions", "").await;
    let (status, refused) = select(&rig, session["session_id"].as_str().unwrap(), "tpch").await;
    assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(refused["code"], "DATABASE_CONTEXT_UNAVAILABLE");
    assert!(refused["details"]["hint"].is_string(), "{refused}");
}

#[tokio::test]
async fn a_selection_is_told_to_the_session_and_used_by_its_questions() {
    let rig = whole(|_| {}).await;
    let (mut peer, acknowledged) =
        rig.joined(json!({ "user_id": "ann", "session_id": "session_ann1" })).await;
    assert_eq!(acknowledged.get("recovered_database_context"), None);
    let (mut other, _) = rig.joined(json!({ "user_id": "bob", "session_id": "session_bob1" })).await;
    let body = json!({ "session_id": "session_ann1", "database": "tpch", "tables": ["orders", "customer"] });
    let (status, selected) = rig.request(Method::POST, "/api/database/select", &body.to_string()).await;
    assert_eq!(status, StatusCode::OK, "{selected}");
    let context = json!({ "database": "tpch", "tables": ["orders", "customer"], "source": "session" });
    assert_eq!(selected["database_context"], context);
    assert!(selected["expires_at"].as_str().is_some_and(|at| at.ends_with('Z')));
    let event = peer.next().await;
    assert_eq!(event["type"], "database_context_changed");
    assert_eq!((&event["database_context"], &event["offset"]), (&context, &json!(1)));
    assert_eq!(event["expires_at"], selected["expires_at"]);
    peer.send(json!({ "type": "query", "query": "number of orders per year" })).await;
    let result = peer.until("query_result").await;
    assert_eq!(result["database_context"], context);
    // Neither Bob's session nor what he falls back to has changed, and he heard nothing.
    other.send(json!({ "type": "query", "query": "total revenue" })).await;
    let heard = other.up_to("query_result").await;
    assert_eq!(heard[0]["type"], "query_accepted", "{heard:?}");
    let last = heard.last().unwrap();
    assert_eq!(last["database_context"], json!({ "database": "financial_db", "source": "default" }));
}

#[tokio::test]
async fn refused_selections_change_nothing() {
    let rig = whole(|_| {}).await;
    let (mut peer, _) = rig.joined(json!({ "session_id": "session_none" })).await;
    for (session, database, status, code) in [
        ("session_none", "nowhere", StatusCode::UNPROCESSABLE_ENTITY, "DATABASE_CONTEXT_INVALID"),
        ("session_unknown", "tpch", StatusCode::NOT_FOUND, "INVALID_SESSION"),
    ] {
        let (got, refused) = select(&rig, session, database).await;
        assert_eq!((got, &refused["code"]), (status, &json!(code)));
    }
    let (status, _) = rig.request(Method::POST, "/api/database/select", r#"{"database":"tpch"}"#).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    peer.send(json!({ "type": "heartbeat" })).await;
    assert_eq!(peer.until("heartbeat_response").await["top"], 0);
}

#[tokio::test]
async fn a_new_session_recovers_what_its_user_selected_last_and_nobody_elses() {
    let rig = whole(|_| {}).await;
    let (_first, _) = rig.joined(json!({ "user_id": "ann", "session_id": "session_ann1" })).await;
    select(&rig, "session_ann1", "tpch").await;
    let (mut second, acknowledged) =
        rig.joined(json!({ "user_id": "ann", "session_id": "session_ann2" })).await;
    let recovered = json!({ "database": "tpch", "source": "user" });
    assert_eq!(acknowledged["recovered_database_context"], recovered);
    second.send(json!({ "type": "query", "query": "number of orders" })).await;
    assert_eq!(second.until("query_result").await["database_context"], recovered);
    let (_bob, acknowledged) = rig.joined(json!({ "user_id": "bob" })).await;
    assert_eq!(acknowledged.get("recovered_database_context"), None);
    // Nobody in particular is not one user.
    let (_nobody, _) = rig.joined(json!({ "session_id": "session_anon1" })).await;
    select(&rig, "session_anon1", "tpch").await;
    let (_another, acknowledged) = rig.joined(json!({ "session_id": "session_anon2" })).await;
    assert_eq!(acknowledged.get("recovered_database_context"), None);
    // Who comes back to a session finds its own selection.
    let (_again, acknowledged) = rig.joined(json!({ "session_id": "session_anon1" })).await;
    assert_eq!(acknowledged["recovered_database_context"]["source"], "session");
}

#[tokio::test]
async fn required_refuses_before_acceptance_and_names_what_expired() {
    let rig = whole(|config| {
        config.context.policy = ContextPolicy::Required;
        config.context.session_ttl = std::time::Duration::ZERO;
    })
    .await;
    let (mut peer, _) = rig.joined(json!({ "session_id": "session_strict" })).await;
    assert_eq!(used(&mut peer).await, "DATABASE_CONTEXT_MISSING");
    select(&rig, "session_strict", "tpch").await;
    peer.until("database_context_changed").await;
    assert_eq!(used(&mut peer).await, "DATABASE_CONTEXT_EXPIRED");
    let (mut named, _) = rig.joined(json!({ "session_id": "session_user", "user_id": "ann" })).await;
    select(&rig, "session_user", "tpch").await;
    named.until("database_context_changed").await;
    named.send(json!({ "type": "query", "query": "number of orders" })).await;
    assert_eq!(named.until("query_result").await["database_context"]["source"], "user");
    let (status, refused) = rig.request(Method::POST, "/api/query", r#"{"query":"number of orders"}"#).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(refused["code"], "DATABASE_CONTEXT_MISSING");
}

#[tokio::test]
async fn off_asks_the_default_whatever_is_named() {
    let rig = whole(|config| config.context.policy = ContextPolicy::Off).await;
    let (mut peer, _) = rig.joined(json!({ "session_id": "session_off1" })).await;
    let (status, refused) = select(&rig, "session_off1", "tpch").await;
    assert_eq!((status, &refused["code"]), (StatusCode::FORBIDDEN, &json!("DATABASE_CONTEXT_FORBIDDEN")));
    let context = json!({ "database": "nowhere" });
    peer.send(json!({ "type": "query", "query": "total revenue", "database_context": context })).await;
    let expected = json!({ "database": "financial_db", "source": "default" });
    assert_eq!(peer.until("query_result").await["database_context"], expected);
}
