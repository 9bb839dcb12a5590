//! Questions end to end: order, offsets, exactly one end, commands, both dialects, REST.

use crate::rig::Rig;
use http::{Method, StatusCode};
use serde_json::{Value, json};

const NOW: &str = "2025-01-01T00:00:00Z";

fn offsets(messages: &[Value]) -> Vec<u64> {
    messages.iter().filter_map(|message| message["offset"].as_u64()).collect()
}

#[tokio::test]
async fn a_question_is_accepted_followed_and_answered_once() {
    let rig = Rig::new().await;
    let (mut peer, established) = rig.open("/ws/query").await;
    peer.send(json!({ "type": "query", "query": "show revenue", "id": 7, "query_id": "q" })).await;
    let messages = peer.up_to("query_result").await;
    assert_eq!(messages[0]["type"], "query_accepted");
    assert_eq!(offsets(&messages), (1..=messages.len() as u64).collect::<Vec<_>>());
    for message in &messages {
        assert_eq!((&message["id"], &message["query_id"]), (&json!(7), &json!("q")));
        assert_eq!(message["session_id"], established["session_id"]);
        assert_eq!(message["epoch"], established["epoch"]);
        assert_eq!(message["transaction_id"], messages[0]["transaction_id"]);
    }
    let progress: Vec<_> = messages.iter().filter(|message| message["type"] == "progress_update").collect();
    for (agent, task) in
        [("nlp", "Processing NLP..."), ("data", "Executing SQL..."), ("viz", "Generating Viz...")]
    {
        assert!(progress.iter().any(|update| update["current_tasks"][agent][0] == task), "{agent}");
    }
    assert!(progress.iter().map(|update| update["percent"].as_u64().unwrap()).is_sorted());
    let last = progress.last().unwrap();
    assert_eq!(last["percent"], 100);
    assert!(last["execution_order"].as_array().unwrap().iter().all(|stage| stage["status"] == "completed"));
    let result = messages.last().unwrap();
    assert_eq!(result["rows"], json!([[0], [1]]));
    assert_eq!(
        (&result["row_count"], &result["truncated"], &result["status"]),
        (&json!(2), &json!(false), &json!("completed"))
    );
    assert_eq!(result["database_context"], json!({ "database": "financial_db", "source": "default" }));
    assert_eq!(result["timings_ms"].as_object().unwrap().keys().collect::<Vec<_>>(), ["nlp", "data", "viz"]);
    peer.send(json!({ "type": "ping" })).await;
    assert_eq!(peer.next().await["type"], "pong", "nothing comes after the end");
}

#[tokio::test]
async fn the_typed_dialect_says_the_same() {
    let rig = Rig::new().await;
    let (mut typed, established) = rig.open("/ws/demo").await;
    assert_eq!(established["dialect"], "typed");
    typed.send(json!({ "type": "query", "timestamp": NOW, "id": "a", "params": { "query": "x" } })).await;
    let mut kinds = Vec::new();
    let result = loop {
        let message = typed.next().await;
        assert_eq!(message["id"], "a");
        kinds.push(message["event_name"].as_str().unwrap_or_default().to_owned());
        if message["type"] == "response" {
            break message;
        }
        assert_eq!(message["type"], "event");
        assert_eq!(message["payload"]["timestamp"], message["timestamp"]);
    };
    assert_eq!(kinds[0], "query_accepted");
    let (mut named, _) = rig.open("/ws/query").await;
    named.send(json!({ "type": "query", "query": "x", "id": "a" })).await;
    let mut expected = named.until("query_result").await;
    expected.as_object_mut().unwrap().shift_remove("type");
    let keys = |value: &Value| value.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    assert_eq!(keys(&result["result"]), keys(&expected));
    assert_eq!(result["result"]["rows"], expected["rows"]);
    typed.send(json!({ "type": "ping" })).await;
    assert_eq!(typed.next().await["code"], "INVALID_MESSAGE", "the timestamp is required");
}

