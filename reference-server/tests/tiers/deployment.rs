//! A deployment of the inner tiers, and a caller of it.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use bytes::Bytes;
use http::{Method, Request, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use reference_server::agents::{self, AgentSet, Parts};
use reference_server::config::{Config, Database};
use reference_server::database::{Database as Databases, Embedded};
use reference_server::mcp::{self, Endpoint, McpClient, SchemaFeed};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

/// A bound on everything that must end by itself; no test waits for it to pass.
pub(crate) const FOREVER: Duration = Duration::from_secs(300);

/// The databases, made anew once in each run: files of an earlier run may be of an earlier program.
pub(crate) fn embedded() -> Databases {
    static EMBEDDED: LazyLock<Databases> = LazyLock::new(|| {
        let config = database();
        if config.directory.exists() {
            std::fs::remove_dir_all(&config.directory).unwrap();
        }
        let embedded = Embedded::open(&config).unwrap();
        Databases::embedded(embedded, &Config { database: config, ..Config::default() })
    });
    EMBEDDED.clone()
}

fn database() -> Database {
    let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join("tiers");
    Database { directory, statement_timeout: FOREVER, ..Database::default() }
}

/// A copy of the databases that a test may change, in a folder that is gone after it; changes are noticed at once.
pub(crate) struct Own {
    pub(crate) config: Config,
    pub(crate) databases: Databases,
    folder: tempfile::TempDir,
}

impl Own {
    pub(crate) fn copy() -> Self {
        Self::copy_with(config())
    }

    pub(crate) fn copy_with(mut config: Config) -> Self {
        // Made if they are not there yet.
        drop(embedded());
        let folder = tempfile::tempdir().unwrap();
        for file in std::fs::read_dir(&database().directory).unwrap() {
            let file = file.unwrap();
            if file.path().extension().is_some_and(|extension| extension == "sqlite") {
                std::fs::copy(file.path(), folder.path().join(file.file_name())).unwrap();
            }
        }
        config.database.directory = folder.path().to_owned();
        config.database.change_interval = Duration::from_millis(5);
        let databases = Databases::embedded(Embedded::open(&config.database).unwrap(), &config);
        Self { config, databases, folder }
    }

    pub(crate) async fn start(&self) -> Mcp {
        Mcp::start_over(&self.config, self.databases.clone(), "127.0.0.1:0".parse().unwrap()).await
    }

    /// Does to `financial_db` what somebody with another program might do.
    pub(crate) fn alter(&self, sql: &str) {
        let file = std::fs::read_dir(self.folder.path())
            .unwrap()
            .map(|file| file.unwrap().path())
            .find(|path| path.file_name().unwrap().to_string_lossy().starts_with("financial_db"));
        let other = rusqlite::Connection::open(file.unwrap()).unwrap();
        other.execute_batch(sql).unwrap();
    }
}

/// A configuration for tests: nothing ends for want of time.
pub(crate) fn config() -> Config {
    let mut config = Config { database: database(), ..Config::default() };
    config.timers.request_timeout = FOREVER;
    config
}

/// An MCP server.
pub(crate) struct Mcp {
    pub(crate) address: SocketAddr,
    pub(crate) changes: SchemaFeed,
    shutdown: CancellationToken,
    served: JoinHandle<std::io::Result<()>>,
}

impl Mcp {
    pub(crate) async fn start(config: &Config) -> Self {
        Self::start_on(config, "127.0.0.1:0".parse().unwrap()).await
    }

    pub(crate) async fn start_on(config: &Config, address: SocketAddr) -> Self {
        Self::start_over(config, embedded(), address).await
    }

    /// Over databases of one's own.
    pub(crate) async fn start_over(config: &Config, databases: Databases, address: SocketAddr) -> Self {
        let listener = TcpListener::bind(address).await.unwrap();
        let address = listener.local_addr().unwrap();
        let server = mcp::Server::new(Arc::new(config.clone()), databases);
        let changes = server.changes();
        let shutdown = CancellationToken::new();
        let served = tokio::spawn(server.serve(listener, shutdown.clone()));
        Self { address, changes, shutdown, served }
    }

    pub(crate) fn client(&self, config: &Config) -> McpClient {
        McpClient::new(Endpoint::from(self.address), "data", config)
    }

    /// Ends it; a panic in it surfaces here.
    pub(crate) async fn stop(self) {
        self.shutdown.cancel();
        tokio::time::timeout(FOREVER, self.served).await.unwrap().unwrap().unwrap();
    }
}

/// Agents.
pub(crate) struct Agents {
    pub(crate) address: SocketAddr,
    client: Client<HttpConnector, Full<Bytes>>,
    shutdown: CancellationToken,
    served: JoinHandle<std::io::Result<()>>,
}

impl Agents {
    pub(crate) async fn start(config: Config, mcp: McpClient) -> Self {
        let config = Arc::new(config);
        let agents = AgentSet::all(&Parts { config: Arc::clone(&config), mcp });
        Self::start_with(config, agents).await
    }

    pub(crate) async fn start_with(config: Arc<Config>, agents: AgentSet) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let shutdown = CancellationToken::new();
        let served = tokio::spawn(agents::serve(listener, agents, config, shutdown.clone()));
        let client = Client::builder(TokioExecutor::new()).build_http();
        Self { address, client, shutdown, served }
    }

    /// Ends them; a panic in the server surfaces here.
    pub(crate) async fn stop(self) {
        drop(self.client);
        self.shutdown.cancel();
        tokio::time::timeout(FOREVER, self.served).await.unwrap().unwrap().unwrap();
    }

    pub(crate) async fn send(
        &self,
        method: Method,
        path: &str,
        accept: &str,
        body: String,
    ) -> (StatusCode, Incoming) {
        let request = Request::builder()
            .method(method)
            .uri(format!("http://{}{path}", self.address))
            .header("content-type", "application/json")
            .header("accept", accept)
            .body(Full::from(body))
            .unwrap();
        let response = tokio::time::timeout(FOREVER, self.client.request(request)).await.unwrap().unwrap();
        (response.status(), response.into_body())
    }

    /// One JSON object.
    pub(crate) async fn ask(&self, method: Method, path: &str, body: &str) -> (StatusCode, Value) {
        let (status, body) = self.send(method, path, "application/json", body.to_owned()).await;
        let bytes = body.collect().await.unwrap().to_bytes();
        (status, serde_json::from_slice(&bytes).unwrap())
    }

    /// Runs one stage to its end, unstreamed.
    pub(crate) async fn run(&self, agent: &str, job: &Value) -> Value {
        let (status, value) = self.ask(Method::POST, &format!("/{agent}/execute"), &job.to_string()).await;
        assert_eq!(status, StatusCode::OK, "{value}");
        value
    }

    /// Begins one stage, streamed.
    pub(crate) async fn stream(&self, agent: &str, job: &Value) -> Lines {
        let path = format!("/{agent}/execute");
        let (status, body) = self.send(Method::POST, &path, "application/x-ndjson", job.to_string()).await;
        assert_eq!(status, StatusCode::OK);
        Lines { body, buffer: Vec::new() }
    }
}

