//! The HTTP phase: requests and responses, up to an upgrade.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::time::{Instant, timeout};

use crate::mutants::fault::{Fault, Reply};
use crate::peer::{
    HttpFault, MAX_BODY, MAX_HEAD, Request, Response, head_end, is_event_stream, read_body, read_head,
};

use super::{frames, streams};

/// A head that pauses this long goes on as it is, so that the server can judge a slow client.
const HEAD_PAUSE: Duration = Duration::from_millis(100);
/// First byte of a TLS connection: nothing in it can be seen, so it goes on as it is.
pub(super) const TLS_HANDSHAKE: u8 = 22;
/// Nothing a check does takes longer.
pub(super) const LIFETIME: Duration = Duration::from_secs(120);

/// One proxied connection before its upgrade.
pub(super) struct Exchange {
    pub(super) client_read: OwnedReadHalf,
    pub(super) client_write: OwnedWriteHalf,
    pub(super) server_read: OwnedReadHalf,
    pub(super) server_write: OwnedWriteHalf,
    pub(super) from_client: Vec<u8>,
    pub(super) from_server: Vec<u8>,
    pub(super) fault: Box<dyn Fault>,
    pub(super) scale: f64,
}

/// What to do after a request.
enum Next {
    Request,
    Frames,
    Relay,
    End,
}

impl Exchange {
    pub(super) fn new(client: TcpStream, server: TcpStream, fault: Box<dyn Fault>, scale: f64) -> Self {
        let (client_read, client_write) = client.into_split();
        let (server_read, server_write) = server.into_split();
        Self {
            client_read,
            client_write,
            server_read,
            server_write,
            from_client: Vec::new(),
            from_server: Vec::new(),
            fault,
            scale,
        }
    }

    pub(super) async fn run(mut self) {
        loop {
            let Ok(next) = self.request().await else { return };
            match next {
                Next::Request => {}
                Next::Frames => return frames::run(self).await,
                Next::Relay => return self.relay().await,
                Next::End => {
                    let _ = self.client_write.shutdown().await;
                    return;
                }
            }
        }
    }

    async fn request(&mut self) -> std::io::Result<Next> {
        let Some(head) = self.head().await? else { return Ok(Next::End) };
        if self.from_client.first() == Some(&TLS_HANDSHAKE) {
            return Ok(Next::Relay);
        }
        if !head && self.from_client.len() > MAX_HEAD && self.fault.reads_endless_heads() {
            self.hold().await;
            return Ok(Next::End);
        }
        let mut parsed = head.then(|| head_end(&self.from_client)).flatten();
        let mut request = parsed.and_then(|end| Request::parse(&self.from_client[..end]));
        if let (Some(request), Some(end), true) = (&mut request, &mut parsed, self.fault.reads_bodies()) {
            let head = *end;
            *end += self.body(request, head).await?;
            request.body = self.from_client[head..*end].to_vec();
        }
        let upgrades = request.as_ref().is_some_and(|request| request.field("Upgrade").is_some());
        match (&request, parsed) {
            (Some(request), Some(end)) => match self.fault.on_request(request) {
                Reply::Pass => {
                    hand_on(&mut self.server_write, &self.from_client[..end]).await;
                    self.from_client.drain(..end);
                }
                Reply::Rewrite(other) => {
                    hand_on(&mut self.server_write, &other.encode()).await;
                    self.from_client.drain(..end);
                }
                Reply::Answer(response) => {
                    self.client_write.write_all(&response.encode()).await?;
                    if response.status == 101 {
                        self.hold().await;
                    }
                    return Ok(Next::End);
                }
                Reply::AnswerBytes(bytes) => {
                    self.client_write.write_all(&bytes).await?;
                    self.hold().await;
                    return Ok(Next::End);
                }
            },
            _ => {
                hand_on(&mut self.server_write, &self.from_client).await;
                self.from_client.clear();
            }
        }
        let request = request.unwrap_or_else(|| Request::new("", ""));
        self.response(&request, upgrades).await
    }

    /// Reads a request head: `true` when it is complete, `false` when it goes on as it is.
    async fn head(&mut self) -> std::io::Result<Option<bool>> {
        let mut chunk = vec![0; 4096];
        loop {
            if self.from_client.first() == Some(&TLS_HANDSHAKE) {
                return Ok(Some(false));
            }
            if head_end(&self.from_client).is_some() {
                return Ok(Some(true));
            }
            // The answer to a request that came together with the last one is here already.
            if self.from_client.is_empty() && !self.from_server.is_empty() {
                return Ok(Some(false));
            }
            if self.from_client.len() > MAX_HEAD {
                return Ok(Some(false));
            }
            let pause = if self.from_client.is_empty() { LIFETIME } else { HEAD_PAUSE };
            tokio::select! {
                read = timeout(pause, self.client_read.read(&mut chunk)) => match read {
                    Err(_) => return Ok(Some(false)),
                    Ok(Ok(0)) if self.from_client.is_empty() => return Ok(None),
                    Ok(Ok(0)) => return Ok(Some(false)),
                    Ok(read) => self.from_client.extend_from_slice(&chunk[..read?]),
                },
                // A server may end, or answer, before it was asked.
                ready = self.server_read.readable() => {
                    ready?;
                    return if self.from_client.is_empty() { self.unasked().await } else { Ok(Some(false)) };
                }
            }
        }
    }

