//! A client of the Model Context Protocol over Streamable HTTP, as checks use it.

use std::time::Duration;

use serde_json::{Map, Value, json};

use super::stream::{Answer, Next};
pub(super) use crate::checks::rest::operations::status;
use crate::checks::{Context, Deadline, ReasonCode, Step, Stop, ensure, fail, field};
use crate::peer::{Request, Response, SseEvent};
use crate::target::ToolCall;

/// The newest version with sessions.
pub(super) const NEWEST: &str = "2025-11-25";
/// Header of the session.
pub(super) const SESSION: &str = "MCP-Session-Id";
/// Header of the version.
pub(super) const VERSION: &str = "MCP-Protocol-Version";
/// Time for a request that may need work.
const WORK: Duration = Duration::from_secs(5);

/// An initialized client.
pub(super) struct Client {
    pub(super) cx: Context,
    /// Id of the session; `None` when the server has none.
    pub(super) session: Option<String>,
    /// The version agreed upon.
    pub(super) version: String,
    /// What `initialize` answered.
    pub(super) welcome: Value,
}

/// A request and all that came of it.
pub(super) struct Exchange {
    /// Head of the response, with its body when that is no stream.
    pub(super) head: Response,
    /// JSON-RPC messages in order, the response being the last if there was one.
    pub(super) messages: Vec<Value>,
    /// Events, when it was a stream.
    pub(super) events: Vec<SseEvent>,
    /// True when the stream ended, or it was none.
    pub(super) ended: bool,
}

impl Exchange {
    /// The response to the request.
    pub(super) fn response(&self) -> Step<&Value> {
        let is_response =
            |message: &&Value| message.get("result").is_some() || message.get("error").is_some();
        match self.messages.iter().find(is_response) {
            Some(response) => Ok(response),
            None => {
                let (status, text) = (self.head.status, self.head.text());
                fail(
                    ReasonCode::Missing,
                    "a JSON-RPC response",
                    format!("{status} {text} {:?}", self.messages),
                )
            }
        }
    }
}

/// The parameters of `initialize`.
pub(super) fn introduction(version: &str) -> Value {
    json!({
        "protocolVersion": version, "capabilities": {},
        "clientInfo": {"name": "conformance", "version": "1.0.0"},
    })
}

/// A JSON-RPC request.
pub(super) fn rpc(id: impl Into<Value>, method: &str, params: Option<Value>) -> Value {
    let mut message = json!({"jsonrpc": "2.0", "id": id.into(), "method": method});
    if let Some(params) = params {
        message["params"] = params;
    }
    message
}

/// A JSON-RPC notification.
pub(super) fn notification(method: &str, params: Option<Value>) -> Value {
    let mut message = rpc(0, method, params);
    message.as_object_mut().map(|fields| fields.remove("id"));
    message
}

/// A POST of `body` as every client does it.
pub(super) fn post(cx: &Context, body: &Value) -> Request {
    Request::post_json(&cx.target().mcp_path, body).header("Accept", "application/json, text/event-stream")
}

/// Sends `request`; the events of a stream are left to come.
pub(super) async fn send(cx: &Context, request: Request) -> Step<Answer> {
    let mut request = request;
    for (name, value) in [("Host", cx.target().host()), ("Connection", "close".to_owned())] {
        if request.field(name).is_none() {
            request = request.header(name, &value);
        }
    }
    let mut raw = cx.raw().await?;
    raw.send(&request.encode()).await;
    Answer::read(raw, cx.within(WORK)).await
}

/// Sends `request` and reads all that comes of it.
pub(super) async fn exchange(cx: &Context, request: Request) -> Step<Exchange> {
    let answer = send(cx, request).await?;
    collect(answer, cx.within(WORK)).await
}

