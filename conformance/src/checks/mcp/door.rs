//! The HTTP side of the door: health, upgrade, what is no upgrade, the fallback.

use serde_json::{Value, json};

use super::link::{DATABASE, Link, PATH, error_of, expect_value, result_of};
use crate::checks::rest::operations::{body, status};
use crate::checks::{Context, ReasonCode, Step, ensure, ensure_eq, field};
use crate::peer::Request;
use crate::target::Door;

const CALL: &str = "/tools/call";

/// `GET /health` of the MCP server.
pub(super) async fn health(cx: Context) -> Step {
    let response = cx.mcp()?.http(Request::get("/health")).await?;
    status(&response, 200)?;
    let body = body(&response)?;
    let said = field::text(&body, "status")?;
    expect_value(matches!(said, "healthy" | "degraded"), "status healthy or degraded", said)?;
    field::equals(&body, "service", "tidb-mcp-server-http")?;
    field::equals(&body, "mcp_server_running", true)?;
    let transports = field::array(&body, "transports")?;
    let named = !transports.is_empty() && transports.iter().all(Value::is_string);
    ensure(named, ReasonCode::WrongValue, "the names of its transports", &body)
}

/// The door opens and nothing is said before the agent speaks.
pub(super) async fn quiet(cx: Context) -> Step {
    let mut link = Link::open(&cx).await?;
    let time = cx.quiet(std::time::Duration::from_millis(300));
    let said = |message: &crate::peer::Message| message.to_json().is_some();
    link.peer.expect_silence("no message before the agent's first", time, said).await
}

/// Another WebSocket version is refused with the one that is spoken.
pub(super) async fn version(cx: Context) -> Step {
    let cx = cx.mcp()?;
    let request = cx.upgrade_request(&Door::Path(PATH.to_owned())).with("Sec-WebSocket-Version", "12");
    let response = cx.exchange("version", &request).await?;
    status(&response, 426)?;
    ensure_eq("Sec-WebSocket-Version", &response.field("Sec-WebSocket-Version"), &Some("13"))
}

/// A GET without an upgrade.
pub(super) async fn no_upgrade(cx: Context) -> Step {
    let response = cx.mcp()?.http(Request::get(PATH)).await?;
    status(&response, 426)?;
    let upgrade = response.field("Upgrade").unwrap_or_default();
    let named = upgrade.eq_ignore_ascii_case("websocket");
    ensure(named, ReasonCode::Missing, "Upgrade: websocket", upgrade)
}

/// An unknown path of the MCP server.
pub(super) async fn not_found(cx: Context) -> Step {
    let response = cx.mcp()?.http(Request::get(&format!("/{}", cx.fresh_session()))).await?;
    status(&response, 404)?;
    field::equals(&body(&response)?, "code", "NOT_FOUND")
}

fn fallback(tool: &str, arguments: &Value) -> Request {
    let call = json!({
        "type": "request", "id": "http-1", "method": "tools/call",
        "params": {"name": tool, "arguments": arguments},
    });
    Request::post_json(CALL, &call)
}

/// The same call by HTTP has the same result as by WebSocket.
pub(super) async fn fallback_result(cx: Context) -> Step {
    let arguments = json!({"database": DATABASE});
    let expected = Link::join(&cx).await?.result("discover_tables_tool", arguments.clone()).await?;
    let response = cx.mcp()?.http(fallback("discover_tables_tool", &arguments)).await?;
    status(&response, 200)?;
    let answer = body(&response)?;
    field::equals(&answer, "id", "http-1")?;
    let tables = result_of(&answer)?;
    field::equals(&tables, "tables", field::any(&expected, "tables")?.clone())?;
    field::equals(&tables, "schema_version", field::any(&expected, "schema_version")?.clone())
}

/// What a tool refuses is refused by HTTP too, in the response object.
pub(super) async fn fallback_refusal(cx: Context) -> Step {
    let arguments = json!({"database": DATABASE, "query": "DELETE FROM orders"});
    let response = cx.mcp()?.http(fallback("execute_query_tool", &arguments)).await?;
    status(&response, 200)?;
    error_of(&body(&response)?, "QUERY_REJECTED").map(|_| ())
}

/// Not JSON.
pub(super) async fn fallback_bad_json(cx: Context) -> Step {
    let response = cx.mcp()?.http(Request::new("POST", CALL).body("{\"id\": ")).await?;
    status(&response, 400)?;
    field::equals(&body(&response)?, "code", "INVALID_JSON")
}

/// Another method.
pub(super) async fn fallback_method(cx: Context) -> Step {
    let response = cx.mcp()?.http(Request::new("DELETE", CALL)).await?;
    status(&response, 405)?;
    let allow = response.field("Allow").unwrap_or_default();
    let named = allow.split(',').any(|method| method.trim() == "POST");
    ensure(named, ReasonCode::Missing, "Allow with POST", allow)
}
