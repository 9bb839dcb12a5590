//! Requests that two readers of HTTP would read differently.

use crate::checks::{Check, Context, ReasonCode, Step, ensure};

pub(super) fn checks() -> Vec<Check> {
    vec![
        check!("security", "two-lengths", "two lengths that differ are 400", two_lengths),
        check!(
            "security",
            "length-and-chunks",
            "a length beside chunks is refused, or the connection ends",
            length_and_chunks
        ),
        check!("security", "bad-length", "a length that is no number is 400", bad_length),
        check!(
            "security",
            "space-before-colon",
            "a field name with a space before its colon is 400",
            space_before_colon
        ),
        check!("security", "no-host", "a request of HTTP/1.1 without Host is 400", no_host),
        check!("security", "crlf-in-path", "a line end in a path adds no field to the answer", crlf_in_path),
        check!("security", "traversal", "dots in a path lead to no file", traversal),
    ]
}

/// Sends these lines; what is answered, and whether anything comes after it.
async fn answered(cx: &Context, lines: &[&str], body: &str) -> Step<crate::peer::Response> {
    let mut raw = cx.raw().await?;
    let path = cx.target().rest("/api/database/validate");
    let mut text = format!("POST {path} HTTP/1.1\r\nHost: {}\r\n", cx.target().host());
    if let Some(token) = cx.token_of(crate::checks::ANYBODY) {
        text.push_str(&format!("Authorization: Bearer {token}\r\n"));
    }
    for line in lines {
        text.push_str(line);
        text.push_str("\r\n");
    }
    text.push_str("\r\n");
    text.push_str(body);
    raw.send(text.as_bytes()).await;
    raw.response(cx.soon(), false).await
}

async fn refused(cx: &Context, lines: &[&str]) -> Step {
    let response = answered(cx, lines, "{\"database\":\"x\"}").await?;
    let actual = format!("status {}", response.status);
    let accepted = (200..300).contains(&response.status);
    ensure(!accepted, ReasonCode::Accepted, "status 400", &actual)?;
    ensure(response.status == 400, ReasonCode::WrongStatus, "status 400", actual)
}

/// RFC 9112 §6.3.
async fn two_lengths(cx: Context) -> Step {
    refused(&cx, &["Content-Length: 16", "Content-Length: 15"]).await
}

/// RFC 9112 §6.1: after it nothing more may be read from the connection, whatever is answered.
async fn length_and_chunks(cx: Context) -> Step {
    let mut raw = cx.raw().await?;
    let (path, host) = (cx.target().rest("/api/database/validate"), cx.target().host());
    let hidden = format!("GET {} HTTP/1.1\r\nHost: {host}\r\n\r\n", cx.target().rest("/health"));
    let text = format!(
        "POST {path} HTTP/1.1\r\nHost: {host}\r\nContent-Length: {}\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n{hidden}",
        hidden.len() + 5
    );
    raw.send(text.as_bytes()).await;
    raw.response(cx.soon(), false).await?;
    match raw.response(cx.soon(), false).await {
        Ok(second) => {
            let actual = format!("an answer {} to the request hidden in it", second.status);
            crate::checks::fail(ReasonCode::Accepted, "the end of the connection", actual)
        }
        Err(_) => Ok(()),
    }
}

async fn bad_length(cx: Context) -> Step {
    refused(&cx, &["Content-Length: 0x10"]).await
}

/// RFC 9112 §5.1.
async fn space_before_colon(cx: Context) -> Step {
    refused(&cx, &["Content-Length : 16"]).await
}

/// RFC 9112 §3.2.
async fn no_host(cx: Context) -> Step {
    let mut raw = cx.raw().await?;
    raw.send(format!("GET {} HTTP/1.1\r\nConnection: close\r\n\r\n", cx.target().rest("/health")).as_bytes())
        .await;
    let response = raw.response(cx.soon(), false).await?;
    ensure(response.status != 200, ReasonCode::Accepted, "status 400", response.status)?;
    ensure(response.status == 400, ReasonCode::WrongStatus, "status 400", response.status)
}

/// Percent-encoded, where a server might decode it into a field of its answer.
async fn crlf_in_path(cx: Context) -> Step {
    for path in ["/ws/%0d%0aX-Injected:%20yes", "/api/sessions/%0d%0aX-Injected:%20yes"] {
        let response = cx.http(crate::peer::Request::get(&cx.target().rest(path))).await?;
        let injected = response.field("X-Injected").is_some();
        ensure(
            !injected,
            ReasonCode::Accepted,
            "no field X-Injected",
            String::from_utf8_lossy(&response.encode()),
        )?;
    }
    Ok(())
}

async fn traversal(cx: Context) -> Step {
    for path in ["/../../../../etc/passwd", "/..%2f..%2f..%2fetc%2fpasswd", "/api/%2e%2e/%2e%2e/etc/passwd"] {
        let response = cx.http(crate::peer::Request::get(&cx.target().rest(path))).await?;
        let found = response.text().contains("root:");
        ensure(!found, ReasonCode::Leak, "no file", response.text())?;
        let refused = matches!(response.status, 400 | 404);
        ensure(refused, ReasonCode::WrongStatus, "status 400 or 404", response.status)?;
    }
    Ok(())
}
