//! What answers a request: all of it at once, or events one by one.

use tokio::time::Instant;

use crate::checks::context::judge_response;
use crate::checks::{Deadline, RawConnection, ReasonCode, Step, Stop, fail};
use crate::peer::{
    BodyPieces, Direction, EventBlocks, HttpFault, Response, SseEvent, is_event_stream, read_body, read_head,
};

/// What answers a request.
pub(super) enum Answer {
    /// All of it.
    Whole(Response),
    /// Its head; the events follow.
    Stream(Response, EventStream),
}

impl Answer {
    /// The next response on `raw`; the events of a stream are left to come.
    pub(super) async fn read(mut raw: RawConnection, deadline: Deadline) -> Step<Self> {
        let (name, stream, rest, transcript) = raw.parts();
        let found = async {
            let head = read_head(stream, rest, deadline.end()).await?;
            if is_event_stream(&head) && head.status == 200 {
                let pieces = BodyPieces::of(&head)?;
                return Ok((head, Some(pieces)));
            }
            let whole = read_body(stream, rest, deadline.end(), head, false).await?;
            Ok((whole, None))
        };
        let (response, pieces) = match found.await {
            Ok(found) => found,
            Err(fault) => {
                let text = HttpFault::to_string(&fault);
                transcript.add(name, Direction::Received, "malformed", &text, None);
                judge_response(Err(fault), "an HTTP response")?;
                return Err(Stop::Harness(text));
            }
        };
        let text = String::from_utf8_lossy(&response.encode()).into_owned();
        transcript.add(name, Direction::Received, "http", &text, None);
        if deadline.is_late(Instant::now()) {
            return fail(ReasonCode::Late, "an HTTP response in time", deadline.elapsed(Instant::now()));
        }
        Ok(match pieces {
            Some(pieces) => {
                Self::Stream(response, EventStream { raw, pieces, blocks: EventBlocks::default() })
            }
            None => Self::Whole(response),
        })
    }

    /// The response; of a stream its head.
    pub(super) fn head(&self) -> &Response {
        match self {
            Self::Whole(response) | Self::Stream(response, _) => response,
        }
    }
}

/// A stream of events under way. Dropping it cuts its connection.
pub(super) struct EventStream {
    raw: RawConnection,
    pieces: BodyPieces,
    blocks: EventBlocks,
}

/// What came next on a stream.
pub(super) enum Next {
    /// An event.
    Event(SseEvent),
    /// The orderly end.
    End,
    /// Nothing in time.
    Silence,
}

impl EventStream {
    /// What comes next, until `end`.
    pub(super) async fn next(&mut self, end: Instant) -> Step<Next> {
        let (name, stream, rest, transcript) = self.raw.parts();
        loop {
            if let Some(block) = self.blocks.next_block() {
                transcript.add(name, Direction::Received, "event", block.trim_end(), None);
                return Ok(Next::Event(SseEvent::parse(&block)));
            }
            match self.pieces.next(stream, rest, end).await {
                Ok(Some(piece)) => self.blocks.push(&piece),
                Ok(None) => return Ok(Next::End),
                Err(HttpFault::Silent(_)) => return Ok(Next::Silence),
                Err(HttpFault::Ended(_)) => {
                    return fail(
                        ReasonCode::Closed,
                        "the end of the stream as HTTP has it",
                        "a cut connection",
                    );
                }
                Err(fault) => return fail(ReasonCode::Malformed, "events", fault.to_string()),
            }
        }
    }
}
