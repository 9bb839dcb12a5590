//! Heads of requests and answers, and how their bodies are framed.

/// Longest head that is looked at; a longer one passes unread.
pub(super) const LONGEST: usize = 64 * 1024;

/// The head of a request or an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Head {
    /// The three words of its first line.
    pub(super) first: [String; 3],
    pub(super) fields: Vec<(String, String)>,
}

/// How long a body is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Framing {
    /// So many bytes.
    Length(usize),
    /// In chunks.
    Chunked,
    /// Until the connection ends.
    UntilEnd,
}

impl Head {
    /// Reads a head without its empty line; `None` when it is none of HTTP/1.
    pub(super) fn parse(bytes: &[u8]) -> Option<Self> {
        let text = std::str::from_utf8(bytes).ok()?;
        let mut lines = text.split("\r\n");
        let mut words = lines.next()?.splitn(3, ' ').map(str::to_owned);
        let first = [words.next()?, words.next()?, words.next().unwrap_or_default()];
        if !first.iter().any(|word| word.starts_with("HTTP/1.")) {
            return None;
        }
        let fields = lines.filter(|line| !line.is_empty()).map(|line| {
            let (name, value) = line.split_once(':')?;
            Some((name.to_owned(), value.trim().to_owned()))
        });
        Some(Self { first, fields: fields.collect::<Option<_>>()? })
    }

    pub(super) fn field(&self, name: &str) -> Option<&str> {
        let found = self.fields.iter().find(|(field, _)| field.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }

    fn is_chunked(&self) -> bool {
        self.field("Transfer-Encoding").is_some_and(|value| value.to_ascii_lowercase().ends_with("chunked"))
    }

    fn length(&self) -> Option<usize> {
        self.field("Content-Length")?.parse().ok()
    }

    /// How the body of this request is framed (RFC 9112, section 6.3).
    pub(super) fn framing_of_request(&self) -> Framing {
        if self.is_chunked() { Framing::Chunked } else { Framing::Length(self.length().unwrap_or(0)) }
    }

    /// The same of this answer to a request with `method`.
    pub(super) fn framing_of_answer(&self, method: &str) -> Framing {
        let status = self.status();
        if method == "HEAD" || matches!(status, 100..=199 | 204 | 304) {
            return Framing::Length(0);
        }
        match (self.is_chunked(), self.length()) {
            (true, _) => Framing::Chunked,
            (false, Some(length)) => Framing::Length(length),
            (false, None) => Framing::UntilEnd,
        }
    }

    /// Status of an answer; 0 when it has none.
    pub(super) fn status(&self) -> u16 {
        self.first[1].parse().unwrap_or(0)
    }

    /// The request as the target gets it: its own name as the host, and no compression on offer.
    pub(super) fn towards(bytes: &[u8], authority: &str) -> Vec<u8> {
        let text = String::from_utf8_lossy(bytes);
        let mut lines = Vec::new();
        for (number, line) in text.split("\r\n").enumerate() {
            let name = line.split(':').next().unwrap_or_default();
            if number > 0 && name.eq_ignore_ascii_case("Host") {
                lines.push(format!("{name}: {authority}"));
            } else if number == 0 || !name.eq_ignore_ascii_case("Sec-WebSocket-Extensions") {
                lines.push(line.to_owned());
            }
        }
        lines.join("\r\n").into_bytes()
    }
}

/// Takes a body apart as it passes.
#[derive(Debug)]
pub(super) enum Body {
    Length(usize),
    Chunk(Chunk),
    UntilEnd,
}

/// Where a chunked body is.
#[derive(Debug)]
pub(super) enum Chunk {
    /// In the line with its size, or in a line behind the last chunk when `last`.
    Line { line: Vec<u8>, last: bool },
    /// So many bytes of it are left, with the two behind it.
    Data(usize),
}

impl Body {
    pub(super) fn new(framing: Framing) -> Self {
        match framing {
            Framing::Length(length) => Self::Length(length),
            Framing::Chunked => Self::Chunk(Chunk::Line { line: Vec::new(), last: false }),
            Framing::UntilEnd => Self::UntilEnd,
        }
    }

