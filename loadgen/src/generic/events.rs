//! Server-sent events, as the HTML standard has them.

use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use hyper::body::{Body as _, Incoming};

use super::http::{Driver, lost};
use crate::client::LinkError;

/// Longest event that is kept.
const LONGEST: usize = 2 * 1024 * 1024;

/// One event.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Event {
    /// Its name; `message` where it has none.
    pub(crate) name: String,
    /// Its data, lines joined.
    pub(crate) data: String,
}

/// Finds events in bytes, however they are cut.
#[derive(Debug, Default)]
pub(crate) struct Parser {
    /// An incomplete line.
    line: Vec<u8>,
    /// The last byte was a carriage return: a line feed behind it belongs to it.
    returned: bool,
    begun: bool,
    name: String,
    data: Option<String>,
}

impl Parser {
    /// Takes `bytes` and hands every event that is whole to `take`.
    pub(crate) fn feed(&mut self, bytes: &[u8], mut take: impl FnMut(Event)) -> Result<(), LinkError> {
        for byte in bytes {
            let after_return = std::mem::replace(&mut self.returned, *byte == b'\r');
            match byte {
                b'\n' if after_return => {}
                b'\n' | b'\r' => {
                    let line = std::mem::take(&mut self.line);
                    if let Some(event) = self.line(&String::from_utf8_lossy(&line)) {
                        take(event);
                    }
                }
                byte => self.line.push(*byte),
            }
            if self.line.len() + self.data.as_ref().map_or(0, String::len) > LONGEST {
                return Err(LinkError::Unreadable(format!("an event of more than {LONGEST} bytes")));
            }
        }
        Ok(())
    }

    /// True while a line or an event is not whole.
    fn is_inside(&self) -> bool {
        !self.line.is_empty() || self.data.is_some()
    }

    fn line(&mut self, line: &str) -> Option<Event> {
        // A byte order mark may stand before everything.
        let line = if std::mem::replace(&mut self.begun, true) {
            line
        } else {
            line.strip_prefix('\u{feff}').unwrap_or(line)
        };
        if line.is_empty() {
            let name = std::mem::take(&mut self.name);
            let data = self.data.take()?;
            return Some(Event { name: if name.is_empty() { "message".to_owned() } else { name }, data });
        }
        let (field, value) = line.split_once(':').unwrap_or((line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match field {
            "event" => value.clone_into(&mut self.name),
            "data" => match &mut self.data {
                Some(data) => {
                    data.push('\n');
                    data.push_str(value);
                }
                None => self.data = Some(value.to_owned()),
            },
            // Comments, ids, times to come back, and what nobody knows.
            _ => {}
        }
        None
    }
}

/// An open stream of events.
pub(super) struct EventStream {
    body: Incoming,
    parser: Parser,
    _driver: Driver,
}

impl EventStream {
    pub(super) fn new(body: Incoming, driver: Driver) -> Self {
        Self { body, parser: Parser::default(), _driver: driver }
    }

    /// Reads once. Ready when something came or the stream ended, which is an error of its own.
    pub(super) fn poll(
        &mut self,
        context: &mut Context<'_>,
        mut take: impl FnMut(Event),
    ) -> Poll<Result<(), LinkError>> {
        let frame = std::task::ready!(Pin::new(&mut self.body).poll_frame(context));
        Poll::Ready(match frame {
            Some(Ok(frame)) => {
                let bytes: Bytes = frame.into_data().unwrap_or_default();
                self.parser.feed(&bytes, &mut take)
            }
            Some(Err(error)) => Err(lost(&error)),
            // The standard drops an event that is not whole; that the stream was cut is told all the same.
            None if self.parser.is_inside() => {
                Err(LinkError::Lost("the event stream ended in the middle of an event".to_owned()))
            }
            None => Err(LinkError::Closed { code: END, reason: "the event stream ended".to_owned() }),
        })
    }
}

/// Stands for a close code where a stream ended in good order: it has none.
pub(super) const END: u16 = 1000;

#[cfg(test)]
mod tests {
    use super::*;

    fn events(text: &[u8], piece: usize) -> Vec<(String, String)> {
        let mut parser = Parser::default();
        let mut found = Vec::new();
        for piece in text.chunks(piece.max(1)) {
            parser.feed(piece, |event| found.push((event.name, event.data))).unwrap();
        }
        found
    }

    #[test]
    fn events_are_found_however_lines_end_and_bytes_are_cut() {
        let text = b"\xef\xbb\xbf: hello\nretry: 1000\n\nevent: a\r\ndata: 1\r\ndata:2\r\n\r\ndata\n\nid: 7\rdata: x: y\r\r";
        let expected: Vec<(String, String)> = [("a", "1\n2"), ("message", ""), ("message", "x: y")]
            .map(|(name, data)| (name.to_owned(), data.to_owned()))
            .to_vec();
        for piece in 1..text.len() {
            assert_eq!(events(text, piece), expected, "{piece}");
        }
    }

    #[test]
    fn an_event_without_end_is_refused() {
        let mut parser = Parser::default();
        let line = vec![b'x'; LONGEST];
        assert!(parser.feed(&line, |_| {}).is_ok());
        assert!(parser.feed(b"yy", |_| {}).is_err());
    }

    proptest::proptest! {
        #[test]
        fn random_bytes_never_panic(bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..200)) {
            events(&bytes, 7);
        }
    }
}