#[tokio::test]
async fn rows_are_streamed_when_asked_for() {
    let rig = Rig::new().await;
    let (mut peer, _) = rig.open("/ws/query").await;
    for (count, sizes) in [(1_200, vec![500, 500, 200]), (0, vec![0])] {
        let text = format!("rows {count}");
        peer.send(json!({ "type": "query", "query": text, "preferences": { "stream": true } })).await;
        let messages = peer.up_to("query_result").await;
        let partials: Vec<_> =
            messages.iter().filter(|message| message["type"] == "partial_result").collect();
        let lengths: Vec<_> =
            partials.iter().map(|partial| partial["rows"].as_array().unwrap().len()).collect();
        assert_eq!(lengths, sizes);
        let with_columns: Vec<_> = partials.iter().map(|partial| partial.get("columns").is_some()).collect();
        assert!(with_columns[0] && !with_columns[1..].contains(&true));
        let result = messages.last().unwrap();
        assert_eq!((&result["rows"], &result["row_count"]), (&json!([]), &json!(count)));
    }
}

#[tokio::test]
async fn a_cancel_reaches_the_agent_and_ends_the_query_once() {
    let rig = Rig::new().await;
    let (mut peer, _) = rig.open("/ws/query").await;
    peer.send(json!({ "type": "query", "query": "hold" })).await;
    let transaction = peer.until("query_accepted").await["transaction_id"].clone();
    rig.gate.entered().await;
    let cancel = json!({ "type": "command", "action": "cancel", "transaction_id": transaction, "id": 1 });
    peer.send(cancel.clone()).await;
    let result = peer.until("command_result").await;
    assert_eq!((&result["status"], &result["id"]), (&json!("cancelled"), &json!(1)));
    let end = peer.next().await;
    assert_eq!(
        (&end["type"], &end["status"], end.get("id")),
        (&json!("query_cancelled"), &json!("cancelled"), None)
    );
    rig.gate.left().await;
    peer.send(cancel).await;
    assert_eq!(peer.next().await["status"], "cancelled", "a finished one stays as it is");
}

#[tokio::test]
async fn queries_are_paused_resumed_and_retried() {
    let rig = Rig::new().await;
    let (mut peer, _) = rig.open("/ws/query").await;
    peer.send(json!({ "type": "query", "query": "hold", "query_id": "first" })).await;
    let transaction = peer.until("query_accepted").await["transaction_id"].clone();
    rig.gate.entered().await;
    let command =
        |action: &str| json!({ "type": "command", "action": action, "transaction_id": transaction });
    peer.send(command("retry")).await;
    assert_eq!(peer.until("error").await["details"]["reason"], "not_finished");
    peer.send(command("pause")).await;
    assert_eq!(peer.until("command_result").await["status"], "paused");
    rig.gate.open();
    rig.gate.left().await;
    peer.send(command("resume")).await;
    let before = peer.up_to("command_result").await;
    assert!(before.iter().all(|message| message["current_agent"] != "viz"), "it holds before the next stage");
    assert_eq!(before.last().unwrap()["status"], "running");
    peer.until("query_result").await;
    let mut retry = command("retry");
    retry["query_id"] = json!("second");
    peer.send(retry).await;
    let retried = peer.next().await;
    assert_eq!(retried["status"], "retrying");
    let accepted = peer.next().await;
    assert_eq!((&accepted["type"], &accepted["query_id"]), (&json!("query_accepted"), &json!("second")));
    assert_eq!(accepted["transaction_id"], retried["new_transaction_id"]);
    rig.gate.open();
    peer.until("query_result").await;
}

#[tokio::test]
async fn the_same_query_id_is_one_execution() {
    let rig = Rig::new().await;
    let (mut peer, _) = rig.open("/ws/query").await;
    let query = json!({ "type": "query", "query": "x", "query_id": 5 });
    peer.send(query.clone()).await;
    let first = peer.up_to("query_result").await;
    let mut again = query.clone();
    again["id"] = json!("again");
    peer.send(again).await;
    let accepted = peer.next().await;
    assert_eq!((&accepted["duplicate"], &accepted["id"]), (&json!(true), &json!("again")));
    assert_eq!(accepted.get("offset"), None);
    assert_eq!(&peer.next().await, first.last().unwrap(), "the old end with its old offset");
    peer.send(json!({ "type": "query", "query": "y", "query_id": 5 })).await;
    assert_eq!(peer.next().await["code"], "INVALID_MESSAGE");
}

