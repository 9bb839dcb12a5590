//! The judge of the peer's parsers: whatever a target sends, they end, hold no more than they were given, say the
//! same however it was cut, and what they read can be written and read again.

use std::mem::discriminant;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use conformance::peer::deflate::{
    Deflater, InflateRules, Inflated, Inflater, Style, extensions, judge_answer,
};
use conformance::peer::http2;
use conformance::peer::msgpack::{from_msgpack, to_msgpack};
use conformance::peer::{
    Assembler, BodyPieces, EventBlocks, Frame, FrameFault, HttpFault, Message, RawFrame, Request, Response,
    Splitter, SseEvent, judge, read_head, read_response,
};
use tokio::io::{AsyncRead, ReadBuf};
use tokio::time::Instant;

/// Largest frame and message in these runs.
const LARGEST: u64 = 4 * 1024;
/// What a buffer may hold beyond what it was given: room for one read.
const ROOM: usize = 32 * 1024;

/// What reads bytes of a target.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Parser {
    /// Frames, one by one and put together.
    Frames,
    /// Heads and bodies of HTTP/1.1.
    Http,
    /// Compressed messages.
    Deflate,
    /// MessagePack.
    Msgpack,
    /// Server-sent events.
    Events,
    /// Header blocks of HTTP/2.
    Hpack,
}

/// All of them.
pub(crate) const PARSERS: [Parser; 6] =
    [Parser::Frames, Parser::Http, Parser::Deflate, Parser::Msgpack, Parser::Events, Parser::Hpack];

/// Gives `input` to `parser`, whole and in pieces whose sizes its first octet decides.
///
/// # Panics
/// The parser has a fault.
pub(crate) fn run(parser: Parser, input: &[u8]) {
    let (first, bytes) = input.split_first().unwrap_or((&0, &[]));
    match parser {
        Parser::Frames => frames(*first, bytes),
        Parser::Http => http(*first, bytes),
        Parser::Deflate => deflate(*first, bytes),
        Parser::Msgpack => msgpack(bytes),
        Parser::Events => events(*first, bytes),
        Parser::Hpack => header_block(bytes),
    }
}

/// `bytes` in pieces of 1 to 32 octets.
fn pieces(first: u8, bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    let (mut rest, mut state) = (bytes, u64::from(first));
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        state = splitmix(state);
        let (piece, behind) = rest.split_at(rest.len().min(1 + (state % 32) as usize));
        rest = behind;
        Some(piece)
    })
}

/// The next number of a sequence that looks random.
pub(crate) fn splitmix(state: u64) -> u64 {
    let state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mixed = (state ^ state >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ mixed >> 31
}

fn split<'a>(pieces: impl Iterator<Item = &'a [u8]>) -> (Vec<RawFrame>, Option<FrameFault>) {
    let (mut splitter, mut frames) = (Splitter::new(LARGEST), Vec::new());
    let (mut given, mut taken) = (0, 0);
    for piece in pieces {
        splitter.push(piece);
        given += piece.len();
        loop {
            match splitter.next_frame() {
                Ok(Some(raw)) => {
                    taken += raw.bytes.len();
                    frames.push(raw);
                }
                Ok(None) => break,
                Err(fault) => return (frames, Some(fault)),
            }
        }
        assert_eq!(splitter.rest().len(), given - taken, "held octets");
    }
    (frames, None)
}

fn frames(first: u8, bytes: &[u8]) {
    let whole = split(std::iter::once(bytes));
    assert_eq!(whole, split(pieces(first, bytes)), "pieces have a meaning");
    for raw in &whole.0 {
        assert_eq!(raw.frame.encode(), raw.bytes, "written otherwise than read");
    }
    let rules =
        InflateRules { window_bits: 8 + first % 8, takeover: first & 8 != 0, limit: LARGEST as usize };
    let inflating = Assembler::new(LARGEST).inflating(Some(Inflater::new(rules)));
    for (mut assembler, strict) in
        [(Assembler::new(LARGEST), false), (Assembler::new(LARGEST), true), (inflating, true)]
    {
        for raw in &whole.0 {
            let frame = Frame { mask: None, ..raw.frame.clone() };
            let judged = judge(&frame);
            match if strict { assembler.push(frame) } else { assembler.join(frame) } {
                Ok(Some(message)) => again(&message),
                Ok(None) => {}
                Err(_) => break,
            }
            // Compression alone allows what is wrong by itself: its bit.
            let reserved = matches!(judged, Ok(()) | Err(FrameFault::ReservedBits(_)));
            assert!(!strict || reserved, "taken, though {judged:?}");
        }
    }
}

