//! A connection of a session: a WebSocket or a stream of events, and what has come over it.

use std::collections::VecDeque;
use std::task::{Context, Poll};

use serde_json::Value;
use tokio::time::Instant;

use super::events::EventStream;
use crate::client::{Heard, Link, LinkError};

/// Messages that wait to be expected; the oldest go when there are more.
const MOST_WAITING: usize = 1_024;

/// Looks at one connection before another has its turn.
const LOOKS: usize = 16;

/// A message that has come.
#[derive(Debug, Clone)]
pub(super) struct Incoming {
    pub(super) at: Instant,
    /// Name of the event, on a stream.
    pub(super) event: Option<String>,
    pub(super) body: Body,
}

/// What a message holds.
#[derive(Debug, Clone)]
pub(super) enum Body {
    Text(String),
    Binary(Vec<u8>),
}

impl Incoming {
    pub(super) fn text(&self) -> Option<&str> {
        match &self.body {
            Body::Text(text) => Some(text),
            Body::Binary(_) => None,
        }
    }

    pub(super) fn bytes(&self) -> &[u8] {
        match &self.body {
            Body::Text(text) => text.as_bytes(),
            Body::Binary(bytes) => bytes,
        }
    }

    pub(super) fn json(&self) -> Option<Value> {
        serde_json::from_str(self.text()?).ok()
    }

    /// Its begin, for reports.
    pub(super) fn excerpt(&self) -> String {
        match &self.body {
            Body::Text(text) => excerpt(text),
            Body::Binary(bytes) => format!("{} bytes", bytes.len()),
        }
    }
}

/// The first characters of a text.
pub(super) fn excerpt(text: &str) -> String {
    const MOST: usize = 120;
    if text.chars().count() <= MOST {
        text.to_owned()
    } else {
        text.chars().take(MOST).chain(['…']).collect()
    }
}

enum Wire {
    Socket(Link),
    Stream(EventStream),
    /// It ended, for this reason.
    Ended(LinkError),
}

/// A connection that was opened.
pub(super) struct Channel {
    wire: Wire,
    pub(super) inbox: VecDeque<Incoming>,
    /// When it was opened, or last sent to: where the time of an answer begins.
    pub(super) asked: Instant,
}

impl Channel {
    pub(super) fn socket(link: Link, opened: Instant) -> Self {
        Self { wire: Wire::Socket(link), inbox: VecDeque::new(), asked: opened }
    }

    pub(super) fn stream(stream: EventStream, opened: Instant) -> Self {
        Self { wire: Wire::Stream(stream), inbox: VecDeque::new(), asked: opened }
    }

    /// Listens; gives back how many messages came. Whoever polls is woken by the next one.
    pub(super) fn listen(&mut self, context: &mut Context<'_>) -> u64 {
        let mut came = 0;
        for _ in 0..LOOKS {
            let at = Instant::now();
            let mut put = |event: Option<String>, body: Body| {
                came += 1;
                if self.inbox.len() == MOST_WAITING {
                    self.inbox.pop_front();
                }
                self.inbox.push_back(Incoming { at, event, body });
            };
            let looked = match &mut self.wire {
                Wire::Ended(_) => return came,
                Wire::Socket(link) => look_at(link, context, |body| put(None, body)),
                Wire::Stream(stream) => {
                    stream.poll(context, |event| put(Some(event.name), Body::Text(event.data)))
                }
            };
            match looked {
                Poll::Pending => return came,
                Poll::Ready(Ok(())) => {}
                Poll::Ready(Err(error)) => {
                    self.wire = Wire::Ended(error);
                    return came;
                }
            }
        }
        context.waker().wake_by_ref();
        came
    }

    /// Why it ended, if it did.
    pub(super) fn ended(&self) -> Option<&LinkError> {
        match &self.wire {
            Wire::Ended(error) => Some(error),
            Wire::Socket(_) | Wire::Stream(_) => None,
        }
    }

    /// Its socket, to be written to.
    pub(super) fn link(&mut self) -> Result<&mut Link, LinkError> {
        match &mut self.wire {
            Wire::Socket(link) => Ok(link),
            Wire::Ended(error) => Err(error.clone()),
            Wire::Stream(_) => Err(LinkError::Lost("nothing can be sent on an event stream".to_owned())),
        }
    }

    /// True when bytes wait for the other side to take them.
    pub(super) fn is_waiting(&self) -> bool {
        matches!(&self.wire, Wire::Socket(link) if link.is_waiting())
    }

    /// True when it is a socket that has not ended.
    pub(super) fn is_open_socket(&self) -> bool {
        matches!(self.wire, Wire::Socket(_))
    }

    /// It broke while it was written to.
    pub(super) fn broke(&mut self, error: &LinkError) {
        self.wire = Wire::Ended(error.clone());
    }
}

fn look_at(
    link: &mut Link,
    context: &mut Context<'_>,
    mut put: impl FnMut(Body),
) -> Poll<Result<(), LinkError>> {
    let mut reading = match std::task::ready!(link.poll_reading(context)) {
        Ok(reading) => reading,
        Err(error) => return Poll::Ready(Err(error)),
    };
    while let Some(heard) = reading.next_heard(link) {
        match heard {
            Ok(Heard::Text(text)) => put(Body::Text(text.to_owned())),
            Ok(Heard::Binary(bytes)) => put(Body::Binary(bytes.to_vec())),
            Err(error) => return Poll::Ready(Err(error)),
        }
    }
    Poll::Ready(Ok(()))
}