/// Lines of an answer under way; dropping it is leaving.
pub(crate) struct Lines {
    body: Incoming,
    buffer: Vec<u8>,
}

impl Lines {
    pub(crate) async fn next(&mut self) -> Option<Value> {
        loop {
            if let Some(end) = self.buffer.iter().position(|byte| *byte == b'\n') {
                let line: Vec<u8> = self.buffer.drain(..=end).collect();
                return Some(serde_json::from_slice(&line).unwrap());
            }
            match tokio::time::timeout(FOREVER, self.body.frame()).await.unwrap() {
                None => return None,
                Some(frame) => self.buffer.extend_from_slice(frame.unwrap().data_ref().unwrap()),
            }
        }
    }

    pub(crate) async fn all(mut self) -> Vec<Value> {
        let mut lines = Vec::new();
        while let Some(line) = self.next().await {
            lines.push(line);
        }
        lines
    }
}

/// A job about `financial_db`.
pub(crate) fn job(query: &str, input: Value, stream: bool) -> Value {
    json!({
        "transaction_id": "txn_test", "session_id": "session_test",
        "task": { "query": query, "max_rows": 10_000, "stream": stream },
        "input": input, "database_context": { "database": "financial_db" },
    })
}

/// A job for the data agent.
pub(crate) fn sql(text: &str, stream: bool) -> Value {
    job("question", json!({ "sql": text, "title": "A title" }), stream)
}

/// Waits until `condition` holds, giving way to everybody else meanwhile.
pub(crate) async fn until(what: &str, condition: impl Fn() -> bool) {
    let waiting = async {
        while !condition() {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    };
    tokio::time::timeout(FOREVER, waiting).await.unwrap_or_else(|_| panic!("never: {what}"));
}
