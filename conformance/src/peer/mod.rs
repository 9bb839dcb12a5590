//! The suite's own peer: TCP, HTTP/1.1, frames. It can say anything, correct or not, reads strictly,
//! never waits without a deadline and never holds more than a bounded amount of memory. It shares no
//! code with any WebSocket library or server.

pub(crate) mod bounded;
mod connection;
mod decoder;
pub mod deflate;
mod events;
mod frame;
mod http;
pub mod http2;
mod memory;
mod message;
pub mod msgpack;
mod reading;
mod stream;
mod tls;
mod transcript;
mod upgrade;

pub use connection::{Event, EventKind, Link, LinkOptions, MAX_MESSAGE};
pub use decoder::{FrameFault, RawFrame, Splitter, judge};
pub use events::{BodyPieces, EventBlocks, SseEvent, is_event_stream};
pub use frame::{Frame, LengthForm, Opcode};
pub use http::{HttpFault, Request, Response};
pub use message::{Assembler, Message, Shape};
pub(crate) use message::{shorten, words};
pub use reading::{MAX_BODY, MAX_HEAD, read_body, read_head, read_response};
pub use stream::Stream;
pub use tls::{Tls, TlsFault, Trust};
pub use transcript::{Direction, Entry, Transcript};
pub use upgrade::{SAMPLE_KEY, accept_value, random_key, upgrade_request};

pub(crate) use memory::Held;
pub(crate) use reading::head_end;
