//! The agents over HTTP.

use std::sync::Arc;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use http::{Method, StatusCode};
use http_body_util::BodyExt;
use reference_server::agents::{Agent, AgentSet, Job, Parts, Progress};
use reference_server::mcp::{McpClient, TierError};
use serde_json::{Value, json};

use crate::deployment::{Agents, Mcp, config, job, sql, until};

#[tokio::test]
async fn a_question_goes_through_all_stages() {
    let mcp = Mcp::start(&config()).await;
    let agents = Agents::start(config(), mcp.client(&config())).await;
    let question = "Show me the top 5 customers by total purchase amount";
    let nlp = agents.run("nlp", &job(question, Value::Null, false)).await;
    assert_eq!(nlp["status"], "completed", "{nlp}");
    let data = agents.run("data", &job(question, nlp["output"].clone(), false)).await;
    assert_eq!(data["status"], "completed", "{data}");
    let output = &data["output"];
    assert_eq!(output["row_count"], 5);
    let amounts: Vec<i64> = output["rows"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row.as_array().unwrap().last().unwrap().as_i64().unwrap())
        .collect();
    assert!(amounts.windows(2).all(|pair| pair[0] >= pair[1]), "{amounts:?}");
    let viz = agents.run("viz", &job(question, output.clone(), false)).await;
    assert_eq!(viz["status"], "completed", "{viz}");
    let chart = &viz["output"]["visualization"];
    assert_eq!(chart["title"], nlp["output"]["title"]);
    assert!(chart["chart_type"].is_string());
    assert_eq!(nlp["events"][1]["message"], "Processing NLP...");
    assert_eq!(data["events"][1]["message"], "Executing SQL...");
    assert_eq!(viz["events"][1]["message"], "Generating Viz...");
    agents.stop().await;
    mcp.stop().await;
}

/// Rows as a set of texts, where their order means nothing.
fn comparable(rows: &Value, ordered: bool) -> Vec<String> {
    let mut rows: Vec<String> = rows.as_array().unwrap().iter().map(Value::to_string).collect();
    if !ordered {
        rows.sort();
    }
    rows
}

#[tokio::test]
async fn every_committed_question_has_its_expected_rows_behind_the_guard() {
    let mcp = Mcp::start(&config()).await;
    let agents = Agents::start(config(), mcp.client(&config())).await;
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../scenarios/questions.json");
    let file: Value = serde_json::from_str(&std::fs::read_to_string(file).unwrap()).unwrap();
    let questions = file["questions"].as_array().unwrap();
    assert!(questions.len() >= 60);
    for question in questions {
        let mut job = job(question["question"].as_str().unwrap(), Value::Null, false);
        job["database_context"]["database"] = question["database"].clone();
        for agent in ["nlp", "data"] {
            let answer = agents.run(agent, &job).await;
            assert_eq!(answer["status"], "completed", "{agent} {}: {answer}", question["id"]);
            job["input"] = answer["output"].clone();
        }
        let ordered = question["ordered"].as_bool().unwrap();
        let (rows, expected) = (&job["input"]["rows"], &question["expected"]["rows"]);
        assert_eq!(comparable(rows, ordered), comparable(expected, ordered), "{}", question["id"]);
    }
    agents.stop().await;
    mcp.stop().await;
}

#[tokio::test]
async fn a_question_that_can_not_be_read_is_rejected_with_what_was_understood() {
    let mcp = Mcp::start(&config()).await;
    let agents = Agents::start(config(), mcp.client(&config())).await;
    let answer = agents.run("nlp", &job("xyzzy frobnicate the quux", Value::Null, false)).await;
    assert_eq!(answer["status"], "failed");
    assert_eq!(answer["error"]["code"], "QUERY_REJECTED");
    assert_eq!(answer["error"]["details"]["reason"], "not_understood");
    assert!(answer["error"]["details"]["unknown"].is_array());
    let mut other = job("show revenue", Value::Null, false);
    other["database_context"]["database"] = json!("nowhere");
    for agent in ["nlp", "data"] {
        other["input"] = json!({ "sql": "SELECT 1" });
        let answer = agents.run(agent, &other).await;
        assert_eq!(answer["error"]["code"], "DATABASE_CONTEXT_INVALID", "{agent}");
        assert_eq!(answer["error"]["details"]["available_databases"], json!(["financial_db", "tpch"]));
    }
    agents.stop().await;
    mcp.stop().await;
}

