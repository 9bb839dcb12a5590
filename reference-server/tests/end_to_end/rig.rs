//! A backend on a free port, with agents that do what the question says, and clients to talk to it.
//!
//! Questions: `sql …` is that statement, `trickle` waits after its first 501 rows, `believe` tells
//! what it takes for true, `rows N` gives N rows, `hold …` waits in the data stage until the test opens the gate, `reject`
//! is not understood, `panic` panics.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::future::BoxFuture;
use futures_util::{FutureExt, SinkExt, StreamExt};
use http::{Method, Request, Response, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper_util::client::legacy::Client as HttpClient;
use hyper_util::rt::TokioExecutor;
use reference_server::agents::{Agent, AgentSet, Belief, Job, Parts, Progress};
use reference_server::config::Config;
use reference_server::database::Database;
use reference_server::mcp::{McpClient, TierError};
use reference_server::serve::{Listeners, Role, ServeError, Server, Shutdown, Summary, TlsAcceptor};
use serde_json::{Value, json};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::task::JoinHandle;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::{WebSocketStream, client_async};
use tokio_util::sync::CancellationToken;

/// Nothing awaited here takes this long unless it never comes.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

/// Waits for what must come.
pub(crate) async fn soon<T>(future: impl Future<Output = T>) -> T {
    tokio::time::timeout(PATIENCE, future).await.expect("it should have come by now")
}

/// What tests and agents tell each other.
#[derive(Debug)]
pub(crate) struct Gate {
    entered: Semaphore,
    open: Semaphore,
    left: Semaphore,
}

impl Gate {
    fn new() -> Arc<Self> {
        let closed = || Semaphore::new(0);
        Arc::new(Self { entered: closed(), open: closed(), left: closed() })
    }

    /// Questions that hold, or held, in the data stage and were not waited for.
    pub(crate) fn entries(&self) -> usize {
        self.entered.available_permits()
    }

    /// Waits until a question holds in the data stage.
    pub(crate) async fn entered(&self) {
        soon(self.entered.acquire()).await.unwrap().forget();
    }

    /// Lets one go on.
    pub(crate) fn open(&self) {
        self.open.add_permits(1);
    }

    /// Waits until one has gone, on or away.
    pub(crate) async fn left(&self) {
        soon(self.left.acquire()).await.unwrap().forget();
    }
}

struct Leaving<'a>(&'a Gate);

impl Drop for Leaving<'_> {
    fn drop(&mut self) {
        self.0.left.add_permits(1);
    }
}

#[derive(Debug)]
struct Scripted {
    name: &'static str,
    gate: Arc<Gate>,
}

impl Agent for Scripted {
    fn name(&self) -> &'static str {
        self.name
    }

    fn tasks(&self) -> &'static [&'static str] {
        match self.name {
            "nlp" => &["Processing NLP..."],
            "data" => &["Executing SQL..."],
            _ => &["Generating Viz..."],
        }
    }

    fn delay_twentieths(&self) -> u32 {
        1
    }

    fn run<'a>(&'a self, job: &'a Job, progress: &'a Progress) -> BoxFuture<'a, Result<Value, TierError>> {
        async move {
            match self.name {
                "nlp" => {
                    if job.task.query == "believe" {
                        for _ in 0..2 {
                            progress.beliefs(&["answer"], vec![Belief::new("it is so", 0.5)]).await;
                        }
                    }
                    understand(&job.task.query)
                }
                "data" => self.fetch(job, progress).await,
                _ => Ok(json!({ "visualization": { "chart_type": "bar", "x": "n", "y": "n", "title": "t", "spec": {} } })),
            }
        }
        .boxed()
    }
}

fn understand(question: &str) -> Result<Value, TierError> {
    assert!(question != "panic", "as the question says");
    if question == "reject" {
        let details = json!({ "reason": "not_understood", "understood": [], "unknown": ["reject"] });
        return Err(TierError::new("QUERY_REJECTED", "not understood").with_details(details));
    }
    let sql = question.strip_prefix("sql ").map_or_else(|| format!("-- {question}"), str::to_owned);
    Ok(json!({ "sql": sql, "title": "t", "understood": [], "query": {} }))
}