/// Reads all of an answer, a stream to its end or a little beyond its response.
pub(super) async fn collect(answer: Answer, deadline: Deadline) -> Step<Exchange> {
    let (head, mut stream) = match answer {
        Answer::Whole(response) => {
            let messages = match response.json() {
                Some(Value::Array(list)) => list,
                Some(value) if value.is_object() => vec![value],
                _ => Vec::new(),
            };
            return Ok(Exchange { head: response, messages, events: Vec::new(), ended: true });
        }
        Answer::Stream(head, stream) => (head, stream),
    };
    let mut exchange = Exchange { head, messages: Vec::new(), events: Vec::new(), ended: false };
    let mut end = deadline.end();
    loop {
        match stream.next(end).await? {
            Next::End => {
                exchange.ended = true;
                return Ok(exchange);
            }
            Next::Silence => return Ok(exchange),
            Next::Event(event) => {
                if let Some(data) = event.data.as_deref().filter(|data| !data.is_empty()) {
                    let Ok(message) = serde_json::from_str::<Value>(data) else {
                        return fail(ReasonCode::Malformed, "JSON-RPC in each event", data);
                    };
                    if message.get("result").is_some() || message.get("error").is_some() {
                        // The server should end the stream now; it is given a moment.
                        end = end.min(tokio::time::Instant::now() + Duration::from_millis(700));
                    }
                    match message {
                        Value::Array(list) => exchange.messages.extend(list),
                        message => exchange.messages.push(message),
                    }
                }
                exchange.events.push(event);
            }
        }
    }
}

impl Client {
    /// Initializes with the newest version.
    pub(super) async fn open(cx: &Context) -> Step<Self> {
        Self::open_as(cx, NEWEST).await
    }

    /// Initializes with `version` and says that it is initialized.
    pub(super) async fn open_as(cx: &Context, version: &str) -> Step<Self> {
        let cx = cx.mcp()?;
        let said = exchange(&cx, post(&cx, &rpc(1, "initialize", Some(introduction(version))))).await?;
        status(&said.head, 200)?;
        let welcome = result_of(said.response()?)?.clone();
        let version = field::text(&welcome, "protocolVersion")?.to_owned();
        let session = said.head.field(SESSION).map(str::to_owned);
        let client = Self { cx, session, version, welcome };
        let ready = client.post(&notification("notifications/initialized", None));
        let ready = exchange(&client.cx, ready).await?;
        status(&ready.head, 202)?;
        Ok(client)
    }

    /// Adds the headers of the session.
    pub(super) fn signed(&self, request: Request) -> Request {
        let request = request.header(VERSION, &self.version);
        match &self.session {
            Some(session) => request.header(SESSION, session),
            None => request,
        }
    }

    /// A POST of `body` in this session.
    pub(super) fn post(&self, body: &Value) -> Request {
        self.signed(post(&self.cx, body))
    }

    /// A request without a body in this session.
    pub(super) fn bare(&self, method: &str) -> Request {
        let request = Request::new(method, &self.cx.target().mcp_path);
        self.signed(if method == "GET" { request.header("Accept", "text/event-stream") } else { request })
    }

    /// Sends a request; gives all that came of it.
    pub(super) async fn exchange(&self, method: &str, params: Option<Value>) -> Step<Exchange> {
        exchange(&self.cx, self.post(&rpc("c-1", method, params))).await
    }

    /// Sends a request, which must work; gives its result.
    pub(super) async fn result(&self, method: &str, params: Option<Value>) -> Step<Value> {
        let exchange = self.exchange(method, params).await?;
        result_of(exchange.response()?).cloned()
    }

    /// Sends a request, which must be refused; gives the error.
    pub(super) async fn error(&self, method: &str, params: Option<Value>) -> Step<Value> {
        let exchange = self.exchange(method, params).await?;
        error_of(exchange.response()?).cloned()
    }

    /// Sends a request, which must be refused with `code`.
    pub(super) async fn refused(&self, method: &str, params: Option<Value>, code: i64) -> Step {
        let error = self.error(method, params).await?;
        field::equals(&error, "code", code)
    }

