//! Server-sent events: the body of a response that goes on, taken apart as it comes.

use tokio::io::{AsyncRead, AsyncReadExt as _};
use tokio::time::{Instant, timeout_at};

use super::http::{HttpFault, Response};
use super::reading::MAX_BODY;

/// Longest line that announces a chunk.
const MAX_LINE: usize = 4 * 1024;

/// How far a body that is read piece by piece has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Left {
    /// Chunks; this many bytes of the present one are still to come, its line end with them.
    Chunks(Option<usize>),
    /// So many bytes.
    Bytes(usize),
    /// All there are.
    Rest,
    /// Nothing.
    Nothing,
}

/// The body of a response, piece by piece.
#[derive(Debug)]
pub struct BodyPieces {
    left: Left,
    taken: usize,
}

impl BodyPieces {
    /// The body that follows the head of `response`.
    pub fn of(response: &Response) -> Result<Self, HttpFault> {
        let chunked = response
            .field("Transfer-Encoding")
            .is_some_and(|value| value.to_ascii_lowercase().contains("chunked"));
        let left = match response.field("Content-Length") {
            _ if chunked => Left::Chunks(None),
            Some(length) => {
                let refused = || HttpFault::Malformed(format!("Content-Length: {length}"));
                Left::Bytes(length.parse().map_err(|_| refused())?)
            }
            None => Left::Rest,
        };
        Ok(Self { left, taken: 0 })
    }

    /// The next bytes; `None` at the end. `rest` holds what was read and not yet taken. Nothing is lost when
    /// the future is dropped.
    pub async fn next<R: AsyncRead + Unpin>(
        &mut self,
        stream: &mut R,
        rest: &mut Vec<u8>,
        deadline: Instant,
    ) -> Result<Option<Vec<u8>>, HttpFault> {
        loop {
            match self.take(rest)? {
                Taken::Piece(piece) => {
                    self.taken += piece.len();
                    if self.taken > MAX_BODY {
                        return Err(HttpFault::BodyTooLarge(MAX_BODY));
                    }
                    return Ok(Some(piece));
                }
                Taken::End => return Ok(None),
                Taken::More => {}
            }
            rest.reserve(8 * 1024);
            match timeout_at(deadline, stream.read_buf(rest)).await {
                Err(_) => return Err(HttpFault::Silent(self.taken)),
                Ok(Ok(0) | Err(_)) if self.left == Left::Rest => {
                    self.left = Left::Nothing;
                    return Ok(None);
                }
                Ok(Ok(0) | Err(_)) => return Err(HttpFault::Ended(self.taken)),
                Ok(Ok(_)) => {}
            }
        }
    }

    /// What there is in `rest`.
    fn take(&mut self, rest: &mut Vec<u8>) -> Result<Taken, HttpFault> {
        match self.left {
            Left::Nothing | Left::Bytes(0) => Ok(Taken::End),
            _ if rest.is_empty() => Ok(Taken::More),
            Left::Rest => Ok(Taken::Piece(std::mem::take(rest))),
            Left::Bytes(left) => {
                let piece: Vec<u8> = rest.drain(..left.min(rest.len())).collect();
                self.left = Left::Bytes(left - piece.len());
                Ok(Taken::Piece(piece))
            }
            Left::Chunks(None) => self.chunk(rest),
            Left::Chunks(Some(0)) => {
                if rest.len() < 2 {
                    return Ok(Taken::More);
                }
                rest.drain(..2);
                self.left = Left::Chunks(None);
                self.take(rest)
            }
            Left::Chunks(Some(left)) => {
                let piece: Vec<u8> = rest.drain(..left.min(rest.len())).collect();
                self.left = Left::Chunks(Some(left - piece.len()));
                Ok(Taken::Piece(piece))
            }
        }
    }

    /// The line that announces a chunk.
    fn chunk(&mut self, rest: &mut Vec<u8>) -> Result<Taken, HttpFault> {
        let Some(end) = rest.windows(2).position(|window| window == b"\r\n") else {
            if rest.len() > MAX_LINE {
                return Err(HttpFault::HeadTooLarge(MAX_LINE));
            }
            return Ok(Taken::More);
        };
        let line = String::from_utf8_lossy(&rest[..end]).into_owned();
        let size = line.split(';').next().unwrap_or_default().trim();
        let size = usize::from_str_radix(size, 16)
            .map_err(|_| HttpFault::Malformed(format!("chunk size {line:?}")))?;
        if size > MAX_BODY {
            return Err(HttpFault::BodyTooLarge(MAX_BODY));
        }
        rest.drain(..end + 2);
        if size == 0 {
            self.left = Left::Nothing;
            return Ok(Taken::End);
        }
        self.left = Left::Chunks(Some(size));
        self.take(rest)
    }
}

enum Taken {
    Piece(Vec<u8>),
    More,
    End,
}

/// True for a response whose body is a stream of events.
pub fn is_event_stream(response: &Response) -> bool {
    response.field("Content-Type").is_some_and(|value| {
        value.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case("text/event-stream")
    })
}

/// Cuts a stream of events into blocks, each with the empty line that ends it.
#[derive(Debug, Default)]
pub struct EventBlocks {
    bytes: Vec<u8>,
}

impl EventBlocks {
    /// Adds bytes of the stream.
    pub fn push(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
    }

    /// The next whole block.
    pub fn next_block(&mut self) -> Option<String> {
        let end = block_end(&self.bytes)?;
        let block: Vec<u8> = self.bytes.drain(..end).collect();
        Some(String::from_utf8_lossy(&block).into_owned())
    }