impl Scripted {
    async fn fetch(&self, job: &Job, progress: &Progress) -> Result<Value, TierError> {
        if job.task.query.starts_with("hold") {
            let _leaving = Leaving(&self.gate);
            self.gate.entered.add_permits(1);
            self.gate.open.acquire().await.unwrap().forget();
        }
        if job.task.query == "trickle" {
            let columns = serde_json::from_value(json!([{ "name": "n", "type": "integer" }])).unwrap();
            // More than one message holds, so that the first can go.
            let rows = (0..501).map(|number| vec![json!(number)]).collect();
            progress.partial(Some(columns), rows).await;
            self.gate.entered.add_permits(1);
            self.gate.open.acquire().await.unwrap().forget();
        }
        let count = job.task.query.strip_prefix("rows ").map_or(2, |count| count.parse().unwrap());
        let rows: Vec<Vec<Value>> = (0..count).map(|number: u64| vec![json!(number)]).collect();
        let columns = json!([{ "name": "n", "type": "integer" }]);
        if job.task.stream {
            let columns = serde_json::from_value(columns.clone()).unwrap();
            progress.partial(Some(columns), rows.clone()).await;
        }
        let shown = if job.task.stream { Vec::new() } else { rows };
        Ok(json!({
            "sql": job.input["sql"], "columns": columns, "rows": shown,
            "row_count": count, "truncated": false, "title": "t", "sample": [],
        }))
    }
}

/// Agents that do what the question says.
fn serve_scripted(listener: TcpListener, gate: &Arc<Gate>, config: Config, stop: CancellationToken) {
    let scripted = ["nlp", "data", "viz"]
        .map(|name| Arc::new(Scripted { name, gate: Arc::clone(gate) }) as Arc<dyn Agent>);
    tokio::spawn(reference_server::agents::serve(listener, AgentSet::of(scripted), Arc::new(config), stop));
}

/// A running backend.
pub(crate) struct Rig {
    pub(crate) address: SocketAddr,
    pub(crate) gate: Arc<Gate>,
    pub(crate) shutdown: Shutdown,
    pub(crate) tls: Option<Arc<TlsAcceptor>>,
    server: JoinHandle<Result<Summary, ServeError>>,
    agents: CancellationToken,
    http: HttpClient<hyper_util::client::legacy::connect::HttpConnector, Full<Bytes>>,
}

impl Rig {
    pub(crate) async fn new() -> Self {
        Self::with(|_| {}).await
    }

    pub(crate) async fn with(change: impl FnOnce(&mut Config)) -> Self {
        let free = SocketAddr::from(([127, 0, 0, 1], 0));
        let gate = Gate::new();
        let mut config = Config::default();
        config.listen.backend = free;
        // Nobody listens on port 1: the MCP server of another process must not be found by accident.
        config.upstream.mcp = Some("ws://127.0.0.1:1/ws".to_owned());
        change(&mut config);
        let listener = TcpListener::bind(free).await.unwrap();
        if config.upstream.agents.is_none() {
            config.upstream.agents = Some(format!("http://{}", listener.local_addr().unwrap()));
        }
        let agents = CancellationToken::new();
        serve_scripted(listener, &gate, config.clone(), agents.clone());
        Self::start(Role::Backend, config, gate, agents).await
    }

    /// A backend, agents and an MCP server over the real databases, with an nlp agent that takes `sql …` for the
    /// statement; and the databases.
    pub(crate) async fn over_sql(change: impl FnOnce(&mut Config)) -> (Self, Database) {
        let free = || TcpListener::bind("127.0.0.1:0");
        let (nlp, agents, mcp) = (free().await.unwrap(), free().await.unwrap(), free().await.unwrap());
        let url = |listener: &TcpListener| format!("http://{}", listener.local_addr().unwrap());
        let mut config = Config::default();
        config.listen.backend = SocketAddr::from(([127, 0, 0, 1], 0));
        config.database.directory = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("data");
        config.upstream.agents = Some(url(&agents));
        config.upstream.agents_by_name.insert("nlp".to_owned(), url(&nlp));
        config.upstream.mcp = Some(format!("ws://{}/ws", mcp.local_addr().unwrap()));
        change(&mut config);
        let (gate, stop, shared) = (Gate::new(), CancellationToken::new(), Arc::new(config.clone()));
        let database = Database::open(&config).await.unwrap();
        tokio::spawn(reference_server::mcp::serve(mcp, Arc::clone(&shared), database.clone(), stop.clone()));
        let endpoint = config.upstream.mcp.as_deref().unwrap().parse().unwrap();
        let parts = Parts { config: Arc::clone(&shared), mcp: McpClient::new(endpoint, "data", &config) };
        let served = reference_server::agents::serve(agents, AgentSet::all(&parts), shared, stop.clone());
        tokio::spawn(served);
        serve_scripted(nlp, &gate, config.clone(), stop.clone());
        (Self::start(Role::Backend, config, gate, stop).await, database)
    }