    /// Takes what of `bytes` belongs to it, hands its content to `take`; how many bytes, and whether it is whole.
    pub(super) fn feed(&mut self, bytes: &[u8], take: &mut dyn FnMut(&[u8])) -> (usize, bool) {
        match self {
            Self::UntilEnd => {
                take(bytes);
                (bytes.len(), false)
            }
            Self::Length(left) => {
                let count = bytes.len().min(*left);
                take(&bytes[..count]);
                *left -= count;
                (count, *left == 0)
            }
            Self::Chunk(chunk) => {
                let mut at = 0;
                while at < bytes.len() {
                    let (count, is_whole) = chunk.feed(&bytes[at..], take);
                    at += count;
                    if is_whole {
                        return (at, true);
                    }
                }
                (at, false)
            }
        }
    }
}

impl Chunk {
    fn feed(&mut self, bytes: &[u8], take: &mut dyn FnMut(&[u8])) -> (usize, bool) {
        match self {
            Self::Data(left) => {
                let count = bytes.len().min(*left);
                // The line break behind the data is not part of it.
                let data = left.saturating_sub(2).min(count);
                take(&bytes[..data]);
                *left -= count;
                if *left == 0 {
                    *self = Self::Line { line: Vec::new(), last: false };
                }
                (count, false)
            }
            Self::Line { line, last } => {
                let end = bytes.iter().position(|byte| *byte == b'\n');
                let count = end.map_or(bytes.len(), |end| end + 1);
                if line.len() < 1_024 {
                    line.extend_from_slice(&bytes[..count]);
                }
                if end.is_none() {
                    return (count, false);
                }
                let text = String::from_utf8_lossy(line).trim().to_owned();
                if *last {
                    line.clear();
                    return (count, text.is_empty());
                }
                let digits = text.split(';').next().unwrap_or_default().trim();
                match usize::from_str_radix(digits, 16) {
                    Ok(size) if size > 0 => *self = Self::Data(size.saturating_add(2)),
                    _ => *self = Self::Line { line: Vec::new(), last: true },
                }
                (count, false)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn content(framing: Framing, bytes: &[u8], piece: usize) -> (Vec<u8>, usize, bool) {
        let mut body = Body::new(framing);
        let (mut found, mut at, mut whole) = (Vec::new(), 0, false);
        for piece in bytes.chunks(piece.max(1)) {
            if whole {
                break;
            }
            let (count, is_whole) = body.feed(piece, &mut |bytes| found.extend_from_slice(bytes));
            at += count;
            whole = is_whole;
        }
        (found, at, whole)
    }

    #[test]
    fn bodies_are_found_however_they_are_cut() {
        let chunked = b"3;x=y\r\nabc\r\nA\r\n0123456789\r\n0\r\nTrailer: x\r\n\r\nNEXT";
        for piece in 1..chunked.len() {
            let (found, at, whole) = content(Framing::Chunked, chunked, piece);
            assert_eq!((found.as_slice(), whole), (&b"abc0123456789"[..], true), "{piece}");
            assert_eq!(at, chunked.len() - 4, "{piece}");
            let (found, at, whole) = content(Framing::Length(5), b"abcdefg", piece);
            assert_eq!((found.as_slice(), at, whole), (&b"abcde"[..], 5, true));
        }
        assert!(!content(Framing::UntilEnd, b"abc", 2).2);
    }

    #[test]
    fn a_request_gets_the_name_of_the_target_and_loses_nothing_else() {
        let head = b"GET /x HTTP/1.1\r\nhost: 127.0.0.1:9\r\nSec-WebSocket-Extensions: permessage-deflate\r\nX:  y \r\n\r\n";
        let towards = Head::towards(head, "example.org:80");
        assert_eq!(towards, b"GET /x HTTP/1.1\r\nhost: example.org:80\r\nX:  y \r\n\r\n");
        let parsed = Head::parse(&head[..head.len() - 4]).unwrap();
        assert_eq!(parsed.field("x"), Some("y"));
        assert_eq!(Head::parse(b"\x16\x03\x01"), None);
    }

    proptest::proptest! {
        #[test]
        fn random_bytes_never_panic(bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..200)) {
            let _ = Head::parse(&bytes);
            let _ = Head::towards(&bytes, "h:1");
            let _ = content(Framing::Chunked, &bytes, 7);
        }
    }
}