    /// What is left of an unfinished block.
    pub fn rest(&self) -> &[u8] {
        &self.bytes
    }
}

/// Position behind the first empty line: line ends are LF, CR LF or CR.
fn block_end(bytes: &[u8]) -> Option<usize> {
    let mut start_of_line = 0;
    let mut at = 0;
    while at < bytes.len() {
        let end = match (bytes[at], bytes.get(at + 1)) {
            (b'\n', _) => at + 1,
            (b'\r', Some(b'\n')) => at + 2,
            (b'\r', Some(_)) => at + 1,
            // The line feed may be under way.
            (b'\r', None) => return None,
            _ => {
                at += 1;
                continue;
            }
        };
        if at == start_of_line {
            return Some(end);
        }
        (start_of_line, at) = (end, end);
    }
    None
}

/// One event.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SseEvent {
    /// Its name; `message` when it has none.
    pub name: Option<String>,
    /// Its id, empty ones too.
    pub id: Option<String>,
    /// Its data, lines joined; `None` for a comment or a lone `retry`.
    pub data: Option<String>,
    /// Wait before a new connection, in milliseconds.
    pub retry: Option<u64>,
}

impl SseEvent {
    /// Reads a block.
    pub fn parse(block: &str) -> Self {
        let mut event = Self::default();
        for line in block.split(['\n', '\r']).filter(|line| !line.is_empty()) {
            let (field, value) = line.split_once(':').unwrap_or((line, ""));
            let value = value.strip_prefix(' ').unwrap_or(value);
            match field {
                "event" => event.name = Some(value.to_owned()),
                "id" => event.id = Some(value.to_owned()),
                "retry" => event.retry = value.parse().ok(),
                "data" => match &mut event.data {
                    Some(data) => {
                        data.push('\n');
                        data.push_str(value);
                    }
                    None => event.data = Some(value.to_owned()),
                },
                _ => {}
            }
        }
        event
    }

    /// The block on the wire.
    pub fn encode(&self) -> String {
        let mut block = String::new();
        let mut line = |field: &str, value: &str| {
            block.push_str(field);
            block.push_str(": ");
            block.push_str(value);
            block.push('\n');
        };
        if let Some(name) = &self.name {
            line("event", name);
        }
        if let Some(id) = &self.id {
            line("id", id);
        }
        if let Some(retry) = self.retry {
            line("retry", &retry.to_string());
        }
        for data in self.data.iter().flat_map(|data| data.split('\n')) {
            line("data", data);
        }
        block.push('\n');
        block
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    async fn read(head: Response, wire: &[u8]) -> Result<Vec<u8>, HttpFault> {
        let mut pieces = BodyPieces::of(&head)?;
        let (mut stream, mut rest, mut body) = (wire, Vec::new(), Vec::new());
        let deadline = Instant::now() + Duration::from_secs(5);
        while let Some(piece) = pieces.next(&mut stream, &mut rest, deadline).await? {
            body.extend(piece);
        }
        Ok(body)
    }

    #[tokio::test]
    async fn a_body_is_read_however_its_length_is_said() {
        let mut head = Response::new(200, "OK", "");
        head.set_field("Content-Length", Some("3"));
        assert_eq!(read(head.clone(), b"abcd").await.unwrap(), b"abc");
        head.set_field("Content-Length", None);
        assert_eq!(read(head.clone(), b"abcd").await.unwrap(), b"abcd");
        head.set_field("Transfer-Encoding", Some("chunked"));
        assert_eq!(read(head.clone(), b"2\r\nab\r\n1;x\r\nc\r\n0\r\n\r\n").await.unwrap(), b"abc");
        assert!(matches!(read(head.clone(), b"5\r\nab").await, Err(HttpFault::Ended(_))));
        assert!(matches!(read(head, b"zz\r\n").await, Err(HttpFault::Malformed(_))));
    }

    #[test]
    fn blocks_end_at_an_empty_line_of_any_kind() {
        let mut blocks = EventBlocks::default();
        blocks.push(b"data: a\n\nid: 1\r\ndata: b\r\n");
        assert_eq!(blocks.next_block().as_deref(), Some("data: a\n\n"));
        assert_eq!(blocks.next_block(), None);
        blocks.push(b"\r\ndata: c\r\rx");
        assert_eq!(SseEvent::parse(&blocks.next_block().unwrap()).id.as_deref(), Some("1"));
        assert_eq!(SseEvent::parse(&blocks.next_block().unwrap()).data.as_deref(), Some("c"));
        assert_eq!(blocks.rest(), b"x");
    }

    proptest::proptest! {
        #[test]
        fn what_is_written_is_read(data in "[ -~]{0,20}(\n[ -~]{0,20}){0,2}", id in "[a-z0-9]{0,4}") {
            let event = SseEvent { data: Some(data), id: Some(id), ..SseEvent::default() };
            proptest::prop_assert_eq!(SseEvent::parse(&event.encode()), event);
        }

        #[test]
        fn random_bytes_never_panic(bytes in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..200)) {
            let mut blocks = EventBlocks::default();
            for piece in bytes.chunks(7) {
                blocks.push(piece);
                while let Some(block) = blocks.next_block() {
                    let _ = SseEvent::parse(&block);
                }
            }
            let mut pieces = BodyPieces { left: Left::Chunks(None), taken: 0 };
            let mut rest = bytes;
            while let Ok(Taken::Piece(_)) = pieces.take(&mut rest) {}
        }
    }
}
