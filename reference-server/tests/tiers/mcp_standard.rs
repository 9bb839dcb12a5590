//! The standard Model Context Protocol, as a client of the official SDK sees it.

use std::collections::HashMap;
use std::time::Duration;

use reference_server::config::Config;
use reference_server::mcp;
use rmcp::model::{
    CallToolRequest, CallToolRequestParams, CancelledNotificationParam, ClientCapabilities, ClientConfig,
    ClientRequest, CompletionContext, GetPromptRequestParams, Implementation, LoggingLevel,
    LoggingMessageNotificationParam, PaginatedRequestParams, ProgressNotificationParam, ProtocolVersion,
    ReadResourceRequestParams, ResourceContents, ResourceUpdatedNotificationParam, ServerResult,
    SetLevelRequestParams, SubscribeRequestParams, UnsubscribeRequestParams,
};
use rmcp::service::{NotificationContext, PeerRequestOptions, RunningService};
use rmcp::transport::StreamableHttpClientTransport;
use rmcp::{ClientHandler, RoleClient, ServiceExt};
use serde_json::{Map, Value, json};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio_util::sync::CancellationToken;

use crate::deployment::{FOREVER, Mcp, Own, config, embedded};
use crate::mcp_http::initialize;

/// What a client was told without asking.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Heard {
    Progress(f64, String),
    Log(LoggingLevel, Value),
    Updated(String),
    ListChanged,
}

pub(crate) struct Ear {
    version: ProtocolVersion,
    heard: UnboundedSender<Heard>,
}

impl Ear {
    fn say(&self, heard: Heard) {
        self.heard.send(heard).unwrap();
    }
}

impl ClientHandler for Ear {
    fn get_info(&self) -> ClientConfig {
        ClientConfig::new(ClientCapabilities::default(), Implementation::new("tests", "1"))
            .with_protocol_version(self.version.clone())
    }

    async fn on_progress(&self, note: ProgressNotificationParam, _: NotificationContext<RoleClient>) {
        self.say(Heard::Progress(note.progress, note.message.unwrap_or_default()));
    }

    async fn on_logging_message(
        &self,
        note: LoggingMessageNotificationParam,
        _: NotificationContext<RoleClient>,
    ) {
        self.say(Heard::Log(note.level, note.data));
    }

    async fn on_resource_updated(
        &self,
        note: ResourceUpdatedNotificationParam,
        _: NotificationContext<RoleClient>,
    ) {
        self.say(Heard::Updated(note.uri));
    }

    async fn on_resource_list_changed(&self, _: NotificationContext<RoleClient>) {
        self.say(Heard::ListChanged);
    }
}

pub(crate) type Client = RunningService<RoleClient, Ear>;

fn ear(version: ProtocolVersion) -> (Ear, UnboundedReceiver<Heard>) {
    let (heard, hearing) = unbounded_channel();
    (Ear { version, heard }, hearing)
}

async fn connect_as(mcp: &Mcp, version: ProtocolVersion) -> (Client, UnboundedReceiver<Heard>) {
    let (ear, hearing) = ear(version);
    let transport = StreamableHttpClientTransport::from_uri(format!("http://{}/mcp", mcp.address));
    (ear.serve(transport).await.unwrap(), hearing)
}

pub(crate) async fn connect(mcp: &Mcp) -> (Client, UnboundedReceiver<Heard>) {
    connect_as(mcp, ProtocolVersion::V_2025_11_25).await
}

fn map(value: Value) -> Map<String, Value> {
    let Value::Object(map) = value else { unreachable!() };
    map
}

pub(crate) fn call(name: &'static str, arguments: Value) -> CallToolRequestParams {
    CallToolRequestParams::new(name).with_arguments(map(arguments))
}

pub(crate) fn query(sql: &str) -> CallToolRequestParams {
    call("execute_query_tool", json!({ "database": "financial_db", "query": sql }))
}