    /// Ends the check as not applicable unless the server declared `capability` (a JSON pointer).
    pub(super) fn declared(&self, capability: &str) -> Step {
        let found = self.welcome.pointer(&format!("/capabilities{capability}"));
        if found.is_some_and(|value| !value.is_null() && *value != json!(false)) {
            return Ok(());
        }
        let name = capability.trim_matches('/');
        let feature = format!("mcp-{}", name.replace('/', "-"));
        Err(self.cx.declined(&feature, format!("initialize did not declare {name}")))
    }

    /// The id of the session; not applicable where there are none.
    pub(super) fn session(&self) -> Step<&str> {
        match &self.session {
            Some(session) => Ok(session),
            None => Err(self.cx.declined("mcp-sessions", "the server has no sessions")),
        }
    }

    /// All items of a list, page after page.
    pub(super) async fn all(&self, method: &str, name: &str) -> Step<Vec<Value>> {
        let mut items = Vec::new();
        let mut cursor: Option<String> = None;
        for _ in 0..100 {
            let params = cursor.map(|cursor| json!({"cursor": cursor}));
            let page = self.result(method, params).await?;
            items.extend(field::array(&page, name)?.iter().cloned());
            cursor = match page.get("nextCursor") {
                None => return Ok(items),
                Some(_) => Some(field::text(&page, "nextCursor")?.to_owned()),
            };
        }
        fail(ReasonCode::Unexpected, format!("an end of {method}"), "a hundred pages")
    }

    /// A tool that may be called, with its arguments: the one the target names, or a read-only one that
    /// needs none, or one of ours.
    pub(super) async fn callable(&self) -> Step<ToolCall> {
        self.declared("/tools")?;
        if let Some(call) = &self.cx.target().mcp_call {
            return Ok(call.clone());
        }
        let tools = self.all("tools/list", "tools").await?;
        let named = |tool: &&Value| tool["name"] == "discover_tables_tool";
        let harmless = |tool: &&Value| {
            tool["annotations"]["readOnlyHint"] == true
                && tool["inputSchema"]["required"].as_array().is_none_or(Vec::is_empty)
        };
        let mut arguments = Map::new();
        let tool = match tools.iter().find(named) {
            Some(tool) => {
                arguments.insert("database".to_owned(), json!("financial_db"));
                tool
            }
            None => match tools.iter().find(harmless) {
                Some(tool) => tool,
                None => {
                    return Err(Stop::Harness(
                        "no tool is marked read-only and needs no argument: name one in [mcp] call of the target \
                         file"
                            .to_owned(),
                    ));
                }
            },
        };
        Ok(ToolCall { tool: field::text(tool, "name")?.to_owned(), arguments })
    }

    /// Parameters of a call that works, with `meta` as its `_meta`.
    pub(super) async fn call_params(&self, meta: Option<Value>) -> Step<Value> {
        let call = self.callable().await?;
        let mut params = json!({"name": call.tool, "arguments": call.arguments});
        if let Some(meta) = meta {
            params["_meta"] = meta;
        }
        Ok(params)
    }
}

/// The result in a response.
pub(super) fn result_of(response: &Value) -> Step<&Value> {
    if let Some(error) = response.get("error") {
        return fail(ReasonCode::Refused, "a result", error.to_string());
    }
    field::any(response, "result")
}

/// The error in a response: a whole number as code, and a text.
pub(super) fn error_of(response: &Value) -> Step<&Value> {
    if let Some(result) = response.get("result") {
        let shown: String = result.to_string().chars().take(200).collect();
        return fail(ReasonCode::Accepted, "an error", shown);
    }
    let error = field::any(response, "error")?;
    let code = field::any(error, "code")?;
    ensure(code.is_i64() || code.is_u64(), ReasonCode::WrongType, "a whole number as code", code)?;
    field::text(error, "message")?;
    Ok(error)
}

/// A status that refuses.
pub(super) fn refuses(response: &Response) -> Step {
    let holds = (400..500).contains(&response.status);
    if response.status == 200 {
        return fail(ReasonCode::Accepted, "a status of 400 to 499", "200");
    }
    ensure(holds, ReasonCode::WrongStatus, "a status of 400 to 499", response.status)
}