#[tokio::test]
async fn failures_have_their_codes() {
    let rig = Rig::new().await;
    let (mut peer, _) = rig.open("/ws/query").await;
    for (query, code, terminal) in [
        (json!({ "query": "reject" }), "QUERY_REJECTED", true),
        (json!({ "query": "panic" }), "INTERNAL", true),
        (json!({ "query": " " }), "QUERY_REJECTED", false),
        (json!({ "query": 5 }), "INVALID_MESSAGE", false),
        (json!({}), "INVALID_MESSAGE", false),
        (json!({ "query": "x", "session_id": "session_of_another" }), "INVALID_SESSION", false),
        (
            json!({ "query": "x", "database_context": { "database": "nowhere" } }),
            "DATABASE_CONTEXT_INVALID",
            false,
        ),
        (json!({ "query": "x", "preferences": { "stream": 1 } }), "INVALID_MESSAGE", false),
    ] {
        let mut message = query;
        message["type"] = json!("query");
        peer.send(message.clone()).await;
        let messages = peer.up_to("error").await;
        let error = messages.last().unwrap();
        assert_eq!(error["code"], code, "{message}");
        assert_eq!(error.get("offset").is_some(), terminal, "{message}");
        assert_eq!(messages[0]["type"] == "query_accepted", terminal, "{message}");
    }
    peer.send(json!({ "type": "command", "action": "cancel", "transaction_id": "tx_nobody" })).await;
    assert_eq!(peer.next().await["code"], "NOT_FOUND");
}

#[tokio::test]
async fn an_agent_that_is_not_there_opens_the_circuit() {
    let free = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let nobody = format!("http://{}", free.local_addr().unwrap());
    drop(free);
    let rig = Rig::with(|config| {
        config.upstream.agents = Some(nobody);
        config.breaker.failures = 2;
    })
    .await;
    let (mut peer, _) = rig.open("/ws/query").await;
    let mut codes = Vec::new();
    for _ in 0..3 {
        peer.send(json!({ "type": "query", "query": "x" })).await;
        codes.push(peer.until("error").await["code"].clone());
    }
    assert_eq!(codes, ["AGENT_UNAVAILABLE", "AGENT_UNAVAILABLE", "CIRCUIT_OPEN"]);
    peer.send(json!({ "type": "heartbeat" })).await;
    assert_eq!(peer.next().await["server_status"], "degraded");
}

#[tokio::test]
async fn one_slot_makes_the_second_wait_and_a_deadline_ends_the_first() {
    let rig = Rig::with(|config| {
        config.limits.max_running_queries = 1;
        config.limits.max_queued_queries = 1;
    })
    .await;
    let (mut peer, _) = rig.open("/ws/query").await;
    peer.send(json!({ "type": "query", "query": "hold", "id": 1 })).await;
    rig.gate.entered().await;
    peer.send(json!({ "type": "query", "query": "x", "id": 2 })).await;
    peer.send(json!({ "type": "query", "query": "x", "id": 3 })).await;
    let messages = peer.up_to("error").await;
    assert_eq!(messages.last().unwrap()["details"]["reason"], "queue_full");
    let queued = messages.iter().find(|message| message["id"] == 2).unwrap();
    assert_eq!(queued["queue_position"], 1);
    rig.gate.open();
    let ends =
        [peer.until("query_result").await["id"].clone(), peer.until("query_result").await["id"].clone()];
    assert_eq!(ends, [1, 2]);
}

#[tokio::test]
async fn a_call_that_takes_too_long_is_a_timeout() {
    let rig = Rig::with(|config| config.timers.request_timeout = std::time::Duration::from_secs(1)).await;
    let (mut peer, _) = rig.open("/ws/query").await;
    peer.send(json!({ "type": "query", "query": "hold" })).await;
    assert_eq!(peer.until("error").await["code"], "QUERY_TIMEOUT");
    rig.gate.left().await;
}