/// A message that was read can be written, and is read as the same.
fn again(message: &Message) {
    let wire = message.to_frame().encode();
    // A close reason that is not UTF-8 is read leniently: three octets stand for one.
    let most = 3 * LARGEST;
    assert!(wire.len() <= most as usize + 16, "a message of {} octets", wire.len());
    let mut splitter = Splitter::new(most);
    splitter.push(&wire);
    let frame = splitter.next_frame().ok().flatten().expect("one frame").frame;
    assert!(splitter.rest().is_empty(), "one frame");
    assert_eq!(Assembler::new(most).join(frame).as_ref(), Ok(&Some(message.clone())));
}

/// A stream that brings its bytes in pieces, and ends.
struct Pieces<'a> {
    rest: Vec<&'a [u8]>,
}

impl<'a> Pieces<'a> {
    fn of(pieces: impl Iterator<Item = &'a [u8]>) -> Self {
        let mut rest: Vec<&[u8]> = pieces.collect();
        rest.reverse();
        Self { rest }
    }

    fn left(&self) -> usize {
        self.rest.iter().map(|piece| piece.len()).sum()
    }
}

impl AsyncRead for Pieces<'_> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<std::io::Result<()>> {
        if let Some(piece) = self.rest.pop() {
            let size = piece.len().min(buffer.remaining());
            buffer.put_slice(&piece[..size]);
            if size < piece.len() {
                self.rest.push(&piece[size..]);
            }
        }
        Poll::Ready(Ok(()))
    }
}

thread_local! {
    static RUNTIME: tokio::runtime::Runtime =
        tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a runtime");
}

/// A response, and how many octets it took; or the kind of fault.
type Read<T> = Result<(T, usize), std::mem::Discriminant<HttpFault>>;

/// Reads a whole response.
async fn response<'a>(
    bytes: usize,
    pieces: impl Iterator<Item = &'a [u8]>,
    bodiless: bool,
) -> Read<Response> {
    let (mut stream, mut rest) = (Pieces::of(pieces), Vec::new());
    let end = Instant::now() + Duration::from_secs(60);
    let read = read_response(&mut stream, &mut rest, end, bodiless).await;
    assert!(rest.capacity() <= bytes + ROOM, "{} octets held of {bytes}", rest.capacity());
    let read = read.map_err(|fault| discriminant(&fault))?;
    assert!(read.body.len() <= bytes, "a body of {} octets out of {bytes}", read.body.len());
    Ok((read, bytes - rest.len() - stream.left()))
}

/// Reads a response whose body goes on.
async fn going_on<'a>(bytes: usize, pieces: impl Iterator<Item = &'a [u8]>) -> Read<Vec<u8>> {
    let (mut stream, mut rest) = (Pieces::of(pieces), Vec::new());
    let end = Instant::now() + Duration::from_secs(60);
    let kind = |fault: HttpFault| discriminant(&fault);
    let head = read_head(&mut stream, &mut rest, end).await.map_err(kind)?;
    let (mut body, mut parts) = (Vec::new(), BodyPieces::of(&head).map_err(kind)?);
    while let Some(piece) = parts.next(&mut stream, &mut rest, end).await.map_err(kind)? {
        assert!(!piece.is_empty(), "a piece of nothing");
        body.extend(piece);
        assert!(rest.capacity() <= bytes + ROOM && body.len() <= bytes, "more than there was");
    }
    Ok((body, bytes - rest.len() - stream.left()))
}