async fn next(hearing: &mut UnboundedReceiver<Heard>) -> Heard {
    tokio::time::timeout(FOREVER, hearing.recv()).await.unwrap().unwrap()
}

#[tokio::test]
async fn every_tool_answers_as_its_schema_says() {
    let mcp = Mcp::start(&config()).await;
    let (client, _hearing) = connect(&mcp).await;
    let tools = client.list_all_tools().await.unwrap();
    assert_eq!(tools.len(), 4);
    for (name, arguments) in [
        ("discover_tables_tool", json!({ "database": "tpch" })),
        ("get_table_schema_tool", json!({ "database": "financial_db", "table": "orders" })),
        (
            "execute_query_tool",
            json!({ "database": "financial_db", "query": "SELECT order_id, status FROM orders LIMIT 3" }),
        ),
        ("validate_context_tool", json!({ "database": "financial_db", "tables": ["orders", "nothing"] })),
    ] {
        let tool = tools.iter().find(|tool| tool.name == name).unwrap();
        let annotations = tool.annotations.as_ref().unwrap();
        assert_eq!((annotations.read_only_hint, annotations.destructive_hint), (Some(true), Some(false)));
        let input = Value::Object((*tool.input_schema).clone());
        jsonschema::validate(&input, &arguments).unwrap();
        assert!(!jsonschema::is_valid(&input, &json!({})), "{name}: the database must be named");
        let result = client.call_tool(call(name, arguments)).await.unwrap();
        let structured = result.structured_content.unwrap();
        let output = Value::Object((**tool.output_schema.as_ref().unwrap()).clone());
        jsonschema::validate(&output, &structured).unwrap_or_else(|error| panic!("{name}: {error}"));
        let text = &result.content[0].as_text().unwrap().text;
        assert_eq!(serde_json::from_str::<Value>(text).unwrap(), structured, "{name}");
    }
    client.cancel().await.unwrap();
    mcp.stop().await;
}

#[tokio::test]
async fn what_a_tool_refuses_is_a_result_that_a_model_can_read() {
    let mcp = Mcp::start(&config()).await;
    let (client, _hearing) = connect(&mcp).await;
    for (request, code) in [
        (query("DELETE FROM orders"), "QUERY_REJECTED"),
        (query("SELECT nowhere FROM orders"), "QUERY_FAILED"),
        (call("discover_tables_tool", json!({ "database": "nowhere" })), "DATABASE_CONTEXT_INVALID"),
        (call("discover_tables_tool", json!({})), "INVALID_MESSAGE"),
        (call("discover_tables_tool", json!({ "database": "tpch", "verbose": true })), "INVALID_MESSAGE"),
    ] {
        let result = client.call_tool(request).await.unwrap();
        assert_eq!(result.is_error, Some(true));
        let error: Value = serde_json::from_str(&result.content[0].as_text().unwrap().text).unwrap();
        assert_eq!(error["code"], code, "{error}");
    }
    assert!(client.call_tool(CallToolRequestParams::new("drop_everything_tool")).await.is_err());
    client.cancel().await.unwrap();
    mcp.stop().await;
}

#[tokio::test]
async fn progress_is_told_and_only_rises() {
    let mcp = Mcp::start(&config()).await;
    let (client, mut hearing) = connect(&mcp).await;
    client.call_tool(query("SELECT count(*) FROM orders")).await.unwrap();
    let mut last = -1.0;
    loop {
        let Heard::Progress(progress, message) = next(&mut hearing).await else { continue };
        assert!(progress > last, "{progress} after {last}");
        last = progress;
        if message == "done, 1 rows" {
            break;
        }
    }
    client.cancel().await.unwrap();
    mcp.stop().await;
}