    /// A server of that role with the agents a deployment has.
    pub(crate) async fn of(role: Role, change: impl FnOnce(&mut Config)) -> Self {
        let mut config = Config::default();
        config.listen.backend = SocketAddr::from(([127, 0, 0, 1], 0));
        change(&mut config);
        Self::start(role, config, Gate::new(), CancellationToken::new()).await
    }

    async fn start(role: Role, config: Config, gate: Arc<Gate>, agents: CancellationToken) -> Self {
        let listeners = Listeners::bind(&config, role).await.unwrap();
        let server = Server::prepare(listeners, config).await.unwrap();
        let address = server.addresses().backend.unwrap();
        let tls = server.tls();
        let shutdown = Shutdown::new();
        let server = tokio::spawn(server.serve(shutdown.clone()));
        let http = HttpClient::builder(TokioExecutor::new()).build_http();
        Self { address, gate, shutdown, tls, server, agents, http }
    }

    /// Lets the agents come (back) at `address`.
    pub(crate) async fn agents_at(&self, address: SocketAddr) -> CancellationToken {
        let listener = TcpListener::bind(address).await.unwrap();
        let stop = self.agents.child_token();
        serve_scripted(listener, &self.gate, Config::default(), stop.clone());
        stop
    }

    /// Opens a door and reads what it says first.
    pub(crate) async fn open(&self, path: &str) -> (Peer, Value) {
        let mut peer = self.knock(path).await;
        let established = peer.next().await;
        assert_eq!(established["type"], "connection_established", "{established}");
        (peer, established)
    }

    /// Opens a door.
    pub(crate) async fn knock(&self, path: &str) -> Peer {
        let stream = TcpStream::connect(self.address).await.unwrap();
        let url = format!("ws://{}{path}", self.address);
        let (socket, _) = soon(client_async(url, stream)).await.unwrap();
        Peer { socket }
    }

    /// Opens a door with further header lines; `Err` with the answer when it stays shut.
    pub(crate) async fn knock_with(
        &self,
        path: &str,
        headers: &[(&str, &str)],
    ) -> Result<Peer, Response<Option<Vec<u8>>>> {
        let mut request = format!("ws://{}{path}", self.address).into_client_request().unwrap();
        for (name, value) in headers {
            let name: http::HeaderName = name.parse().unwrap();
            request.headers_mut().append(name, value.parse().unwrap());
        }
        let stream = TcpStream::connect(self.address).await.unwrap();
        match soon(client_async(request, stream)).await {
            Ok((socket, _)) => Ok(Peer { socket }),
            Err(tokio_tungstenite::tungstenite::Error::Http(answer)) => Err(*answer),
            Err(error) => panic!("no answer: {error}"),
        }
    }

    /// A named connection after its handshake.
    pub(crate) async fn joined(&self, handshake: Value) -> (Peer, Value) {
        let (mut peer, _) = self.open("/ws/query").await;
        let mut message = json!({ "type": "connection_handshake" });
        message.as_object_mut().unwrap().extend(handshake.as_object().unwrap().clone());
        peer.send(message).await;
        let acknowledged = peer.next().await;
        assert_eq!(acknowledged["type"], "connection_acknowledged", "{acknowledged}");
        (peer, acknowledged)
    }

    /// A request with a body.
    pub(crate) async fn request(&self, method: Method, path: &str, body: &str) -> (StatusCode, Value) {
        read(self.answer(method, path, body).await).await
    }

