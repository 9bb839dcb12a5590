//! The peer's parsers under inputs that nobody wrote: good ones that were spoilt, and octets at random, each judged
//! by `fuzz/src/oracle.rs`, which the targets of cargo-fuzz call too. The long run is
//! `cargo test --release -p conformance --test parsers -- --ignored`.

#![expect(clippy::expect_used, reason = "a test may panic")]

use std::fmt::Write as _;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Instant;

use conformance::peer::deflate::{Deflater, Style};
use conformance::peer::http2;
use conformance::peer::msgpack::to_msgpack;
use conformance::peer::{Frame, LengthForm, Opcode, Request, Response, SseEvent};
use serde_json::{Value, json};

#[path = "../fuzz/src/oracle.rs"]
mod oracle;

use oracle::{PARSERS, Parser, splitmix};

/// Numbers that follow from a seed.
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(1);
        splitmix(self.0)
    }

    /// One of 0 to `most - 1`.
    fn below(&mut self, most: usize) -> usize {
        (self.next() % most.max(1) as u64) as usize
    }

    fn octets(&mut self, most: usize) -> Vec<u8> {
        (0..self.below(most + 1)).map(|_| self.next() as u8).collect()
    }

    /// Text in which words come again, some of them of several octets a character.
    fn text(&mut self, words: usize) -> String {
        const WORDS: [&str; 8] = ["level", " ", "{\"a\":1}", "größe", "🌊", "\n", "aaaaaaaaaaaa", ":"];
        (0..self.below(words + 1)).map(|_| WORDS[self.below(WORDS.len())]).collect()
    }
}

/// Something good for `parser`, behind an octet that decides about pieces and rules.
fn good(parser: Parser, numbers: &mut Numbers) -> Vec<u8> {
    let first = numbers.next() as u8;
    let bytes = match parser {
        Parser::Frames => (0..=numbers.below(4)).flat_map(|_| frame(numbers).encode()).collect(),
        Parser::Http => exchange(numbers),
        Parser::Deflate => {
            let style = [Style::Usual, Style::Fixed, Style::Stored][numbers.below(3)];
            Deflater::new(8 + first % 8, first & 8 != 0, style).message(numbers.text(40).as_bytes())
        }
        Parser::Msgpack => to_msgpack(&value(numbers, 3)),
        Parser::Events => (0..=numbers.below(3)).flat_map(|_| event(numbers).into_bytes()).collect(),
        Parser::Hpack => {
            let fields = [(numbers.text(2), numbers.text(30)), (":status".to_owned(), "200".to_owned())];
            let fields: Vec<(&str, &str)> =
                fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
            // Indexes and Huffman codes come of spoiling.
            [&[0x88, 0x82, 0x84][..numbers.below(4)], &http2::encode(&fields)].concat()
        }
    };
    [vec![first], bytes].concat()
}

fn frame(numbers: &mut Numbers) -> Frame {
    let payload = match numbers.below(4) {
        0 => numbers.octets(200),
        1 => Frame::close(1000 + numbers.below(20) as u16, &numbers.text(4)).payload,
        2 => Deflater::new(15, false, Style::Fixed).message(numbers.text(20).as_bytes()),
        _ => numbers.text(20).into_bytes(),
    };
    let forms = [LengthForm::Minimal, LengthForm::Minimal, LengthForm::Sixteen, LengthForm::SixtyFour];
    Frame {
        fin: numbers.below(3) > 0,
        rsv: if numbers.below(3) == 0 { 4 } else { 0 },
        mask: (numbers.below(2) == 0).then(|| (numbers.next() as u32).to_be_bytes()),
        length_form: forms[numbers.below(forms.len())],
        ..Frame::new(Opcode::from_bits(numbers.next() as u8), payload)
    }
}

/// A response with its body however it is said, or a request.
fn exchange(numbers: &mut Numbers) -> Vec<u8> {
    let body = numbers.text(10);
    let mut response = Response::new([101, 200, 204, 404][numbers.below(4)], "As made", body.clone());
    match numbers.below(5) {
        0 => return Request::get("/a?b=c").header("Host", &numbers.text(2)).body(body).encode(),
        1 => response.set_field("Content-Length", None),
        2 => {
            response.set_field("Content-Length", None);
            response.set_field("Transfer-Encoding", Some("chunked"));
            let half = body.len() / 2;
            let chunk = |part: &[u8]| [format!("{:x}\r\n", part.len()).as_bytes(), part, b"\r\n"].concat();
            let parts = [&body.as_bytes()[..half], &body.as_bytes()[half..]];
            response.body = parts.into_iter().filter(|part| !part.is_empty()).flat_map(chunk).collect();
            response.body.extend_from_slice(b"0\r\nTrailer: x\r\n\r\n");
        }
        3 => response
            .set_field("Sec-WebSocket-Extensions", Some("permessage-deflate; client_max_window_bits=9")),
        _ => {}
    }
    response.encode()
}

