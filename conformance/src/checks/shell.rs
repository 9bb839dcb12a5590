//! A line of bash that says by hand what a row of a table says: octets by `printf`, sent by `nc`, shown by `xxd`.

use std::fmt::Write as _;

use crate::peer::{Frame, Opcode, Request, SAMPLE_KEY, upgrade_request};

/// Where the reference listens by default.
const HOST: &str = "127.0.0.1";
const PORT: &str = "8080";
/// Its door that echoes.
const DOOR: &str = "/ws/echo";
/// A run of letters longer than this is written as their number.
const RUN: usize = 64;
/// Octets that are written one by one, at most: nobody reads or copies more.
const MOST_OCTETS: usize = 640;
/// Commands of one line, at most.
const MOST_COMMANDS: usize = 40;

/// What is sent on one TCP connection, in order.
#[derive(Debug, Default)]
pub(crate) struct Line {
    commands: Vec<String>,
    /// What the last `printf` says, which is not a command yet.
    said: Vec<u8>,
    octets: usize,
    half_close: bool,
}

/// The upgrade request of a line, correct but for what a row changes.
pub(crate) fn upgrade() -> Request {
    upgrade_request(DOOR, &format!("{HOST}:{PORT}"), SAMPLE_KEY)
}

/// The frame as a line sends it: masked with zeros, so that it can be read, unless its key matters.
pub(crate) fn legible(frame: &Frame) -> Frame {
    if frame.mask.is_some() { frame.clone() } else { frame.clone().masked([0; 4]) }
}

/// Frames whose binary payload says nothing, with as many letters in its place.
pub(crate) fn without_noise(frames: &[Frame]) -> Vec<Frame> {
    let mut is_binary = false;
    let plain = |frame: &Frame, is_binary: bool| {
        let mut frame = frame.clone();
        if is_binary && frame.rsv == 0 && frame.mask.is_none() && frame.payload.len() > RUN {
            frame.payload.fill(b'x');
        }
        frame
    };
    let mut all = Vec::with_capacity(frames.len());
    for frame in frames {
        match frame.opcode {
            Opcode::Binary => is_binary = true,
            Opcode::Text => is_binary = false,
            _ => {}
        }
        all.push(plain(frame, is_binary && !frame.opcode.is_control()));
    }
    all
}

impl Line {
    /// A connection that is asked for by `request`, and nothing else yet.
    pub(crate) fn asking(request: &Request) -> Self {
        Self::default().octets(&request.encode())
    }

    /// A connection that is open, with these values of `Sec-WebSocket-Extensions`.
    pub(crate) fn open(offers: &[&str]) -> Self {
        let request =
            offers.iter().fold(upgrade(), |request, offer| request.header("Sec-WebSocket-Extensions", offer));
        Self::asking(&request).pause("1")
    }

    /// Octets, in the packet of those before.
    pub(crate) fn octets(mut self, octets: &[u8]) -> Self {
        self.said.extend_from_slice(octets);
        self
    }

    /// A frame.
    pub(crate) fn frame(self, frame: &Frame) -> Self {
        self.octets(&legible(frame).encode())
    }

    /// Nothing for so many seconds: what was said is a packet of its own.
    pub(crate) fn pause(mut self, seconds: &str) -> Self {
        self.end_packet();
        self.commands.push(format!("sleep {seconds}"));
        self
    }

    /// Nothing more is sent, and TCP says so.
    pub(crate) fn half_close(mut self) -> Self {
        self.half_close = true;
        self
    }

    fn end_packet(&mut self) {
        let said = std::mem::take(&mut self.said);
        let mut rest = said.as_slice();
        while !rest.is_empty() {
            let at = (0..rest.len()).find(|&at| run(&rest[at..]) > RUN).unwrap_or(rest.len());
            if at > 0 {
                self.octets += at;
                self.commands.push(format!("printf '{}'", escaped(&rest[..at])));
            }
            let length = run(&rest[at..]);
            if length > 0 {
                self.commands.push(format!("head -c {length} /dev/zero | tr '\\0' x"));
            }
            rest = &rest[at + length..];
        }
    }

    /// The line, and what to look for; none where nobody would type it.
    pub(crate) fn look(mut self, expected: &str) -> Option<String> {
        self.end_packet();
        // What is about to be answered has to be read before nc sees the end of its input.
        if !self.half_close && !self.commands.last().is_some_and(|last| last.starts_with("sleep")) {
            self.commands.push("sleep 1".to_owned());
        }
        if self.octets > MOST_OCTETS || self.commands.len() > MOST_COMMANDS {
            return None;
        }
        let option = if self.half_close { "-N" } else { "-w 2" };
        let commands = self.commands.join("; ");
        Some(format!("{{ {commands}; }} | nc {option} {HOST} {PORT} | xxd | head -40\nlook for: {expected}"))
    }
}

/// Codes as they are read in a dump.
pub(crate) fn in_words(codes: &[u16]) -> String {
    let words = codes.iter().map(|code| {
        let [high, low] = code.to_be_bytes();
        format!("{code} ({high:02x} {low:02x})")
    });
    words.collect::<Vec<_>>().join(" or ")
}

/// How many printable letters of ASCII `octets` begins with, if it is a run worth a number, else 0.
fn run(octets: &[u8]) -> usize {
    let is_letter = |octet: &&u8| octet.is_ascii_alphanumeric();
    let length = octets.iter().take_while(is_letter).count();
    if length > RUN { length } else { 0 }
}

/// As `printf` of bash understands it between single quotes.
fn escaped(octets: &[u8]) -> String {
    let mut text = String::with_capacity(octets.len());
    for octet in octets {
        match octet {
            b'\r' => text.push_str("\\r"),
            b'\n' => text.push_str("\\n"),
            b'%' => text.push_str("%%"),
            b'\\' => text.push_str("\\\\"),
            b'\'' => text.push_str("\\x27"),
            0x20..0x7f => text.push(char::from(*octet)),
            // Writing to a string can't fail.
            other => drop(write!(text, "\\x{other:02x}")),
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_can_be_typed() {
        let line =
            Line::default().octets(b"GET\r\n").pause("1").frame(&Frame::text("it's 5 %")).look("an echo");
        assert_eq!(
            line.unwrap(),
            "{ printf 'GET\\r\\n'; sleep 1; printf '\\x81\\x88\\x00\\x00\\x00\\x00it\\x27s 5 %%'; sleep 1; } | \
             nc -w 2 127.0.0.1 8080 | xxd | head -40\nlook for: an echo"
        );
    }

    #[test]
    fn long_payloads_are_a_number_and_longer_ones_nothing() {
        let frames = without_noise(&[Frame::binary([0xff; 70_000])]);
        let line = Line::default().frame(&frames[0]).look("the echo").unwrap();
        assert!(line.contains("head -c 70000 /dev/zero | tr '\\0' x; sleep 1"), "{line}");
        assert_eq!(Line::default().octets(&[0xff; 700]).look("nothing"), None);
    }

    #[test]
    fn the_upgrade_is_a_correct_one() {
        let line = Line::open(&["permessage-deflate"]).half_close().look("101").unwrap();
        assert!(
            line.starts_with("{ printf 'GET /ws/echo HTTP/1.1\\r\\nHost: 127.0.0.1:8080\\r\\n"),
            "{line}"
        );
        assert!(
            line.contains("Sec-WebSocket-Extensions: permessage-deflate\\r\\n\\r\\n'; sleep 1; } | nc -N")
        );
    }
}
