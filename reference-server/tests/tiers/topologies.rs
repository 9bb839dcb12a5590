//! Tiers in processes of their own, and all topologies giving the same.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;

use bytes::Bytes;
use futures_util::{SinkExt, StreamExt};
use reference_server::config::{Config, Topology, Upstream};
use reference_server::serve::{Addresses, Listeners, Role, Server, Shutdown};
use reference_server::workflow::{AgentAddresses, AgentClient, AgentLine};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio::task::JoinHandle;
use tokio::time::Instant;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{WebSocketStream, client_async};

use crate::deployment::{Agents, FOREVER, Mcp, config, embedded, job, sql, until};

/// A server of one role on free ports.
struct Tier {
    addresses: Addresses,
    shutdown: Shutdown,
    served: JoinHandle<()>,
}

impl Tier {
    async fn start(role: Role, mut config: Config) -> Self {
        // Whoever comes first makes the data anew; nobody may have them open then.
        drop(embedded());
        let free = SocketAddr::from(([127, 0, 0, 1], 0));
        (config.listen.backend, config.listen.agents, config.listen.mcp) = (free, free, free);
        let listeners = Listeners::bind(&config, role).await.unwrap();
        let server = Server::prepare(listeners, config).await.unwrap();
        let (addresses, shutdown) = (server.addresses(), Shutdown::new());
        let serving = server.serve(shutdown.clone());
        let served = tokio::spawn(async move {
            serving.await.unwrap();
        });
        Self { addresses, shutdown, served }
    }

    async fn stop(self) {
        self.shutdown.drain();
        self.shutdown.stop();
        tokio::time::timeout(FOREVER, self.served).await.unwrap().unwrap();
    }
}

/// A front end on `/ws/query`.
struct FrontEnd(WebSocketStream<TcpStream>);

impl FrontEnd {
    async fn open(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).await.unwrap();
        let (stream, _) = client_async(format!("ws://{address}/ws/query"), stream).await.unwrap();
        Self(stream)
    }

    /// All messages of one question, up to its end.
    async fn ask(&mut self, question: &str, workflow: &str) -> Vec<Value> {
        let query = json!({ "type": "query", "query": question, "preferences": { "workflow": workflow } });
        self.0.send(Message::text(query.to_string())).await.unwrap();
        let mut messages = Vec::new();
        loop {
            let message = tokio::time::timeout(FOREVER, self.0.next()).await.unwrap().unwrap().unwrap();
            let Message::Text(text) = message else { continue };
            let message: Value = serde_json::from_str(&text).unwrap();
            let over = matches!(message["type"].as_str(), Some("query_result" | "error" | "query_cancelled"));
            messages.push(message);
            if over {
                return messages;
            }
        }
    }
}

/// What of an answer must be the same wherever it was made.
fn essence(messages: &[Value]) -> Value {
    let last = messages.last().unwrap();
    let told: Vec<Value> = messages
        .iter()
        .flat_map(|message| message["progress_events"].as_array().cloned().unwrap_or_default())
        .map(|event| json!([event["agent"], event["event_type"], event["message"]]))
        .collect();
    let mut agents: Vec<Value> = messages
        .iter()
        .filter(|message| message["type"] == "progress_update")
        .map(|message| message["current_agent"].clone())
        .collect();
    agents.dedup();
    let fields = [
        "type",
        "sql",
        "columns",
        "rows",
        "row_count",
        "truncated",
        "visualization",
        "report",
        "code",
        "details",
    ];
    let result: BTreeMap<&str, &Value> = fields.map(|field| (field, &last[field])).into();
    json!({ "result": result, "told": told, "agents": agents })
}

const QUESTIONS: [(&str, &str); 5] = [
    ("Show me the top 5 customers by total purchase amount", "bi"),
    ("What is the average order value per month for 2024?", "bi"),
    ("How did revenue develop by region?", "research"),
    ("sing me a lullaby", "bi"),
    ("sing me a lullaby", "research"),
];