    /// Waits for the body of `request`, whose head ends at `end`; gives its length, 0 when it does not come
    /// or does not say how long it is.
    async fn body(&mut self, request: &Request, end: usize) -> std::io::Result<usize> {
        let length = request.field("Content-Length").and_then(|length| length.parse().ok()).unwrap_or(0);
        if length > MAX_BODY {
            return Ok(0);
        }
        let mut chunk = vec![0; 8192];
        while self.from_client.len() < end + length {
            match timeout(HEAD_PAUSE, self.client_read.read(&mut chunk)).await {
                Err(_) | Ok(Ok(0)) => return Ok(0),
                Ok(read) => self.from_client.extend_from_slice(&chunk[..read?]),
            }
        }
        Ok(length)
    }

    /// The server spoke or ended first.
    async fn unasked(&mut self) -> std::io::Result<Option<bool>> {
        let mut byte = [0; 1];
        if self.server_read.peek(&mut byte).await? == 0 { Ok(None) } else { Ok(Some(false)) }
    }

    async fn response(&mut self, request: &Request, upgrades: bool) -> std::io::Result<Next> {
        // Frames behind an upgrade wait here when the fault wants to see them.
        let keep = upgrades && (self.fault.watches_client() || self.fault.overhears_client());
        if !keep {
            hand_on(&mut self.server_write, &self.from_client).await;
            self.from_client.clear();
        }
        let end = Instant::now() + LIFETIME;
        let bodiless = request.method == "HEAD";
        let found = {
            let (read, rest) = (&mut self.server_read, &mut self.from_server);
            let reading = async {
                let head = read_head(read, rest, end).await?;
                if is_event_stream(&head) && head.status == 200 && !bodiless {
                    return Ok((head, true));
                }
                read_body(read, rest, end, head, bodiless).await.map(|response| (response, false))
            };
            tokio::pin!(reading);
            let mut chunk = vec![0; 8192];
            let mut client_open = !keep;
            loop {
                tokio::select! {
                    found = &mut reading => break found,
                    read = self.client_read.read(&mut chunk), if client_open => match read? {
                        0 => {
                            client_open = false;
                            // One that has ended is as good as told.
                            let _ = self.server_write.shutdown().await;
                        }
                        size => hand_on(&mut self.server_write, &chunk[..size]).await,
                    },
                }
            }
        };
        match found {
            Ok((head, true)) => {
                streams::run(self, request, head).await?;
                Ok(Next::End)
            }
            Ok((response, false)) => self.answer(request, response).await,
            Err(HttpFault::Ended(0)) => Ok(Next::End),
            Err(_) => Ok(Next::Relay),
        }
    }

    async fn answer(&mut self, request: &Request, mut response: Response) -> std::io::Result<Next> {
        let was_upgrade = response.status == 101;
        let chunked = response.field("Transfer-Encoding").is_some();
        self.fault.on_response(request, &mut response);
        if chunked {
            let body = std::mem::take(&mut response.body);
            response.set_body(body);
        }
        self.client_write.write_all(&response.encode()).await?;
        match (was_upgrade, response.status == 101) {
            (true, true) => return Ok(Next::Frames),
            (false, true) => {
                self.hold().await;
                return Ok(Next::End);
            }
            (true, false) => return Ok(Next::End),
            (false, false) => {}
        }
        let closes = |value: Option<&str>| value.is_some_and(|value| value.eq_ignore_ascii_case("close"));
        let unsized_body =
            response.field("Content-Length").is_none() && !matches!(response.status, 204 | 304);
        if closes(response.field("Connection")) || closes(request.field("Connection")) || unsized_body {
            return Ok(Next::End);
        }
        Ok(Next::Request)
    }

    /// Says nothing until the client goes.
    pub(super) async fn hold(&mut self) {
        let mut chunk = vec![0; 4096];
        let gone = async { while !matches!(self.client_read.read(&mut chunk).await, Ok(0) | Err(_)) {} };
        // After its lifetime the connection ends in any case.
        let _ = timeout(LIFETIME, gone).await;
    }

    /// Bytes go both ways as they come, past the fault.
    async fn relay(mut self) {
        let fault = Mutex::new(self.fault);
        let pass = |from_server, bytes| {
            fault.lock().unwrap_or_else(PoisonError::into_inner).on_relayed(from_server, bytes)
        };
        let _ = self.server_write.write_all(&self.from_client).await;
        let first = pass(true, self.from_server);
        let _ = self.client_write.write_all(&first).await;
        let up = carry(&mut self.client_read, &mut self.server_write, |bytes| pass(false, bytes));
        let down = carry(&mut self.server_read, &mut self.client_write, |bytes| pass(true, bytes));
        // Whoever ends first ends both: there is no protocol left to speak.
        tokio::select! {
            () = up => {}
            () = down => {}
            () = tokio::time::sleep(LIFETIME) => {}
        }
        let _ = self.client_write.shutdown().await;
    }
}

/// Hands bytes on to a server. One that has answered and ended before it read everything takes no more; its answer
/// still counts, and is read next.
async fn hand_on(write: &mut OwnedWriteHalf, bytes: &[u8]) {
    let _ = write.write_all(bytes).await;
}

/// Carries bytes, as `change` makes them, until one side ends.
async fn carry(read: &mut OwnedReadHalf, write: &mut OwnedWriteHalf, change: impl Fn(Vec<u8>) -> Vec<u8>) {
    let mut chunk = vec![0; 16 * 1024];
    while let Ok(size @ 1..) = read.read(&mut chunk).await {
        if write.write_all(&change(chunk[..size].to_vec())).await.is_err() {
            return;
        }
    }
}