#[tokio::test]
async fn rows_are_streamed_in_order_in_small_pieces() {
    let mcp = Mcp::start(&config()).await;
    let agents = Agents::start(config(), mcp.client(&config())).await;
    let statement = "SELECT order_id, order_date, total_cents FROM orders ORDER BY order_id LIMIT 5000";
    let lines = agents.stream("data", &sql(statement, true)).await.all().await;
    let partials: Vec<&Value> = lines.iter().filter_map(|line| line.get("partial")).collect();
    assert!(partials.len() >= 25, "{}", partials.len());
    assert_eq!(partials[0]["columns"][0], json!({ "name": "order_id", "type": "integer" }));
    assert!(partials[1..].iter().all(|partial| partial.get("columns").is_none()));
    assert!(partials.iter().all(|partial| partial.to_string().len() <= 64 * 1024));
    let ids: Vec<i64> = partials
        .iter()
        .flat_map(|partial| partial["rows"].as_array().unwrap())
        .map(|row| row[0].as_i64().unwrap())
        .collect();
    assert_eq!(ids.len(), 5_000);
    assert!(ids.is_sorted());
    let last = lines.last().unwrap();
    assert_eq!(last["status"], "completed");
    assert_eq!(last["output"]["row_count"], 5_000);
    assert_eq!(last["output"]["rows"], json!([]));
    assert_eq!(last["output"]["sample"].as_array().unwrap().len(), 200);
    let empty =
        agents.stream("data", &sql("SELECT order_id FROM orders WHERE 1 = 0", true)).await.all().await;
    let partials: Vec<&Value> = empty.iter().filter_map(|line| line.get("partial")).collect();
    assert_eq!(partials.len(), 1);
    assert_eq!(partials[0]["rows"], json!([]));
    assert!(partials[0]["columns"].is_array());
    agents.stop().await;
    mcp.stop().await;
}

#[tokio::test]
async fn the_row_cap_cuts_and_says_so() {
    let mut config = config();
    config.database.max_rows = 100;
    let mcp = Mcp::start(&config).await;
    let agents = Agents::start(config.clone(), mcp.client(&config)).await;
    let answer = agents.run("data", &sql("SELECT order_id FROM orders", false)).await;
    assert_eq!((&answer["output"]["row_count"], &answer["output"]["truncated"]), (&json!(100), &json!(true)));
    agents.stop().await;
    mcp.stop().await;
}

const CROSS_JOIN: &str = "SELECT count(*) FROM orders AS a, orders AS b, orders AS c";

#[tokio::test]
async fn leaving_stops_the_statement() {
    let mcp = Mcp::start(&config()).await;
    let client = mcp.client(&config());
    let agents = Agents::start(config(), client.clone()).await;
    // More than there are connections: they are only free again if the statements were stopped.
    for _ in 0..config().database.pool_size + 1 {
        let mut lines = agents.stream("data", &sql(CROSS_JOIN, true)).await;
        lines.next().await.unwrap();
        let before = client.statistics();
        until("the statement was sent", || {
            client.statistics().over_websocket > before.over_websocket || before.in_flight > 0
        })
        .await;
        drop(lines);
        until("the call was given up", || client.statistics().in_flight == 0).await;
    }
    let cancelled = client.statistics().tools["execute_query_tool"].cancelled;
    assert_eq!(cancelled, config().database.pool_size as u64 + 1);
    let answer = agents.run("data", &sql("SELECT count(*) AS n FROM orders", false)).await;
    assert_eq!(answer["status"], "completed");
    agents.stop().await;
    mcp.stop().await;
}

#[tokio::test]
async fn a_caller_who_stops_reading_holds_up_nobody_else() {
    let mut config = config();
    config.database.max_rows = 1_000_000;
    let mcp = Mcp::start(&config).await;
    let client = mcp.client(&config);
    let agents = Agents::start(config, client.clone()).await;
    let mut everything = sql("SELECT i.*, o.* FROM order_items AS i CROSS JOIN orders AS o", true);
    everything["task"]["max_rows"] = json!(1_000_000);
    let mut stalled = agents.stream("data", &everything).await;
    while stalled.next().await.unwrap().get("partial").is_none() {}
    // Over the same MCP connection, while the other result waits for its reader.
    for _ in 0..20 {
        let answer = agents.run("data", &sql("SELECT count(*) AS n FROM orders", false)).await;
        assert_eq!(answer["status"], "completed", "{answer}");
    }
    assert_eq!((client.statistics().in_flight, client.statistics().connects), (1, 1));
    drop(stalled);
    until("the stalled call was given up", || client.statistics().in_flight == 0).await;
    agents.stop().await;
    mcp.stop().await;
}

#[tokio::test]
async fn a_statement_that_takes_too_long_is_a_timeout() {
    let mut config = config();
    config.database.statement_timeout = std::time::Duration::from_millis(50);
    let mcp = Mcp::start(&config).await;
    let agents = Agents::start(config.clone(), mcp.client(&config)).await;
    let answer = agents.run("data", &sql(CROSS_JOIN, false)).await;
    assert_eq!(answer["error"]["code"], "QUERY_TIMEOUT", "{answer}");
    agents.stop().await;
    mcp.stop().await;
}