fn http(first: u8, bytes: &[u8]) {
    if let Some(request) = Request::parse(bytes) {
        assert_eq!(Request::parse(&request.encode()), Some(request), "written otherwise than read");
    }
    if let Ok(response) = Response::parse(bytes) {
        assert_eq!(Response::parse(&response.encode()), Ok(response), "written otherwise than read");
    }
    let whole = || std::iter::once(bytes);
    RUNTIME.with(|runtime| {
        runtime.block_on(async {
            let bodiless = first & 1 == 1;
            let one = response(bytes.len(), whole(), bodiless).await;
            assert_eq!(
                one,
                response(bytes.len(), pieces(first, bytes), bodiless).await,
                "pieces have a meaning"
            );
            let one = going_on(bytes.len(), whole()).await;
            assert_eq!(one, going_on(bytes.len(), pieces(first, bytes)).await, "pieces have a meaning");
        });
    });
    if let Ok(text) = std::str::from_utf8(bytes) {
        let offers = ["permessage-deflate; client_max_window_bits"];
        let _ = judge_answer(offers.into_iter(), [text].into_iter());
        for extension in extensions([text].into_iter()).unwrap_or_default() {
            assert!(!extension.name.is_empty() && text.contains(&extension.name), "{extension:?}");
        }
    }
}

fn deflate(first: u8, bytes: &[u8]) {
    let limit = LARGEST as usize;
    let rules = InflateRules { window_bits: 8 + first % 8, takeover: first & 8 != 0, limit };
    let mut inflater = Inflater::new(rules);
    // The second one may reach into the first.
    for _ in 0..2 {
        let Ok(Inflated { bytes, farthest, .. }) = inflater.message(bytes) else { break };
        assert!(bytes.len() <= limit, "{} octets", bytes.len());
        assert!(farthest <= 1 << rules.window_bits, "{farthest} octets back");
        written(&bytes, first, rules);
    }
    written(&bytes[..bytes.len().min(limit)], first, rules);
}

/// What is written within the rules is read as the same, twice.
fn written(message: &[u8], first: u8, rules: InflateRules) {
    let style = [Style::Usual, Style::Fixed, Style::Stored, Style::Fixed][usize::from(first >> 4) % 4];
    let mut deflater = Deflater::new(rules.window_bits, rules.takeover, style);
    let mut inflater = Inflater::new(rules);
    for _ in 0..2 {
        let read = inflater.message(&deflater.message(message)).map(|inflated| inflated.bytes);
        assert_eq!(read.as_deref(), Ok(message), "written otherwise than read");
    }
}

fn msgpack(bytes: &[u8]) {
    if let Ok(value) = from_msgpack(bytes) {
        assert!(nodes(&value) <= bytes.len(), "{} values out of {} octets", nodes(&value), bytes.len());
        assert_eq!(from_msgpack(&to_msgpack(&value)), Ok(value), "written otherwise than read");
    }
}

fn nodes(value: &serde_json::Value) -> usize {
    match value {
        serde_json::Value::Array(list) => 1 + list.iter().map(nodes).sum::<usize>(),
        serde_json::Value::Object(map) => 1 + map.values().map(|value| 1 + nodes(value)).sum::<usize>(),
        _ => 1,
    }
}

fn blocks<'a>(pieces: impl Iterator<Item = &'a [u8]>) -> (Vec<String>, Vec<u8>) {
    let (mut blocks, mut all) = (EventBlocks::default(), Vec::new());
    let mut given = 0;
    for piece in pieces {
        blocks.push(piece);
        given += piece.len();
        all.extend(std::iter::from_fn(|| blocks.next_block()));
        assert!(blocks.rest().len() <= given, "held octets");
    }
    (all, blocks.rest().to_vec())
}

fn events(first: u8, bytes: &[u8]) {
    let whole = blocks(std::iter::once(bytes));
    assert_eq!(whole, blocks(pieces(first, bytes)), "pieces have a meaning");
    for block in &whole.0 {
        let event = SseEvent::parse(block);
        assert_eq!(SseEvent::parse(&event.encode()), event, "written otherwise than read");
    }
}

fn header_block(bytes: &[u8]) {
    if let Ok(fields) = http2::decode(bytes) {
        assert!(fields.len() <= bytes.len(), "{} fields out of {} octets", fields.len(), bytes.len());
        let written: Vec<(&str, &str)> =
            fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        assert_eq!(http2::decode(&http2::encode(&written)), Ok(fields), "written otherwise than read");
    }
}
