//! Reading HTTP responses from a socket that may send anything: bounded in time and in memory.

use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::time::{Instant, timeout_at};

use super::http::{HttpFault, Response};
use super::memory::Held;

/// Longest head that is read.
pub const MAX_HEAD: usize = 64 * 1024;
/// Longest body that is read.
pub const MAX_BODY: usize = 8 * 1024 * 1024;

/// Reads one response head and its body; bytes behind it stay in `rest`.
///
/// `bodiless` is true for the answer to HEAD.
pub async fn read_response<R: AsyncRead + Unpin>(
    stream: &mut R,
    rest: &mut Vec<u8>,
    deadline: Instant,
    bodiless: bool,
) -> Result<Response, HttpFault> {
    let response = read_head(stream, rest, deadline).await?;
    read_body(stream, rest, deadline, response, bodiless).await
}

/// Reads the body behind the head of `response`.
pub async fn read_body<R: AsyncRead + Unpin>(
    stream: &mut R,
    rest: &mut Vec<u8>,
    deadline: Instant,
    mut response: Response,
    bodiless: bool,
) -> Result<Response, HttpFault> {
    if bodiless || response.status < 200 || matches!(response.status, 204 | 304) {
        return Ok(response);
    }
    let chunked = response
        .field("Transfer-Encoding")
        .is_some_and(|value| value.to_ascii_lowercase().contains("chunked"));
    let length = response.field("Content-Length").map(str::parse::<usize>);
    let held = &mut Held::default();
    response.body = match length {
        _ if chunked => read_chunks(stream, rest, deadline, held).await?,
        Some(Ok(length)) if length > MAX_BODY => return Err(HttpFault::BodyTooLarge(MAX_BODY)),
        Some(Ok(length)) => read_exactly(stream, rest, deadline, length, (held, 0)).await?,
        Some(Err(_)) => {
            let value = response.field("Content-Length").unwrap_or_default();
            return Err(HttpFault::Malformed(format!("Content-Length: {value}")));
        }
        None => read_to_end(stream, rest, deadline, held).await?,
    };
    Ok(response)
}

/// Reads a response head; bytes behind it stay in `rest`.
pub async fn read_head<R: AsyncRead + Unpin>(
    stream: &mut R,
    rest: &mut Vec<u8>,
    deadline: Instant,
) -> Result<Response, HttpFault> {
    loop {
        if let Some(end) = head_end(rest) {
            let head: Vec<u8> = rest.drain(..end).collect();
            return Response::parse(&head);
        }
        if rest.len() > MAX_HEAD {
            return Err(HttpFault::HeadTooLarge(MAX_HEAD));
        }
        // Garbage is told from a slow head as soon as it can't become one.
        let start = &rest[..rest.len().min(5)];
        if !b"HTTP/".starts_with(start) {
            let text = String::from_utf8_lossy(&rest[..rest.len().min(120)]).into_owned();
            return Err(HttpFault::Malformed(text));
        }
        more(stream, rest, deadline).await?;
    }
}

/// Position behind the empty line that ends a head.
pub(crate) fn head_end(bytes: &[u8]) -> Option<usize> {
    bytes.windows(4).position(|window| window == b"\r\n\r\n").map(|at| at + 4)
}

async fn more<R: AsyncRead + Unpin>(
    stream: &mut R,
    rest: &mut Vec<u8>,
    deadline: Instant,
) -> Result<(), HttpFault> {
    rest.reserve(8 * 1024);
    match timeout_at(deadline, stream.read_buf(rest)).await {
        Err(_) => Err(HttpFault::Silent(rest.len())),
        Ok(Err(_) | Ok(0)) => Err(HttpFault::Ended(rest.len())),
        Ok(Ok(_)) => Ok(()),
    }
}

/// Waits until there is room for what is held of a body.
async fn room(rest: &[u8], deadline: Instant, held: &mut Held, before: usize) -> Result<(), HttpFault> {
    let waiting = held.hold(|| before + rest.len());
    timeout_at(deadline, waiting).await.map_err(|_| HttpFault::Silent(rest.len()))
}

/// Reads `length` octets; what there is of the body before them is held with them.
async fn read_exactly<R: AsyncRead + Unpin>(
    stream: &mut R,
    rest: &mut Vec<u8>,
    deadline: Instant,
    length: usize,
    (held, before): (&mut Held, usize),
) -> Result<Vec<u8>, HttpFault> {
    while rest.len() < length {
        room(rest, deadline, held, before).await?;
        more(stream, rest, deadline).await?;
    }
    Ok(rest.drain(..length).collect())
}

async fn read_to_end<R: AsyncRead + Unpin>(
    stream: &mut R,
    rest: &mut Vec<u8>,
    deadline: Instant,
    held: &mut Held,
) -> Result<Vec<u8>, HttpFault> {
    loop {
        if rest.len() > MAX_BODY {
            return Err(HttpFault::BodyTooLarge(MAX_BODY));
        }
        room(rest, deadline, held, 0).await?;
        match more(stream, rest, deadline).await {
            Ok(()) => {}
            Err(HttpFault::Ended(_)) => return Ok(std::mem::take(rest)),
            Err(fault) => return Err(fault),
        }
    }
}

async fn read_chunks<R: AsyncRead + Unpin>(
    stream: &mut R,
    rest: &mut Vec<u8>,
    deadline: Instant,
    held: &mut Held,
) -> Result<Vec<u8>, HttpFault> {
    let mut body = Vec::new();
    loop {
        let line = read_line(stream, rest, deadline).await?;
        let size = line.split(';').next().unwrap_or_default().trim();
        let size = usize::from_str_radix(size, 16)
            .map_err(|_| HttpFault::Malformed(format!("chunk size {line:?}")))?;
        if size > MAX_BODY || body.len() + size > MAX_BODY {
            return Err(HttpFault::BodyTooLarge(MAX_BODY));
        }
        if size == 0 {
            while !read_line(stream, rest, deadline).await?.is_empty() {}
            return Ok(body);
        }
        let before = body.len();
        body.append(&mut read_exactly(stream, rest, deadline, size, (held, before)).await?);
        read_line(stream, rest, deadline).await?;
    }
}

async fn read_line<R: AsyncRead + Unpin>(
    stream: &mut R,
    rest: &mut Vec<u8>,
    deadline: Instant,
) -> Result<String, HttpFault> {
    loop {
        if let Some(at) = rest.windows(2).position(|window| window == b"\r\n") {
            let line: Vec<u8> = rest.drain(..at + 2).collect();
            return Ok(String::from_utf8_lossy(&line[..at]).into_owned());
        }
        if rest.len() > MAX_HEAD {
            return Err(HttpFault::HeadTooLarge(MAX_HEAD));
        }
        more(stream, rest, deadline).await?;
    }
}
