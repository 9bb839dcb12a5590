//! A chat: questions that lean on those before them, answered in words.

use reference_server::serve::Role;
use serde_json::{Value, json};

use crate::rig::{Peer, Rig};
use crate::tiers::all;

async fn say(peer: &mut Peer, message: &str) -> Value {
    peer.send(json!({ "type": "chat_message", "message": message })).await;
    let messages = peer.up_to("chat_reply").await;
    assert_eq!(messages[0]["type"], "query_accepted");
    assert!(messages.iter().any(|message| message["type"] == "progress_update"));
    messages.into_iter().next_back().unwrap()
}

fn columns(reply: &Value) -> Vec<&str> {
    reply["columns"].as_array().unwrap().iter().map(|column| column["name"].as_str().unwrap()).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_question_is_read_with_those_before_it_in_the_same_session() {
    let rig = Rig::of(Role::All, all).await;
    let (mut peer, acknowledged) = rig.joined(json!({})).await;
    let first = say(&mut peer, "show revenue by country").await;
    assert_eq!((&first["status"], first.get("offset").is_some()), (&json!("completed"), true));
    let words = first["message"].as_str().unwrap();
    assert!(words.contains("Revenue by country") && words.contains("more."), "{words}");
    assert_eq!(columns(&first), ["country", "revenue_cents"]);
    let monthly = say(&mut peer, "and by month?").await;
    assert_eq!(columns(&monthly), ["month", "revenue_cents"]);
    let narrowed = say(&mut peer, "only 2023").await;
    assert_eq!(narrowed["row_count"], 12);

    // Another connection of the session takes part in the chat; another session does not.
    let session = acknowledged["session_id"].as_str().unwrap();
    let (mut same, _) = rig.joined(json!({ "session_id": session })).await;
    assert_eq!(say(&mut same, "the top 5").await["row_count"], 5);
    let (mut other, _) = rig.joined(json!({})).await;
    other.send(json!({ "type": "chat_message", "message": "and by month?", "id": 3 })).await;
    let refused = other.until("error").await;
    assert_eq!((&refused["code"], &refused["id"]), (&json!("QUERY_REJECTED"), &json!(3)));
    // A plain query is no turn: it has no context.
    peer.send(json!({ "type": "query", "query": "and by month?" })).await;
    assert_eq!(peer.until("error").await["details"]["reason"], "not_understood");
}

#[tokio::test]
async fn a_reply_goes_by_chat_or_by_results_and_always_to_who_asked() {
    let rig = Rig::new().await;
    let (mut asker, acknowledged) = rig.joined(json!({})).await;
    let session = acknowledged["session_id"].as_str().unwrap().to_owned();
    let (mut by_chat, _) = rig.joined(json!({ "session_id": session })).await;
    let (mut by_result, _) = rig.joined(json!({ "session_id": session })).await;
    for (peer, left) in [(&mut by_chat, "query_result"), (&mut by_result, "chat"), (&mut asker, "chat")] {
        peer.send(json!({ "type": "unsubscribe", "events": [left, "progress_update"] })).await;
        peer.until("unsubscribed").await;
    }
    asker.send(json!({ "type": "unsubscribe", "events": ["query_result"] })).await;
    asker.until("unsubscribed").await;
    asker.send(json!({ "type": "chat_message", "message": "x", "query_id": "q", "id": 1 })).await;
    let reply = asker.until("chat_reply").await;
    assert_eq!(
        (&reply["id"], &reply["query_id"], &reply["rows"]),
        (&json!(1), &json!("q"), &json!([[0], [1]]))
    );
    for key in
        ["message", "transaction_id", "sql", "columns", "visualization", "timings_ms", "database_context"]
    {
        assert!(reply.get(key).is_some(), "{key}");
    }
    assert_eq!(by_chat.until("chat_reply").await, reply);
    assert_eq!(by_result.until("chat_reply").await, reply);
    // The same again is one execution; the same text as a query is another thing.
    asker.send(json!({ "type": "chat_message", "message": "x", "query_id": "q" })).await;
    assert_eq!(asker.until("query_accepted").await["duplicate"], true);
    assert_eq!(asker.next().await["offset"], reply["offset"]);
    asker.send(json!({ "type": "query", "query": "x", "query_id": "q" })).await;
    assert_eq!(asker.next().await["code"], "INVALID_MESSAGE");
}

#[tokio::test]
async fn a_chat_is_refused_like_a_query_and_unknown_to_the_typed_dialect() {
    let rig = Rig::new().await;
    let (mut peer, _) = rig.open("/ws/query").await;
    for (message, code, reason) in [
        (json!({}), "INVALID_MESSAGE", Value::Null),
        (json!({ "message": 5 }), "INVALID_MESSAGE", Value::Null),
        (json!({ "message": " " }), "QUERY_REJECTED", json!("empty")),
        (json!({ "message": "x".repeat(4_001) }), "QUERY_REJECTED", json!("too_long")),
    ] {
        let mut sent = message.clone();
        sent["type"] = json!("chat_message");
        peer.send(sent).await;
        let error = peer.next().await;
        assert_eq!((&error["code"], &error["details"]["reason"]), (&json!(code), &reason), "{message}");
    }
    let (mut typed, _) = rig.open("/ws/demo").await;
    let at = "2025-01-01T00:00:00Z";
    typed.send(json!({ "type": "chat_message", "timestamp": at, "params": { "message": "x" } })).await;
    assert_eq!(typed.next().await["code"], "UNKNOWN_TYPE");
}
