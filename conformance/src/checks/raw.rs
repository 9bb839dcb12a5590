//! A TCP connection without any protocol on it yet.

use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::time::{Instant, timeout, timeout_at};

use crate::peer::{
    Direction, HttpFault, Response, Stream, Transcript, is_event_stream, read_head, read_response,
};

use super::context::judge_response;
use super::deadline::Deadline;
use super::event_stream::EventStream;
use super::verdict::{ReasonCode, Step, fail};

/// A TCP connection on which bytes are sent and responses read.
#[derive(Debug)]
pub struct RawConnection {
    name: String,
    stream: Stream,
    rest: Vec<u8>,
    transcript: Transcript,
}

impl RawConnection {
    pub(crate) fn new(name: String, stream: Stream, transcript: Transcript) -> Self {
        Self { name, stream, rest: Vec::new(), transcript }
    }

    /// Its name, its stream, what was read from it already, and the record.
    pub(crate) fn parts(&mut self) -> (&str, &mut Stream, &mut Vec<u8>, &Transcript) {
        (&self.name, &mut self.stream, &mut self.rest, &self.transcript)
    }

    /// The connection itself, for another protocol, and its name.
    pub(crate) fn into_stream(self) -> (String, Stream) {
        (self.name, self.stream)
    }

    /// Sends bytes; false when the target no longer takes them.
    pub async fn send(&mut self, bytes: &[u8]) -> bool {
        let text = String::from_utf8_lossy(bytes);
        let hex = std::str::from_utf8(bytes).is_err().then_some(bytes);
        self.transcript.add(&self.name, Direction::Sent, "http", &text, hex);
        let writing = async {
            self.stream.write_all(bytes).await?;
            self.stream.flush().await
        };
        let written = timeout(Duration::from_secs(5), writing).await;
        matches!(written, Ok(Ok(())))
    }

    /// The next response.
    pub async fn response(&mut self, deadline: Deadline, bodiless: bool) -> Step<Response> {
        let found = read_response(&mut self.stream, &mut self.rest, deadline.end(), bodiless).await;
        match &found {
            Ok(response) => {
                let text = String::from_utf8_lossy(&response.encode()).into_owned();
                self.transcript.add(&self.name, Direction::Received, "http", &text, None);
            }
            Err(fault) => {
                let hex = Some(self.rest.as_slice());
                self.transcript.add(&self.name, Direction::Received, "malformed", &fault.to_string(), hex);
                if matches!(fault, HttpFault::Ended(_)) {
                    self.transcript.note_cut();
                }
            }
        }
        let response = judge_response(found, "an HTTP response")?;
        if deadline.is_late(Instant::now()) {
            return fail(ReasonCode::Late, "an HTTP response in time", deadline.elapsed(Instant::now()));
        }
        Ok(response)
    }

    /// The head of a response that is an event stream; what follows is read from the value returned. Another
    /// response is given as it is, one with status 200 without its body.
    pub async fn stream(mut self, deadline: Deadline) -> Step<Result<EventStream, Response>> {
        let found = read_head(&mut self.stream, &mut self.rest, deadline.end()).await;
        let head = judge_response(found, "the head of an event stream")?;
        if head.status == 200 && !is_event_stream(&head) {
            return Ok(Err(head));
        }
        if head.status != 200 {
            let mut all = head.encode();
            all.append(&mut self.rest);
            self.rest = all;
            return self.response(deadline, false).await.map(Err);
        }
        let text = String::from_utf8_lossy(&head.encode()).into_owned();
        self.transcript.add(&self.name, Direction::Received, "http", &text, None);
        if deadline.is_late(Instant::now()) {
            return fail(ReasonCode::Late, "an event stream in time", deadline.elapsed(Instant::now()));
        }
        EventStream::new(self.name, self.stream, head, self.rest, self.transcript).map(Ok)
    }

    /// The end of the connection; what is received before it is thrown away.
    pub async fn expect_end(&mut self, deadline: Deadline) -> Step {
        match self.ends_before(deadline.end()).await {
            true => Ok(()),
            false => fail(ReasonCode::NotClosed, "the end of the connection", "an open connection"),
        }
    }

    /// Whether the connection ends before `end`; what is received is thrown away.
    pub(crate) async fn ends_before(&mut self, end: Instant) -> bool {
        let mut chunk = [0; 4096];
        loop {
            match timeout_at(end, self.stream.read(&mut chunk)).await {
                Ok(Ok(0) | Err(_)) => {
                    self.transcript.note_cut();
                    return true;
                }
                Ok(Ok(_)) => {}
                Err(_) => return false,
            }
        }
    }
}