    /// The same in a session named by its header.
    pub(crate) async fn request_in(
        &self,
        method: Method,
        path: &str,
        body: &str,
        session: &str,
    ) -> (StatusCode, Value) {
        let request = self.make(method, path).header("x-session-id", session);
        read(self.send(request, body).await).await
    }

    /// The same with the head of the answer.
    pub(crate) async fn answer(&self, method: Method, path: &str, body: &str) -> Response<Incoming> {
        self.send(self.make(method, path), body).await
    }

    /// The same with further fields.
    pub(crate) async fn answer_with(
        &self,
        method: Method,
        path: &str,
        fields: &[(&str, &str)],
        body: &str,
    ) -> Response<Incoming> {
        let request = fields
            .iter()
            .fold(self.make(method, path), |request, (name, value)| request.header(*name, *value));
        self.send(request, body).await
    }

    fn make(&self, method: Method, path: &str) -> http::request::Builder {
        Request::builder().method(method).uri(format!("http://{}{path}", self.address))
    }

    async fn send(&self, request: http::request::Builder, body: &str) -> Response<Incoming> {
        let request = request.body(Full::new(Bytes::from(body.to_owned()))).unwrap();
        soon(self.http.request(request)).await.unwrap()
    }

    /// Waits for the end of the server, which must be in order.
    pub(crate) async fn ended(self) -> Summary {
        let summary = soon(self.server).await.unwrap().unwrap();
        self.agents.cancel();
        summary
    }
}

pub(crate) async fn read(answer: Response<Incoming>) -> (StatusCode, Value) {
    let status = answer.status();
    let bytes = soon(answer.into_body().collect()).await.unwrap().to_bytes();
    let text = || Value::String(String::from_utf8_lossy(&bytes).into());
    (status, serde_json::from_slice(&bytes).unwrap_or_else(|_| text()))
}

/// A client.
pub(crate) struct Peer {
    socket: WebSocketStream<TcpStream>,
}

impl Peer {
    pub(crate) async fn send(&mut self, message: Value) {
        self.send_text(&message.to_string()).await;
    }

    pub(crate) async fn send_text(&mut self, text: &str) {
        soon(self.socket.send(Message::text(text))).await.unwrap();
    }

    pub(crate) async fn send_frame(&mut self, message: Message) {
        soon(self.socket.send(message)).await.unwrap();
    }

    /// The next message; control frames are answered and passed over.
    pub(crate) async fn next(&mut self) -> Value {
        loop {
            match soon(self.socket.next()).await {
                Some(Ok(Message::Text(text))) => return serde_json::from_str(&text).unwrap(),
                Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
                other => panic!("expected a message, got {other:?}"),
            }
        }
    }

    /// The next message, if one comes within `patience`.
    pub(crate) async fn next_within(&mut self, patience: Duration) -> Option<Value> {
        tokio::time::timeout(patience, self.next()).await.ok()
    }

    /// The next message of that name; others are passed over.
    pub(crate) async fn until(&mut self, name: &str) -> Value {
        self.up_to(name).await.pop().unwrap()
    }

    /// All messages up to one of that name.
    pub(crate) async fn up_to(&mut self, name: &str) -> Vec<Value> {
        let mut seen = Vec::new();
        loop {
            let message = self.next().await;
            let found = message["type"] == name || message["event_name"] == name;
            seen.push(message);
            if found {
                return seen;
            }
        }
    }

    /// The next frame, whatever it is.
    pub(crate) async fn socket_next(&mut self) -> Message {
        soon(self.socket.next()).await.unwrap().unwrap()
    }

    /// Says goodbye and waits for the answer.
    pub(crate) async fn close(&mut self) {
        soon(self.socket.close(None)).await.unwrap();
        while let Some(Ok(_)) = soon(self.socket.next()).await {}
    }

    /// How the server closes; nothing else may come before.
    pub(crate) async fn closed(&mut self) -> (u16, String) {
        loop {
            match soon(self.socket.next()).await {
                Some(Ok(Message::Close(Some(frame)))) => {
                    return (frame.code.into(), frame.reason.to_string());
                }
                Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
                other => panic!("expected a close, got {other:?}"),
            }
        }
    }
}