fn value(numbers: &mut Numbers, levels: usize) -> Value {
    match numbers.below(if levels == 0 { 6 } else { 8 }) {
        0 => Value::Null,
        1 => json!(numbers.below(2) == 0),
        2 => json!(numbers.next() >> numbers.below(64)),
        3 => json!((numbers.next() as i64) >> numbers.below(64)),
        4 => json!(numbers.next() as f64 / 7.0),
        5 => json!(numbers.text(6)),
        6 => (0..numbers.below(20)).map(|_| value(numbers, levels - 1)).collect(),
        _ => (0..numbers.below(20)).map(|at| (format!("{at}"), value(numbers, levels - 1))).collect(),
    }
}

fn event(numbers: &mut Numbers) -> String {
    let data = numbers.text(8).replace('\r', "");
    let id = Some(format!("e:{}", numbers.below(100)));
    let retry = (numbers.below(3) == 0).then_some(1_500);
    let event = SseEvent { name: Some("update".to_owned()), id, data: Some(data), retry };
    event.encode().replace('\n', ["\n", "\r\n", "\r"][numbers.below(3)])
}

/// Spoils `bytes` in a few places.
fn spoil(bytes: &mut Vec<u8>, numbers: &mut Numbers) {
    const ODD: [u8; 10] = [0, 1, 0x7d, 0x7e, 0x7f, 0x80, 0xfe, 0xff, b'\r', b'\n'];
    for _ in 0..=numbers.below(5) {
        let at = numbers.below(bytes.len());
        let end = at + numbers.below(bytes.len() - at + 1).min(40);
        match numbers.below(7) {
            0 if at < bytes.len() => bytes[at] ^= 1 << numbers.below(8),
            1 if at < bytes.len() => bytes[at] = ODD[numbers.below(ODD.len())],
            2 => bytes.insert(at, ODD[numbers.below(ODD.len())]),
            3 => drop(bytes.drain(at..end)),
            4 => bytes.truncate(at),
            5 => {
                let copy = bytes[at..end].to_vec();
                bytes.splice(at..at, copy);
            }
            _ => {
                let more = numbers.octets(12);
                bytes.splice(at..at, more);
            }
        }
    }
    bytes.truncate(3_000);
}

/// Gives inputs number `numbers` of the seed to `parser`.
fn execute(parser: Parser, inputs: std::ops::Range<u64>) {
    for at in inputs {
        let mut numbers = Numbers(splitmix(at ^ (parser as u64) << 56));
        let input = match numbers.below(8) {
            0 => numbers.octets(300),
            1 => good(parser, &mut numbers),
            _ => {
                let mut input = good(parser, &mut numbers);
                spoil(&mut input, &mut numbers);
                input
            }
        };
        if catch_unwind(AssertUnwindSafe(|| oracle::run(parser, &input))).is_err() {
            let hex = input.iter().fold(String::new(), |mut hex, octet| {
                let _ = write!(hex, "{octet:02x}");
                hex
            });
            panic!("{parser:?}, input {at}: {hex}");
        }
    }
}

#[test]
fn no_input_breaks_a_parser() {
    for parser in PARSERS {
        execute(parser, 0..3_000);
    }
}

#[test]
fn nothing_at_all_is_an_input_too() {
    for parser in PARSERS {
        oracle::run(parser, b"");
        oracle::run(parser, b"\0");
    }
}

/// More than ten million inputs, on all cores.
#[test]
#[ignore = "takes minutes"]
fn ten_million_inputs_break_no_parser() {
    const EACH: u64 = 1_700_000;
    let cores = std::thread::available_parallelism().map_or(1, usize::from) as u64;
    for parser in PARSERS {
        let begun = Instant::now();
        std::thread::scope(|scope| {
            let part = EACH.div_ceil(cores);
            let runs: Vec<_> = (0..cores)
                .map(|core| scope.spawn(move || execute(parser, core * part..(core + 1) * part)))
                .collect();
            for run in runs {
                run.join().expect("no input breaks it");
            }
        });
        println!("{parser:?}: {EACH} inputs in {:.0?}", begun.elapsed());
    }
}