#[tokio::test]
async fn a_cancelled_call_stops_its_statement() {
    let config = config();
    let mcp = Mcp::start(&config).await;
    let (client, mut hearing) = connect(&mcp).await;
    let endless = query("SELECT count(*) FROM orders AS a, orders AS b, orders AS c");
    // More than there are connections: they are only free again if the statements were stopped.
    for _ in 0..config.database.pool_size + 1 {
        let request = ClientRequest::CallToolRequest(CallToolRequest::new(endless.clone()));
        let options = PeerRequestOptions::no_options();
        let handle = client.send_cancellable_request(request, options).await.unwrap();
        // It runs: its progress has begun.
        while !matches!(next(&mut hearing).await, Heard::Progress(..)) {}
        handle.cancel(Some("changed my mind".to_owned())).await.unwrap();
    }
    let result = client.call_tool(query("SELECT 1 AS one")).await.unwrap();
    assert_eq!(result.structured_content.unwrap()["rows"], json!([[1]]));
    client.cancel().await.unwrap();
    mcp.stop().await;
}

#[tokio::test]
async fn schemas_are_resources_in_pages_and_by_template() {
    let mcp = Mcp::start(&config()).await;
    let (client, _hearing) = connect(&mcp).await;
    let first = client.list_resources(None).await.unwrap();
    assert_eq!(first.resources.len(), 10);
    let cursor = PaginatedRequestParams::default().with_cursor(first.next_cursor);
    let second = client.list_resources(Some(cursor)).await.unwrap();
    assert_eq!((second.resources.len(), second.next_cursor), (6, None));
    let made_up = PaginatedRequestParams::default().with_cursor(Some("page-999".to_owned()));
    assert!(client.list_resources(Some(made_up)).await.is_err());
    let templates = client.list_all_resource_templates().await.unwrap();
    assert_eq!(templates[1].uri_template, "schema://{database}/{table}");
    for resource in client.list_all_resources().await.unwrap() {
        let read = client.read_resource(ReadResourceRequestParams::new(resource.uri)).await.unwrap();
        let ResourceContents::TextResourceContents { text, mime_type, .. } = &read.contents[0] else {
            panic!("a text");
        };
        assert_eq!(mime_type.as_deref(), Some("application/json"));
        assert!(serde_json::from_str::<Value>(text).unwrap()["tables"].is_array());
    }
    for uri in ["schema://nowhere", "schema://tpch/payments", "file:///etc/passwd"] {
        let error = client.read_resource(ReadResourceRequestParams::new(uri)).await.unwrap_err();
        assert!(error.to_string().contains("no such resource"), "{error}");
        assert!(client.subscribe(SubscribeRequestParams::new(uri)).await.is_err());
    }
    client.cancel().await.unwrap();
    mcp.stop().await;
}

#[tokio::test]
async fn prompts_bring_the_schema_along_and_names_are_completed() {
    let mcp = Mcp::start(&config()).await;
    let (client, _hearing) = connect(&mcp).await;
    assert_eq!(client.list_all_prompts().await.unwrap().len(), 2);
    let ask = |arguments| GetPromptRequestParams::new("ask_database").with_arguments(map(arguments));
    let prompt = client
        .get_prompt(ask(json!({ "database": "financial_db", "question": "How many orders?" })))
        .await
        .unwrap();
    assert!(prompt.messages[0].content.as_resource().unwrap().get_text().contains("order_items"));
    assert!(prompt.messages[1].content.as_text().unwrap().text.contains("How many orders?"));
    for arguments in
        [json!({ "database": "financial_db" }), json!({ "database": "nowhere", "question": "?" })]
    {
        assert!(client.get_prompt(ask(arguments)).await.is_err());
    }
    let databases = client.complete_prompt_simple("ask_database", "database", "fin").await.unwrap();
    assert_eq!(databases, ["financial_db"]);
    let chosen = HashMap::from([("database".to_owned(), "financial_db".to_owned())]);
    let tables = client
        .complete_resource_argument(
            "schema://{database}/{table}",
            "table",
            "or",
            Some(CompletionContext::with_arguments(chosen)),
        )
        .await
        .unwrap();
    assert_eq!(tables.values, ["order_items", "orders"]);
    client.cancel().await.unwrap();
    mcp.stop().await;
}