#[tokio::test]
async fn what_is_malformed_is_answered_with_an_error_body() {
    let mcp = Mcp::start(&config()).await;
    let agents = Agents::start(config(), mcp.client(&config())).await;
    let good = job("show revenue", Value::Null, false).to_string();
    let large = format!("{good}{}", " ".repeat(2 << 20));
    for (method, path, body, status, code) in [
        (Method::POST, "/nlp/execute", "{", 400, "INVALID_JSON"),
        (Method::POST, "/nlp/execute", "", 400, "INVALID_JSON"),
        (Method::POST, "/nlp/execute", "[]", 400, "INVALID_MESSAGE"),
        (Method::POST, "/nlp/execute", r#"{"transaction_id":1}"#, 400, "INVALID_MESSAGE"),
        (Method::POST, "/nlp/execute", &good.replace("txn_test", ""), 400, "INVALID_MESSAGE"),
        (Method::POST, "/nlp/execute", &large, 413, "MESSAGE_TOO_LARGE"),
        (Method::POST, "/poet/execute", &good, 404, "NOT_FOUND"),
        (Method::POST, "/", &good, 404, "NOT_FOUND"),
        (Method::PUT, "/nlp/execute", &good, 405, "INVALID_MESSAGE"),
        (Method::POST, "/health", "", 405, "INVALID_MESSAGE"),
    ] {
        let (answered, value) = agents.ask(method.clone(), path, body).await;
        assert_eq!((answered.as_u16(), &value["code"]), (status, &json!(code)), "{method} {path}");
        assert_eq!(value["type"], "error");
    }
    for (agent, input) in
        [("data", json!({ "sql": 1 })), ("viz", json!({ "columns": 1 })), ("viz", Value::Null)]
    {
        let answer = agents.run(agent, &job("q", input, false)).await;
        assert_eq!(answer["error"]["code"], "INVALID_MESSAGE", "{agent}");
    }
    let ragged = json!({ "columns": [{ "name": "a", "type": "text" }], "rows": [["x", "y"]] });
    assert_eq!(agents.run("viz", &job("q", ragged, false)).await["error"]["code"], "INVALID_MESSAGE");
    let (status, health) = agents.ask(Method::GET, "/health", "").await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(
        health,
        json!({
            "status": "healthy", "service": "agents",
            "agents": ["analyst", "data", "nlp", "reporting", "research", "viz"],
        })
    );
    agents.stop().await;
    mcp.stop().await;
}

#[tokio::test]
async fn a_server_speaks_for_the_agents_it_was_given() {
    let config = Arc::new(config());
    let endpoint = "ws://127.0.0.1:9/ws".parse().unwrap();
    let parts = Parts { config: Arc::clone(&config), mcp: McpClient::new(endpoint, "nlp", &config) };
    let unknown = AgentSet::only(&["nlp", "poet"], &parts).unwrap_err();
    assert_eq!(
        unknown.to_string(),
        "unknown agent `poet`, the known ones are nlp, data, viz, research, analyst, reporting"
    );
    let agents = Agents::start_with(config, AgentSet::only(&["nlp"], &parts).unwrap()).await;
    let (_, health) = agents.ask(Method::GET, "/health", "").await;
    assert_eq!(health["agents"], json!(["nlp"]));
    let body = job("q", Value::Null, false).to_string();
    assert_eq!(agents.ask(Method::POST, "/data/execute", &body).await.0, StatusCode::NOT_FOUND);
    agents.stop().await;
}

#[derive(Debug)]
struct Clumsy;

impl Agent for Clumsy {
    fn name(&self) -> &'static str {
        "clumsy"
    }

    fn tasks(&self) -> &'static [&'static str] {
        &["Stumbling..."]
    }

    fn delay_twentieths(&self) -> u32 {
        20
    }

    fn run<'a>(&'a self, job: &'a Job, _: &'a Progress) -> BoxFuture<'a, Result<Value, TierError>> {
        async move {
            assert_ne!(job.task.query, "fall", "the secret of /etc/clumsy");
            Ok(json!({ "stood": true }))
        }
        .boxed()
    }
}

#[tokio::test]
async fn a_panic_ends_its_own_work_and_leaks_nothing() {
    let agents = AgentSet::of([Arc::new(Clumsy) as Arc<dyn Agent>]);
    let agents = Agents::start_with(Arc::new(config()), agents).await;
    let answer = agents.run("clumsy", &job("fall", Value::Null, false)).await;
    let lines = agents.stream("clumsy", &job("fall", Value::Null, false)).await.all().await;
    for failed in [&answer, lines.last().unwrap()] {
        assert_eq!(failed["error"]["code"], "INTERNAL");
        assert!(failed["error"]["details"]["incident_id"].as_str().unwrap().starts_with("inc_"));
        assert!(!failed.to_string().contains("secret"));
    }
    let answer = agents.run("clumsy", &job("walk", Value::Null, false)).await;
    assert_eq!(answer["output"], json!({ "stood": true }));
    let (_, page) = agents.send(Method::GET, "/metrics", "*/*", String::new()).await;
    let page = page.collect().await.unwrap().to_bytes();
    assert!(String::from_utf8_lossy(&page).contains("\npanics_total 2\n"), "{page:?}");
    agents.stop().await;
}
