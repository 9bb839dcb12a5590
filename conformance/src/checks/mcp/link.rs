//! A connection to the MCP server's own door, as an agent has it.

use std::time::Duration;

use serde_json::{Value, json};

use crate::checks::{Context, Deadline, Peer, ReasonCode, Received, Step, Stop, ensure, fail, field};
use crate::target::Door;

/// Where it is.
pub(super) const PATH: &str = "/ws";
/// The database every check can use, and another.
pub(super) const DATABASE: &str = "financial_db";
pub(super) const OTHER_DATABASE: &str = "tpch";
/// A statement that takes longer than any check waits.
pub(super) const SLOW: &str = "SELECT count(*) FROM orders a, orders b, orders c";
/// How long it may run, so that what a check leaves behind does not burden others.
pub(super) const SLOW_MS: u64 = 2_500;
/// Time for a call that asks the database.
const WORK: Duration = Duration::from_secs(4);
/// How often a call is made again while the database is busy with others.
const ATTEMPTS: u32 = 5;

/// A connection to the MCP server.
pub(super) struct Link {
    pub(super) cx: Context,
    pub(super) peer: Peer,
    calls: u32,
}

impl Link {
    /// Opens the door and says nothing.
    pub(super) async fn open(cx: &Context) -> Step<Self> {
        let cx = cx.mcp()?;
        let peer = cx.upgrade(&cx.upgrade_request(&Door::Path(PATH.to_owned()))).await?;
        Ok(Self { cx, peer, calls: 0 })
    }

    /// Opens the door and introduces itself; gives the acknowledgement too.
    pub(super) async fn greeted(cx: &Context) -> Step<(Self, Received)> {
        let mut link = Self::open(cx).await?;
        link.peer.send(&introduction(&cx.fresh_session())).await;
        let answer = link.peer.expect_type("connection_acknowledged", cx.soon()).await?;
        Ok((link, answer))
    }

    /// Opens the door and introduces itself.
    pub(super) async fn join(cx: &Context) -> Step<Self> {
        Ok(Self::greeted(cx).await?.0)
    }

    /// The limit for an answer that needs the database.
    pub(super) fn work(&self) -> Deadline {
        self.cx.within(WORK)
    }

    /// Sends a call; gives its id.
    pub(super) async fn ask(&mut self, tool: &str, arguments: &Value) -> Value {
        self.calls += 1;
        let id = Value::from(format!("{tool}-{}", self.calls));
        self.peer.send(&request(&id, tool, arguments)).await;
        id
    }

    /// The response to `id`.
    pub(super) async fn response(&mut self, id: &Value) -> Step<Value> {
        let what = format!("the response to {id}");
        let deadline = self.work();
        let answer = self.peer.expect(&what, deadline, |value| is_response(value, id)).await?;
        Ok(answer.value)
    }

    /// Calls a tool; gives the response. While the database is busy it asks again.
    pub(super) async fn call(&mut self, tool: &str, arguments: Value) -> Step<Value> {
        for attempt in 1..=ATTEMPTS {
            let id = self.ask(tool, &arguments).await;
            let answer = self.response(&id).await?;
            let busy = answer.pointer("/error/code") == Some(&json!("DATABASE_CONTEXT_UNAVAILABLE"));
            if !busy {
                return Ok(answer);
            }
            tokio::time::sleep(Duration::from_millis(150) * attempt).await;
        }
        Err(Stop::Harness(format!("the database was busy {ATTEMPTS} times")))
    }

    /// Calls a tool, which must work; gives the result.
    pub(super) async fn result(&mut self, tool: &str, arguments: Value) -> Step<Value> {
        let answer = self.call(tool, arguments).await?;
        result_of(&answer)
    }

    /// Calls a tool, which must answer with the error `code`; gives the error.
    pub(super) async fn refusal(&mut self, tool: &str, arguments: Value, code: &str) -> Step<Value> {
        let answer = self.call(tool, arguments).await?;
        error_of(&answer, code)
    }

    /// Runs a statement, which must work; gives the result.
    pub(super) async fn run(&mut self, sql: &str) -> Step<Value> {
        self.result("execute_query_tool", json!({"database": DATABASE, "query": sql})).await
    }

    /// Starts a statement that takes long; gives its id.
    pub(super) async fn start_slow(&mut self) -> Value {
        let arguments = json!({"database": DATABASE, "query": SLOW, "timeout_ms": SLOW_MS});
        self.ask("execute_query_tool", &arguments).await
    }

    /// Ends a call whose answer nobody needs.
    pub(super) async fn cancel(&mut self, id: &Value) {
        self.peer.send(&json!({"type": "cancel", "id": id})).await;
    }

    /// An `error` message with `code`, after which the connection still answers.
    pub(super) async fn refused(&mut self, code: &str) -> Step<Value> {
        let error = self.peer.expect_error(code, self.cx.soon()).await?;
        field::text(&error.value, "message")?;
        self.peer.expect_open(self.cx.soon()).await?;
        Ok(error.value)
    }
}

/// What an agent says first.
pub(super) fn introduction(agent: &str) -> Value {
    json!({
        "type": "event", "event_name": "agent_connected",
        "payload": {"agent_id": agent, "agent_type": "data", "capabilities": ["query_execution"]},
    })
}

/// A call of a tool.
pub(super) fn request(id: &Value, tool: &str, arguments: &Value) -> Value {
    json!({
        "type": "request", "id": id, "method": "tools/call",
        "params": {"name": tool, "arguments": arguments},
    })
}

/// Whether a message is the response to `id`.
pub(super) fn is_response(value: &Value, id: &Value) -> bool {
    value["type"] == "response" && value["id"] == *id
}

/// The result in a response; an error there is a refusal.
pub(super) fn result_of(answer: &Value) -> Step<Value> {
    if let (None, Some(error)) = (answer.get("result"), answer.get("error")) {
        return fail(ReasonCode::Refused, "a result", error.to_string());
    }
    field::any(answer, "result").cloned()
}

/// The error in a response; a result there is an acceptance.
pub(super) fn error_of(answer: &Value, code: &str) -> Step<Value> {
    if let Some(result) = answer.get("result") {
        let shown: String = result.to_string().chars().take(200).collect();
        return fail(ReasonCode::Accepted, format!("error {code}"), format!("result {shown}"));
    }
    let error = field::any(answer, "error")?;
    field::equals(error, "code", code)?;
    field::text(error, "message")?;
    Ok(error.clone())
}

/// The names in a list of objects with `name`.
pub(super) fn names(list: &Value, path: &str) -> Step<Vec<String>> {
    field::array(list, path)?.iter().map(|item| field::text(item, "name").map(str::to_owned)).collect()
}

/// A database's error says what to do.
pub(super) fn context_error(error: &Value) -> Step {
    field::text(error, "/details/user_message")?;
    field::text(error, "/details/hint")?;
    field::contains(error, "/details/available_databases", DATABASE)
}

/// Fails unless `holds`.
pub(super) fn expect_value(holds: bool, expected: &str, actual: impl std::fmt::Display) -> Step {
    ensure(holds, ReasonCode::WrongValue, expected, actual)
}
