//! An event stream over HTTP as checks read it: head first, then one block after the other as they come.

use serde_json::Value;
use tokio::time::Instant;

use crate::peer::{BodyPieces, Direction, EventBlocks, HttpFault, Response, SseEvent, Stream, Transcript};

use super::deadline::{Deadline, millis};
use super::field;
use super::verdict::{ReasonCode, Step, Stop, Violation, fail};

/// An event that came.
#[derive(Debug, Clone)]
pub struct StreamEvent {
    /// Arrival.
    pub at: Instant,
    /// Its lines.
    pub event: SseEvent,
    /// Its data, which must be JSON.
    pub value: Value,
}

impl StreamEvent {
    /// The name of the message in its data.
    pub fn name(&self) -> &str {
        field::name(&self.value)
    }
}

/// A stream of events. Dropping it cuts the TCP connection.
#[derive(Debug)]
pub struct EventStream {
    name: String,
    stream: Stream,
    response: Response,
    pieces: BodyPieces,
    rest: Vec<u8>,
    blocks: EventBlocks,
    transcript: Transcript,
}

impl EventStream {
    pub(crate) fn new(
        name: String,
        stream: Stream,
        response: Response,
        rest: Vec<u8>,
        transcript: Transcript,
    ) -> Step<Self> {
        let pieces = match BodyPieces::of(&response) {
            Ok(pieces) => pieces,
            Err(fault) => return fail(ReasonCode::Malformed, "a body", fault.to_string()),
        };
        Ok(Self { name, stream, response, pieces, rest, blocks: EventBlocks::default(), transcript })
    }

    /// The head of the answer.
    pub fn response(&self) -> &Response {
        &self.response
    }

    /// The next block, event or comment, as its lines; `None` at the end of the stream.
    pub async fn next_block(&mut self, what: &str, deadline: Deadline) -> Step<Option<(Instant, String)>> {
        loop {
            if let Some(block) = self.blocks.next_block() {
                self.transcript.add(&self.name, Direction::Received, "event", &block, None);
                return Ok(Some((Instant::now(), block)));
            }
            match self.pieces.next(&mut self.stream, &mut self.rest, deadline.end()).await {
                Ok(Some(piece)) => self.blocks.push(&piece),
                Ok(None) => return Ok(None),
                Err(HttpFault::Silent(_)) => {
                    let expected = format!("{what} within {}", millis(deadline.limit()));
                    return fail(ReasonCode::Missing, expected, "silence on the stream");
                }
                Err(HttpFault::Ended(_)) => {
                    return fail(ReasonCode::Closed, what, "a stream that breaks off");
                }
                Err(fault) => return fail(ReasonCode::Malformed, what, fault.to_string()),
            }
        }
    }

    /// The next event, comments passed over; `None` at the end of the stream.
    pub async fn next_event(&mut self, what: &str, deadline: Deadline) -> Step<Option<StreamEvent>> {
        while let Some((at, block)) = self.next_block(what, deadline).await? {
            let event = SseEvent::parse(&block);
            let Some(data) = &event.data else { continue };
            let Ok(value) = serde_json::from_str(data) else {
                return fail(ReasonCode::Malformed, "data that is JSON", format!("{data:?}"));
            };
            if deadline.is_late(at) {
                let expected = format!("{what} within {}", millis(deadline.limit()));
                return fail(ReasonCode::Late, expected, deadline.elapsed(at));
            }
            return Ok(Some(StreamEvent { at, event, value }));
        }
        Ok(None)
    }

    /// The first event of this name; others are passed over.
    pub async fn expect(&mut self, name: &str, deadline: Deadline) -> Step<StreamEvent> {
        while let Some(event) = self.next_event(name, deadline).await? {
            if event.name() == name {
                return Ok(event);
            }
        }
        fail(ReasonCode::Missing, format!("event {name}"), "the end of the stream")
    }

    /// The end of the stream; what comes before it is passed over.
    pub async fn expect_end(&mut self, deadline: Deadline) -> Step {
        loop {
            match self.next_block("the end of the stream", deadline).await {
                Ok(None) => return Ok(()),
                Ok(Some(_)) if Instant::now() < deadline.end() => {}
                Ok(Some(_)) | Err(Stop::Violation(Violation { code: ReasonCode::Missing, .. })) => {
                    return fail(ReasonCode::NotClosed, "the end of the stream", "an open stream");
                }
                Err(stop) => return Err(stop),
            }
        }
    }
}