#[tokio::test]
async fn the_log_is_sent_from_the_level_that_was_asked_for() {
    let mcp = Mcp::start(&config()).await;
    let (client, mut hearing) = connect(&mcp).await;
    let mut logs = async |level| {
        client.set_level(SetLevelRequestParams::new(level)).await.unwrap();
        client.call_tool(query("SELECT 1")).await.unwrap();
        client.call_tool(query("SELECT nowhere FROM orders")).await.unwrap();
        let mut levels = Vec::new();
        // The last one said of these two calls.
        while levels.last() != Some(&LoggingLevel::Warning) {
            if let Heard::Log(level, _) = next(&mut hearing).await {
                levels.push(level);
            }
        }
        levels
    };
    use LoggingLevel::{Debug, Info, Warning};
    assert_eq!(logs(Debug).await, [Debug, Info, Debug, Warning]);
    assert_eq!(logs(Warning).await, [Warning]);
    client.cancel().await.unwrap();
    mcp.stop().await;
}

#[tokio::test]
async fn a_changed_schema_is_told_to_those_who_watch_it() {
    let own = Own::copy();
    let mcp = own.start().await;
    let (client, mut hearing) = connect(&mcp).await;
    let watched = "schema://financial_db";
    client.subscribe(SubscribeRequestParams::new(watched)).await.unwrap();
    client.subscribe(SubscribeRequestParams::new("schema://tpch")).await.unwrap();
    client.subscribe(SubscribeRequestParams::new("schema://financial_db/orders")).await.unwrap();
    client.unsubscribe(UnsubscribeRequestParams::new("schema://financial_db/orders")).await.unwrap();
    // Nothing of what is not watched comes between.
    for sql in ["CREATE TABLE notes (note_id INTEGER PRIMARY KEY)", "ALTER TABLE notes ADD COLUMN words TEXT"]
    {
        own.alter(sql);
        assert_eq!(next(&mut hearing).await, Heard::ListChanged);
        assert_eq!(next(&mut hearing).await, Heard::Updated(watched.to_owned()));
    }
    let uri = "schema://financial_db/notes";
    assert!(client.list_all_resources().await.unwrap().iter().any(|resource| resource.uri == uri));
    client.read_resource(ReadResourceRequestParams::new(uri)).await.unwrap();
    let result = client.call_tool(query("SELECT count(*) AS notes FROM notes")).await.unwrap();
    assert_eq!(result.structured_content.unwrap()["rows"], json!([[0]]));
    client.cancel().await.unwrap();
    mcp.stop().await;
}

#[tokio::test]
async fn old_versions_are_negotiated() {
    let mcp = Mcp::start(&config()).await;
    for version in [
        ProtocolVersion::V_2024_11_05,
        ProtocolVersion::V_2025_03_26,
        ProtocolVersion::V_2025_06_18,
        ProtocolVersion::V_2025_11_25,
    ] {
        let (client, _hearing) = connect_as(&mcp, version.clone()).await;
        assert_eq!(client.peer_info().unwrap().protocol_version, version);
        assert_eq!(client.list_all_tools().await.unwrap().len(), 4);
        client.cancel().await.unwrap();
    }
    let answer = initialize(&mcp, "1999-01-01").send().await.unwrap().text().await.unwrap();
    assert!(answer.contains("\"protocolVersion\":\"2025-11-25\""), "{answer}");
    mcp.stop().await;
}

