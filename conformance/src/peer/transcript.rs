//! What went over the wire, with monotonic times, for people and for machines.

use std::fmt::Write as _;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use serde::Serialize;

use super::message::{Message, shorten};

/// Entries kept; more are counted, so that a flooding target can't fill the memory.
const MAX_ENTRIES: usize = 5_000;
/// Characters kept of one payload.
const MAX_PAYLOAD: usize = 4_000;

/// Who spoke.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Direction {
    /// The suite to the target.
    Sent,
    /// The target to the suite.
    Received,
    /// A remark of the suite.
    Note,
}

/// One line of a transcript.
#[derive(Debug, Clone, Serialize)]
pub struct Entry {
    /// Microseconds since the check began, on a monotonic clock.
    pub at_us: u64,
    /// Name of the connection, such as `query-1`.
    pub connection: String,
    /// Who spoke.
    pub direction: Direction,
    /// Opcode, or `http`, `tcp`, `note`.
    pub kind: String,
    /// The payload in words; JSON and text as they are.
    pub payload: String,
    /// The bytes of what was malformed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hex: Option<String>,
}

/// The record of one check, shared by its connections.
#[derive(Debug, Clone)]
pub struct Transcript {
    start: Instant,
    entries: Arc<Mutex<Vec<Entry>>>,
    cut: Arc<AtomicBool>,
}

impl Default for Transcript {
    fn default() -> Self {
        Self { start: Instant::now(), entries: Arc::default(), cut: Arc::default() }
    }
}

impl Transcript {
    /// Adds a line.
    pub fn add(&self, connection: &str, direction: Direction, kind: &str, payload: &str, hex: Option<&[u8]>) {
        let entry = Entry {
            at_us: self.start.elapsed().as_micros() as u64,
            connection: connection.to_owned(),
            direction,
            kind: kind.to_owned(),
            payload: redact(&shorten(payload, MAX_PAYLOAD)),
            hex: hex.map(to_hex),
        };
        self.push(entry);
    }

    /// Adds a message.
    pub fn message(&self, connection: &str, direction: Direction, message: &Message) {
        let (kind, payload) = match message {
            Message::Text(text) => ("text", shorten(text, MAX_PAYLOAD)),
            Message::Binary(bytes) => ("binary", to_hex(bytes)),
            Message::Ping(bytes) => ("ping", String::from_utf8_lossy(bytes).into_owned()),
            Message::Pong(bytes) => ("pong", String::from_utf8_lossy(bytes).into_owned()),
            Message::Close(Some((code, reason))) => ("close", format!("{code} {reason:?}")),
            Message::Close(None) => ("close", String::new()),
        };
        self.add(connection, direction, kind, &payload, None);
    }

    /// Adds the script that is played, whole: it is read again to play it again.
    pub fn script(&self, script: &str) {
        self.whole("script", script);
    }

    /// Adds what was run, whole: the check and its seed.
    pub fn begin(&self, what: &str) {
        self.whole("run", what);
    }

    fn whole(&self, kind: &str, payload: &str) {
        self.push(Entry {
            at_us: self.start.elapsed().as_micros() as u64,
            connection: "check".to_owned(),
            direction: Direction::Note,
            kind: kind.to_owned(),
            payload: payload.to_owned(),
            hex: None,
        });
    }

    fn push(&self, entry: Entry) {
        let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        if entries.len() < MAX_ENTRIES {
            entries.push(entry);
        }
    }

    /// Adds the lines of another record, at their times.
    pub fn append(&self, other: &Self) {
        let ahead = other.start.saturating_duration_since(self.start).as_micros() as u64;
        for entry in other.entries() {
            self.push(Entry { at_us: entry.at_us + ahead, ..entry });
        }
    }

    /// Adds a remark.
    pub fn note(&self, connection: &str, text: &str) {
        self.add(connection, Direction::Note, "note", text, None);
    }