#[tokio::test]
async fn a_query_asked_before_the_handshake_still_reaches_its_asker() {
    let rig = Rig::new().await;
    let (mut peer, established) = rig.open("/ws/query").await;
    peer.send(json!({ "type": "query", "query": "hold" })).await;
    let transaction = peer.until("query_accepted").await["transaction_id"].clone();
    rig.gate.entered().await;
    peer.send(json!({ "type": "connection_handshake", "session_id": "session_elsewhere" })).await;
    assert_eq!(peer.until("connection_acknowledged").await["session_id"], "session_elsewhere");
    peer.send(json!({ "type": "command", "action": "cancel", "transaction_id": transaction })).await;
    assert_eq!(peer.until("command_result").await["status"], "cancelled");
    assert_eq!(peer.next().await["session_id"], established["session_id"]);
}

#[tokio::test]
async fn post_api_query_answers_with_the_result() {
    let rig = Rig::new().await;
    let ask = async |body: &str| rig.request(Method::POST, "/api/query", body).await;
    let (status, result) = ask(r#"{"query":"x","id":9,"preferences":{"stream":true}}"#).await;
    assert_eq!((status, &result["type"], &result["id"]), (StatusCode::OK, &json!("query_result"), &json!(9)));
    assert_eq!(result["rows"], json!([[0], [1]]));
    for (body, status, code) in [
        ("{", StatusCode::BAD_REQUEST, "INVALID_JSON"),
        (r#"{"query":"x","query":"y"}"#, StatusCode::BAD_REQUEST, "INVALID_JSON"),
        ("[]", StatusCode::BAD_REQUEST, "INVALID_MESSAGE"),
        ("{}", StatusCode::BAD_REQUEST, "INVALID_MESSAGE"),
        (r#"{"query":""}"#, StatusCode::UNPROCESSABLE_ENTITY, "QUERY_REJECTED"),
        (r#"{"query":"reject"}"#, StatusCode::UNPROCESSABLE_ENTITY, "QUERY_REJECTED"),
        (r#"{"query":"panic"}"#, StatusCode::INTERNAL_SERVER_ERROR, "INTERNAL"),
        (r#"{"query":"x","session_id":"short"}"#, StatusCode::NOT_FOUND, "INVALID_SESSION"),
        (r#"{"query":"x","session_id":"session_unknown"}"#, StatusCode::NOT_FOUND, "INVALID_SESSION"),
    ] {
        let (found, error) = ask(body).await;
        assert_eq!((found, &error["code"]), (status, &json!(code)), "{body}");
    }
    let (status, error) = ask(&format!(r#"{{"query":"{}"}}"#, "x".repeat(70_000))).await;
    assert_eq!((status, &error["code"]), (StatusCode::PAYLOAD_TOO_LARGE, &json!("MESSAGE_TOO_LARGE")));
}

#[tokio::test]
async fn a_waiting_request_that_is_cancelled_gets_409() {
    let rig = Rig::new().await;
    let (mut peer, _) = rig.joined(json!({ "session_id": "session_shared" })).await;
    let body = r#"{"query":"hold","session_id":"session_shared"}"#;
    let asked = rig.request(Method::POST, "/api/query", body);
    let cancel = async {
        let transaction = peer.until("query_accepted").await["transaction_id"].clone();
        peer.send(json!({ "type": "command", "action": "cancel", "transaction_id": transaction })).await;
    };
    let ((status, answer), ()) = tokio::join!(asked, cancel);
    assert_eq!((status, &answer["type"]), (StatusCode::CONFLICT, &json!("query_cancelled")));
}

#[tokio::test]
async fn a_header_may_name_the_session() {
    let rig = Rig::new().await;
    let (mut peer, _) = rig.joined(json!({ "session_id": "session_header" })).await;
    let (status, result) =
        rig.request_in(Method::POST, "/api/query", r#"{"query":"x"}"#, "session_header").await;
    assert_eq!((status, &result["session_id"]), (StatusCode::OK, &json!("session_header")));
    assert_eq!(peer.until("query_result").await["transaction_id"], result["transaction_id"]);
    let (status, error) =
        rig.request_in(Method::POST, "/api/query", r#"{"query":"x"}"#, "session_unknown").await;
    assert_eq!((status, &error["code"]), (StatusCode::NOT_FOUND, &json!("INVALID_SESSION")));
}