#[tokio::test]
async fn fixtures_are_there_only_with_test_doors() {
    for doors in [false, true] {
        let mcp = Mcp::start(&Config { test_doors: doors, ..config() }).await;
        let (client, _hearing) = connect(&mcp).await;
        let called = client.call_tool(CallToolRequestParams::new("test_simple_text")).await;
        assert_eq!(called.is_ok(), doors);
        let read = client.read_resource(ReadResourceRequestParams::new("test://static-text")).await;
        assert_eq!(read.is_ok(), doors);
        assert_eq!(client.get_prompt(GetPromptRequestParams::new("test_simple_prompt")).await.is_ok(), doors);
        let named = client.list_all_tools().await.unwrap().iter().any(|tool| tool.name.starts_with("test_"));
        assert_eq!(named, doors);
        client.cancel().await.unwrap();
        mcp.stop().await;
    }
}

#[tokio::test]
async fn pipes_carry_the_same_protocol() {
    let config = config();
    let (ours, theirs) = tokio::io::duplex(64 * 1024);
    let (read, write) = tokio::io::split(theirs);
    let server = mcp::Server::new(config.into(), embedded());
    let served = tokio::spawn(server.serve_pipes(read, write, CancellationToken::new()));
    let (ear, mut hearing) = ear(ProtocolVersion::V_2025_11_25);
    let client = ear.serve(ours).await.unwrap();
    assert_eq!(client.list_all_tools().await.unwrap().len(), 4);
    let endless = query("SELECT count(*) FROM orders AS a, orders AS b, orders AS c");
    let request = ClientRequest::CallToolRequest(CallToolRequest::new(endless));
    let handle = client.send_cancellable_request(request, PeerRequestOptions::no_options()).await.unwrap();
    while !matches!(next(&mut hearing).await, Heard::Progress(..)) {}
    let (id, peer) = (handle.id.clone(), handle.peer.clone());
    peer.notify_cancelled(CancelledNotificationParam::new(Some(id), None)).await.unwrap();
    drop(handle);
    let result = client.call_tool(query("SELECT 1 AS one")).await.unwrap();
    assert_eq!(result.structured_content.unwrap()["rows"], json!([[1]]));
    // The client leaves: serving ends by itself.
    client.cancel().await.unwrap();
    tokio::time::timeout(FOREVER, served).await.unwrap().unwrap().unwrap();
}

#[tokio::test]
async fn pipes_end_at_shutdown_and_with_a_client_that_says_nothing() {
    let server = || mcp::Server::new(config().into(), embedded());
    let (_ours, theirs) = tokio::io::duplex(1_024);
    let (read, write) = tokio::io::split(theirs);
    let shutdown = CancellationToken::new();
    let served = tokio::spawn(server().serve_pipes(read, write, shutdown.clone()));
    shutdown.cancel();
    tokio::time::timeout(FOREVER, served).await.unwrap().unwrap().unwrap();
    let (ours, theirs) = tokio::io::duplex(1_024);
    let (read, write) = tokio::io::split(theirs);
    let served = tokio::spawn(server().serve_pipes(read, write, CancellationToken::new()));
    drop(ours);
    tokio::time::timeout(FOREVER, served).await.unwrap().unwrap().unwrap();
}

#[tokio::test]
async fn a_call_under_way_is_answered_before_the_server_ends() {
    let mut config = config();
    config.timers.drain_timeout = Duration::from_secs(60);
    let mcp = Mcp::start(&config).await;
    let (client, mut hearing) = connect(&mcp).await;
    let slow = query("SELECT count(*) AS pairs FROM orders AS a, customers AS b WHERE a.order_id < 1000");
    let request = ClientRequest::CallToolRequest(CallToolRequest::new(slow));
    let handle = client.send_cancellable_request(request, PeerRequestOptions::no_options()).await.unwrap();
    while !matches!(next(&mut hearing).await, Heard::Progress(..)) {}
    let stopped = tokio::spawn(mcp.stop());
    let ServerResult::CallToolResult(result) = handle.await_response().await.unwrap() else {
        panic!("a result")
    };
    assert_eq!(result.is_error, Some(false));
    tokio::time::timeout(FOREVER, stopped).await.unwrap().unwrap();
}
