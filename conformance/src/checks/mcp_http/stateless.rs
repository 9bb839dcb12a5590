//! 2026-07-28: no sessions, every request says what it is. Judged where `server/discover` is answered.

use serde_json::{Value, json};

use super::client::{Exchange, SESSION, VERSION, error_of, exchange, post, result_of, rpc, status};
use crate::checks::{Context, ReasonCode, Step, ensure, fail, field};
use crate::peer::Request;

const STATELESS: &str = "2026-07-28";

/// A request of that version, `version` in its body.
fn request(cx: &Context, method: &str, params: Value, version: &str) -> Request {
    let mut params = params;
    params["_meta"] = json!({
        "io.modelcontextprotocol/protocolVersion": version,
        "io.modelcontextprotocol/clientInfo": {"name": "conformance", "version": "1.0.0"},
        "io.modelcontextprotocol/clientCapabilities": {},
    });
    let name = params.get("name").and_then(Value::as_str).map(str::to_owned);
    let request =
        post(cx, &rpc("s-1", method, Some(params))).header(VERSION, STATELESS).header("Mcp-Method", method);
    match name {
        Some(name) => request.header("Mcp-Name", &name),
        None => request,
    }
}

/// The MCP server and what it says of itself; not applicable when it refuses this version: by an error, or by a status
/// that says so.
async fn discovered(cx: &Context) -> Step<(Context, Value)> {
    let cx = cx.mcp()?;
    let said = exchange(&cx, request(&cx, "server/discover", json!({}), STATELESS)).await?;
    let found = said.response().ok().and_then(|response| response.get("result").cloned());
    match found {
        Some(found) if said.head.status == 200 => Ok((cx, found)),
        None if (400..500).contains(&said.head.status) || said.response().is_ok_and(is_error) => {
            Err(cx.declined("mcp-stateless", format!("{STATELESS} is not offered")))
        }
        _ => {
            fail(ReasonCode::Unexpected, "server/discover answered or refused", said.head.status.to_string())
        }
    }
}

fn is_error(response: &Value) -> bool {
    response.get("error").is_some()
}

async fn said(cx: &Context, request: Request) -> Step<Exchange> {
    exchange(cx, request).await
}

/// What the server speaks and can.
pub(super) async fn discover(cx: Context) -> Step {
    let (_, found) = discovered(&cx).await?;
    field::contains(&found, "supportedVersions", STATELESS)?;
    field::object(&found, "capabilities").map(|_| ())
}

/// A request needs no session, and gets none.
pub(super) async fn no_session(cx: Context) -> Step {
    let (cx, _) = discovered(&cx).await?;
    let said = said(&cx, request(&cx, "tools/list", json!({}), STATELESS)).await?;
    status(&said.head, 200)?;
    result_of(said.response()?)?;
    ensure(said.head.field(SESSION).is_none(), ReasonCode::Unexpected, "no session id", "one")
}

/// A version that is not spoken is 400, with those that are.
pub(super) async fn unsupported(cx: Context) -> Step {
    let (cx, _) = discovered(&cx).await?;
    let request = request(&cx, "tools/list", json!({}), "2999-12-31").with(VERSION, "2999-12-31");
    let said = said(&cx, request).await?;
    if said.head.status == 200 {
        return fail(ReasonCode::Accepted, "400", "200");
    }
    status(&said.head, 400)?;
    field::contains(error_of(said.response()?)?, "/data/supported", STATELESS)
}

/// Header and body that name two versions are refused.
pub(super) async fn mismatch(cx: Context) -> Step {
    let (cx, _) = discovered(&cx).await?;
    let said = said(&cx, request(&cx, "tools/list", json!({}), "2025-11-25")).await?;
    if said.head.status == 200 {
        return fail(ReasonCode::Accepted, "400", "200");
    }
    status(&said.head, 400)?;
    error_of(said.response()?).map(|_| ())
}

/// A header that names another method than the body is refused.
pub(super) async fn other_method(cx: Context) -> Step {
    let (cx, _) = discovered(&cx).await?;
    let request = request(&cx, "tools/list", json!({}), STATELESS).with("Mcp-Method", "prompts/list");
    let said = said(&cx, request).await?;
    if said.head.status == 200 {
        return fail(ReasonCode::Accepted, "400", "200");
    }
    status(&said.head, 400)
}

/// An unknown method is 404 with the error of JSON-RPC.
pub(super) async fn unknown_method(cx: Context) -> Step {
    let (cx, _) = discovered(&cx).await?;
    let said = said(&cx, request(&cx, "no/such-method", json!({}), STATELESS)).await?;
    if said.head.status == 200 {
        return fail(ReasonCode::WrongStatus, "404", "200");
    }
    status(&said.head, 404)?;
    field::equals(error_of(said.response()?)?, "code", -32_601)
}