    /// Notes that the target ended a connection without a word of its protocol.
    pub fn note_cut(&self) {
        self.cut.store(true, Ordering::Relaxed);
    }

    /// True when the target ended a connection in that way.
    pub fn has_cut(&self) -> bool {
        self.cut.load(Ordering::Relaxed)
    }

    /// All lines so far.
    pub fn entries(&self) -> Vec<Entry> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The transcript for people: one line a message.
    pub fn to_text(&self) -> String {
        let entries = self.entries();
        let width = entries.iter().map(|entry| entry.connection.len()).max().unwrap_or(0);
        let mut out = String::new();
        for entry in &entries {
            let arrow = match entry.direction {
                Direction::Sent => "-->",
                Direction::Received => "<--",
                Direction::Note => " · ",
            };
            let seconds = entry.at_us as f64 / 1e6;
            let payload = entry.payload.replace('\r', "").trim_end().replace('\n', "\n                  | ");
            // Writing to a String can't fail.
            let _ = writeln!(
                out,
                "{seconds:>10.6}s {:<width$} {arrow} {:<8} {payload}",
                entry.connection, entry.kind
            );
            if let Some(hex) = &entry.hex {
                let _ = writeln!(out, "                  | hex {hex}");
            }
        }
        if entries.len() == MAX_ENTRIES {
            let _ = writeln!(out, "(cut after {MAX_ENTRIES} entries)");
        }
        out
    }

    /// The transcript for machines: one JSON object a line.
    pub fn to_json_lines(&self) -> String {
        let mut out = String::new();
        for entry in self.entries() {
            if let Ok(line) = serde_json::to_string(&entry) {
                out.push_str(&line);
                out.push('\n');
            }
        }
        out
    }
}

/// At most 256 bytes as hex.
fn to_hex(bytes: &[u8]) -> String {
    let mut out = String::new();
    for (at, byte) in bytes.iter().take(256).enumerate() {
        if at > 0 {
            out.push(' ');
        }
        let _ = write!(out, "{byte:02x}");
    }
    if bytes.len() > 256 {
        let _ = write!(out, " … ({} bytes)", bytes.len());
    }
    out
}

/// Blanks out the values of tokens: they are credentials, also in a test.
fn redact(text: &str) -> String {
    let mut out = text.to_owned();
    for (marker, ends) in [
        ("token=", &['&', ' ', '"', '\r', '\n'][..]),
        ("\"token\":\"", &['"'][..]),
        ("Bearer ", &[' ', '"', '\r', '\n', ','][..]),
        ("bearer.", &[' ', '"', '\r', '\n', ','][..]),
    ] {
        let mut from = 0;
        while let Some(at) = out[from..].find(marker) {
            let start = from + at + marker.len();
            let end = out[start..].find(ends).map_or(out.len(), |length| start + length);
            out.replace_range(start..end, "[redacted]");
            from = start + "[redacted]".len();
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_blanked_out_everywhere() {
        let text =
            "GET /ws?token=abc.def&x=1 HTTP/1.1\r\nAuthorization: Bearer s3cret\r\n{\"token\":\"t0p\"}";
        let clean = redact(text);
        assert!(!clean.contains("abc.def") && !clean.contains("s3cret") && !clean.contains("t0p"), "{clean}");
        assert!(clean.contains("&x=1 HTTP/1.1"));
    }

    #[test]
    fn both_renderings_hold_every_entry() {
        let transcript = Transcript::default();
        transcript.message("query-1", Direction::Sent, &Message::Text("{\"type\":\"ping\"}".to_owned()));
        transcript.add("query-1", Direction::Received, "malformed", "masked frame", Some(&[0x81, 0x80]));
        let text = transcript.to_text();
        assert!(text.contains("--> text     {\"type\":\"ping\"}") && text.contains("hex 81 80"), "{text}");
        assert_eq!(transcript.to_json_lines().lines().count(), 2);
    }
}
