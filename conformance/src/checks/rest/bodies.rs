//! Bodies of requests: how long, how written, what in them.

use std::time::Duration;

use serde_json::{Value, json};

use super::operations::{body, refused, status};
use super::waiting;
use crate::checks::{ANYBODY, Check, Context, Step, field};
use crate::peer::Request;

/// Time for a query over HTTP (before scaling).
const WORK: Duration = Duration::from_secs(6);

pub(super) fn checks() -> Vec<Check> {
    vec![
        check!("rest", "body-chunked", "a body in chunks is read", chunked),
        check!("rest", "body-strict", "JSON that two readers read differently is 400 INVALID_JSON", strict),
        check!("rest", "body-no-object", "JSON that is no object is 400 INVALID_MESSAGE", no_object),
        check!("rest", "preferences", "preferences that there are not are 400 INVALID_MESSAGE", preferences),
        check!("rest", "query-cancelled", "who waits for a query that is cancelled gets 409", cancelled),
    ]
}

fn query(cx: &Context, body: &Value) -> Request {
    Request::post_json(&cx.target().rest("/api/query"), body)
}

/// RFC 9112 §7.1: chunks of any length, one of them with an extension.
async fn chunked(cx: Context) -> Step {
    let path = cx.target().rest("/api/database/validate");
    let mut request = Request::new("POST", &path)
        .header("Host", &cx.target().host())
        .header("Content-Type", "application/json")
        .header("Transfer-Encoding", "chunked");
    if let Some(token) = cx.token_of(ANYBODY) {
        request = request.header("Authorization", &format!("Bearer {token}"));
    }
    let mut bytes = request.encode();
    bytes.extend_from_slice(b"1\r\n{\r\nA;x=y\r\n\"database\"\r\n5\r\n:\"x\"}\r\n0\r\n\r\n");
    let mut raw = cx.raw().await?;
    raw.send(&bytes).await;
    let answer = raw.response(cx.soon(), false).await?;
    status(&answer, 200)?;
    field::equals(&body(&answer)?, "valid", false)
}

/// No JSON, a key twice, half a surrogate, a number that no double holds, 130 levels, bytes that are no text.
async fn strict(cx: Context) -> Step {
    let deep = format!("{{\"query\":\"x\",\"pad\":{}{}}}", "[".repeat(130), "]".repeat(130));
    let texts: [&[u8]; 7] = [
        b"",
        b"{\"query\":\"show revenue\"} {}",
        b"{\"query\":\"show revenue\",\"query\":\"show costs\"}",
        b"{\"query\":\"show revenue\",\"pad\":\"\\ud800\"}",
        b"{\"query\":\"show revenue\",\"pad\":1e999}",
        deep.as_bytes(),
        b"{\"query\":\"show revenue \xff\"}",
    ];
    for text in texts {
        let request = Request::new("POST", &cx.target().rest("/api/query"))
            .header("Content-Type", "application/json")
            .body(text);
        refused(&cx.http_within(request, WORK).await?, 400, "INVALID_JSON")?;
    }
    Ok(())
}

async fn no_object(cx: Context) -> Step {
    for text in ["[]", "\"show revenue\"", "5", "null"] {
        let request = Request::new("POST", &cx.target().rest("/api/query")).body(text);
        refused(&cx.http(request).await?, 400, "INVALID_MESSAGE")?;
    }
    Ok(())
}

async fn preferences(cx: Context) -> Step {
    for wanted in [
        json!("fast"),
        json!({"output_format": "xml"}),
        json!({"stream": "yes"}),
        json!({"max_rows": "ten"}),
        json!({"workflow": "no_workflow_of_the_suite"}),
        json!({"workflow": 5}),
    ] {
        let question = json!({"query": "show revenue", "preferences": wanted});
        refused(&cx.http_within(query(&cx, &question), WORK).await?, 400, "INVALID_MESSAGE")?;
    }
    Ok(())
}

async fn cancelled(cx: Context) -> Step {
    let answer = waiting::cancelled(&cx).await?;
    status(&answer, 409)?;
    let told = body(&answer)?;
    field::equals(&told, "type", "query_cancelled")?;
    field::equals(&told, "status", "cancelled")?;
    field::text(&told, "transaction_id").map(|_| ())
}