async fn answers(backend: SocketAddr) -> Vec<Value> {
    let mut front_end = FrontEnd::open(backend).await;
    let mut answers = Vec::new();
    for (question, workflow) in QUESTIONS {
        answers.push(essence(&front_end.ask(question, workflow).await));
    }
    answers
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn all_topologies_answer_and_tell_the_same() {
    let mut found = Vec::new();
    for topology in [Topology::Hybrid, Topology::Mixed, Topology::Pure] {
        let tier = Tier::start(Role::All, Config { topology, ..config() }).await;
        let backend = tier.addresses.backend.unwrap();
        let health = reqwest::get(format!("http://{backend}/health")).await.unwrap();
        let health: Value = health.json().await.unwrap();
        assert_eq!((&health["topology"], &health["status"]), (&json!(topology), &json!("healthy")));
        found.push((topology, answers(backend).await));
        tier.stop().await;
    }
    let (_, expected) = &found[0];
    assert_eq!(expected[0]["result"]["row_count"], 5);
    assert_eq!(expected[0]["agents"], json!(["nlp", "data", "viz"]));
    assert_eq!(expected[2]["agents"], json!(["research", "analyst", "reporting"]));
    assert!(expected[2]["result"]["report"]["text"].as_str().unwrap().contains("## Growth"));
    assert_eq!(expected[3]["result"]["code"], "QUERY_REJECTED");
    assert_eq!(expected[4]["result"]["code"], "QUERY_REJECTED");
    for (topology, answers) in &found[1..] {
        assert_eq!(answers, expected, "{topology:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_tier_can_be_a_server_of_its_own() {
    for topology in [Topology::Hybrid, Topology::Pure] {
        let config = || Config { topology, ..config() };
        let mcp = Tier::start(Role::Mcp, config()).await;
        let upstream =
            Upstream { mcp: Some(format!("ws://{}/ws", mcp.addresses.mcp.unwrap())), ..Upstream::default() };
        let mut tiers = Vec::new();
        let mut by_name = BTreeMap::new();
        for role in [Role::Nlp, Role::Data, Role::Viz, Role::Research, Role::Analyst, Role::Reporting] {
            let tier = Tier::start(role, Config { upstream: upstream.clone(), ..config() }).await;
            by_name.insert(role.as_str().to_owned(), format!("http://{}", tier.addresses.agents.unwrap()));
            tiers.push(tier);
        }
        let upstream = Upstream { agents_by_name: by_name, ..upstream };
        let backend = Tier::start(Role::Backend, Config { upstream, ..config() }).await;
        let answers = answers(backend.addresses.backend.unwrap()).await;
        assert_eq!(answers[0]["result"]["row_count"], 5, "{}", answers[0]);
        assert!(answers[2]["result"]["report"]["text"].as_str().unwrap().contains("CAGR"), "{}", answers[2]);
        backend.stop().await;
        for tier in tiers {
            tier.stop().await;
        }
        mcp.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_configuration_can_make_a_workflow_of_known_agents() {
    let mut config = config();
    let stages = ["research", "viz"].map(str::to_owned).to_vec();
    config.workflows.insert("quick".to_owned(), reference_server::config::WorkflowStages { stages });
    let tier = Tier::start(Role::All, config).await;
    let mut front_end = FrontEnd::open(tier.addresses.backend.unwrap()).await;
    let answer = essence(&front_end.ask("revenue by quarter", "quick").await);
    assert_eq!(
        (&answer["agents"], &answer["result"]["row_count"]),
        (&json!(["research", "viz"]), &json!(16))
    );
    let refused = front_end.ask("revenue by quarter", "poetry").await;
    assert_eq!(refused.last().unwrap()["code"], "INVALID_MESSAGE");
    tier.stop().await;
}

fn pure(address: SocketAddr) -> AgentClient {
    let config = Config { topology: Topology::Pure, ..config() };
    AgentClient::new(&config, AgentAddresses::new(&config.upstream, &format!("http://{address}")))
}

fn body(job: &Value) -> Bytes {
    Bytes::from(job.to_string())
}

fn deadline() -> Instant {
    Instant::now() + FOREVER
}

/// The rows of a call and its last line.
async fn rows(client: &AgentClient, job: &Value) -> (Vec<i64>, AgentLine) {
    let mut call = client.call("data", body(job), deadline()).await.unwrap();
    let mut rows = Vec::new();
    loop {
        match call.next().await.unwrap() {
            AgentLine::Partial { rows: some, .. } => {
                rows.extend(some.iter().map(|row| serde_json::from_str::<Vec<i64>>(row.get()).unwrap()[0]));
            }
            line @ (AgentLine::Completed(_) | AgentLine::Failed(_)) => return (rows, line),
            _ => {}
        }
    }
}

#[tokio::test]
async fn rows_come_in_order_over_one_socket_shared_by_many_calls() {
    let mcp = Mcp::start(&config()).await;
    let agents = Agents::start(config(), mcp.client(&config())).await;
    let client = pure(agents.address);
    let statement = "SELECT order_id FROM orders ORDER BY order_id LIMIT 10000";
    let (asked, slow) = (sql(statement, true), sql(statement, true));
    // A call whose lines nobody reads holds up nobody else.
    let mut stalled = client.call("data", body(&slow), deadline()).await.unwrap();
    assert!(matches!(stalled.next().await.unwrap(), AgentLine::Event(_)));
    let calls = futures_util::future::join_all((0..8).map(|_| rows(&client, &asked))).await;
    for (rows, last) in calls {
        assert_eq!(rows.len(), 10_000);
        assert!(rows.is_sorted() && matches!(last, AgentLine::Completed(_)));
    }
    drop(stalled);
    agents.stop().await;
    mcp.stop().await;
}

#[tokio::test]
async fn dropping_a_call_over_the_socket_stops_the_statement() {
    let mcp = Mcp::start(&config()).await;
    let mcp_client = mcp.client(&config());
    let agents = Agents::start(config(), mcp_client.clone()).await;
    let client = pure(agents.address);
    let endless = sql("SELECT count(*) FROM orders AS a, orders AS b, orders AS c", true);
    let mut call = client.call("data", body(&endless), deadline()).await.unwrap();
    call.next().await.unwrap();
    until("the statement runs", || mcp_client.statistics().in_flight == 1).await;
    drop(call);
    until("the statement was given up", || mcp_client.statistics().in_flight == 0).await;
    let (_, last) = rows(&client, &sql("SELECT count(*) AS n FROM orders", true)).await;
    assert!(matches!(last, AgentLine::Completed(_)));
    agents.stop().await;
    mcp.stop().await;
}

#[tokio::test]
async fn a_lost_socket_is_opened_again_and_a_missing_agent_is_unavailable() {
    let mcp = Mcp::start(&config()).await;
    let agents = Agents::start(config(), mcp.client(&config())).await;
    let client = pure(agents.address);
    let question = job("show revenue", Value::Null, true);
    let completed = |line: &AgentLine| matches!(line, AgentLine::Completed(_));
    let ask = async || {
        let mut call =
            client.call("nlp", body(&question), deadline()).await.map_err(|failure| failure.code)?;
        loop {
            let line = call.next().await.map_err(|failure| failure.code)?;
            if matches!(line, AgentLine::Completed(_) | AgentLine::Failed(_)) {
                return Ok::<_, reference_server::wire::error::Code>(line);
            }
        }
    };
    assert!(completed(&ask().await.unwrap()));
    let (address, shut) = (agents.address, agents);
    shut.stop().await;
    let refused = ask().await.unwrap_err();
    assert_eq!(refused, reference_server::wire::error::Code::AgentUnavailable);
    let config = std::sync::Arc::new(config());
    let parts = reference_server::agents::Parts { mcp: mcp.client(&config), config: config.clone() };
    let listener = tokio::net::TcpListener::bind(address).await.unwrap();
    let stop = tokio_util::sync::CancellationToken::new();
    let set = reference_server::agents::AgentSet::all(&parts);
    let served = tokio::spawn(reference_server::agents::serve(listener, set, config, stop.clone()));
    assert!(completed(&ask().await.unwrap()));
    stop.cancel();
    tokio::time::timeout(Duration::from_secs(60), served).await.unwrap().unwrap().unwrap();
    mcp.stop().await;
}

#[tokio::test]
async fn what_is_malformed_on_the_socket_is_told_and_the_connection_stays() {
    let mcp = Mcp::start(&config()).await;
    let agents = Agents::start(config(), mcp.client(&config())).await;
    let address = agents.address;
    let stream = TcpStream::connect(address).await.unwrap();
    let (mut socket, _) = client_async(format!("ws://{address}/nlp/ws"), stream).await.unwrap();
    let mut named = job("show revenue", Value::Null, false);
    named["type"] = json!("request");
    named["id"] = json!(7);
    let mut nameless = named.clone();
    nameless["transaction_id"] = json!("");
    for (sent, part) in [
        ("{".to_owned(), "INVALID_JSON"),
        (json!({ "type": "request" }).to_string(), "INVALID_MESSAGE"),
        (json!({ "type": "dance", "id": 1 }).to_string(), "UNKNOWN_TYPE"),
        (json!({ "type": "request", "id": 2 }).to_string(), "INVALID_MESSAGE"),
        (nameless.to_string(), "transaction_id"),
        (named.to_string(), "agent_started"),
    ] {
        socket.send(Message::text(sent)).await.unwrap();
        let answer = tokio::time::timeout(FOREVER, socket.next()).await.unwrap().unwrap().unwrap();
        assert!(answer.to_text().unwrap().contains(part), "{part}: {answer}");
    }
    let stream = TcpStream::connect(address).await.unwrap();
    assert!(client_async(format!("ws://{address}/poet/ws"), stream).await.is_err());
    drop(socket);
    agents.stop().await;
    mcp.stop().await;
}
