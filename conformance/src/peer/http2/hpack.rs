//! Header blocks (RFC 7541), without a dynamic table: this peer allows none and writes every field in full.

/// Fields of the static table, from index 1 (RFC 7541, appendix A).
const STATIC: [(&str, &str); 61] = [
    (":authority", ""),
    (":method", "GET"),
    (":method", "POST"),
    (":path", "/"),
    (":path", "/index.html"),
    (":scheme", "http"),
    (":scheme", "https"),
    (":status", "200"),
    (":status", "204"),
    (":status", "206"),
    (":status", "304"),
    (":status", "400"),
    (":status", "404"),
    (":status", "500"),
    ("accept-charset", ""),
    ("accept-encoding", "gzip, deflate"),
    ("accept-language", ""),
    ("accept-ranges", ""),
    ("accept", ""),
    ("access-control-allow-origin", ""),
    ("age", ""),
    ("allow", ""),
    ("authorization", ""),
    ("cache-control", ""),
    ("content-disposition", ""),
    ("content-encoding", ""),
    ("content-language", ""),
    ("content-length", ""),
    ("content-location", ""),
    ("content-range", ""),
    ("content-type", ""),
    ("cookie", ""),
    ("date", ""),
    ("etag", ""),
    ("expect", ""),
    ("expires", ""),
    ("from", ""),
    ("host", ""),
    ("if-match", ""),
    ("if-modified-since", ""),
    ("if-none-match", ""),
    ("if-range", ""),
    ("if-unmodified-since", ""),
    ("last-modified", ""),
    ("link", ""),
    ("location", ""),
    ("max-forwards", ""),
    ("proxy-authenticate", ""),
    ("proxy-authorization", ""),
    ("range", ""),
    ("referer", ""),
    ("refresh", ""),
    ("retry-after", ""),
    ("server", ""),
    ("set-cookie", ""),
    ("strict-transport-security", ""),
    ("transfer-encoding", ""),
    ("user-agent", ""),
    ("vary", ""),
    ("via", ""),
    ("www-authenticate", ""),
];

/// Lengths of the Huffman codes of all octets and of the end; the codes themselves follow from them, because
/// the code is canonical (RFC 7541, appendix B).
const LENGTHS: [u8; 257] = [
    13, 23, 28, 28, 28, 28, 28, 28, 28, 24, 30, 28, 28, 30, 28, 28, 28, 28, 28, 28, 28, 28, 30, 28, 28, 28,
    28, 28, 28, 28, 28, 28, 6, 10, 10, 12, 13, 6, 8, 11, 10, 10, 8, 11, 8, 6, 6, 6, 5, 5, 5, 6, 6, 6, 6, 6,
    6, 6, 7, 8, 15, 6, 12, 10, 13, 6, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 8, 7,
    8, 13, 19, 13, 14, 6, 15, 5, 6, 5, 6, 5, 6, 6, 6, 5, 7, 7, 6, 6, 6, 5, 6, 7, 6, 5, 5, 6, 7, 7, 7, 7, 7,
    15, 11, 14, 13, 28, 20, 22, 20, 20, 22, 22, 22, 23, 22, 23, 23, 23, 23, 23, 24, 23, 24, 24, 22, 23, 24,
    23, 23, 23, 23, 21, 22, 23, 22, 23, 23, 24, 22, 21, 20, 22, 22, 23, 23, 21, 23, 22, 22, 24, 21, 22, 23,
    23, 21, 21, 22, 21, 23, 22, 23, 23, 20, 22, 22, 22, 23, 22, 22, 23, 26, 26, 20, 19, 22, 23, 22, 25, 26,
    26, 26, 27, 27, 26, 24, 25, 19, 21, 26, 27, 27, 26, 27, 24, 21, 21, 26, 26, 28, 27, 27, 27, 20, 24, 20,
    21, 22, 21, 21, 23, 22, 22, 25, 25, 24, 24, 26, 23, 26, 27, 26, 26, 27, 27, 27, 27, 27, 28, 27, 27, 27,
    27, 27, 26, 30,
];

/// Why a header block can't be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum HpackFault {
    /// It ends in the middle of a field.
    #[error("header block ends in the middle of a field")]
    Cut,
    /// A number of more bits than any length has.
    #[error("header block with a number that is too large")]
    Number,
    /// An index into a table that is empty.
    #[error("header block with the index {0}, which no table has")]
    Index(usize),
    /// No Huffman code.
    #[error("header block with a Huffman code that there is not")]
    Huffman,
}

/// The fields of a block; text that is not UTF-8 is read leniently.
pub fn decode(block: &[u8]) -> Result<Vec<(String, String)>, HpackFault> {
    let mut reader = Reader { rest: block };
    let mut fields = Vec::new();
    while let Some(first) = reader.rest.first().copied() {
        match first {
            0x80.. => {
                let (name, value) = indexed(reader.number(7)?)?;
                fields.push((name.to_owned(), value.to_owned()));
            }
            // A new size of the dynamic table, which stays 0.
            0x20..=0x3f => drop(reader.number(5)?),
            _ => {
                let index = reader.number(if first >= 0x40 { 6 } else { 4 })?;
                let name = if index == 0 { reader.text()? } else { indexed(index)?.0.to_owned() };
                fields.push((name, reader.text()?));
            }
        }
    }
    Ok(fields)
}

/// A block of these fields, none of which is to be remembered.
pub fn encode(fields: &[(&str, &str)]) -> Vec<u8> {
    let mut out = Vec::new();
    for (name, value) in fields {
        out.push(0);
        for text in [name, value] {
            // A length of seven bits, or 127 and the rest in groups of seven.
            let mut length = text.len();
            if length < 0x7f {
                out.push(length as u8);
            } else {
                out.push(0x7f);
                length -= 0x7f;
                while length >= 0x80 {
                    out.push(length as u8 | 0x80);
                    length >>= 7;
                }
                out.push(length as u8);
            }
            out.extend_from_slice(text.as_bytes());
        }
    }
    out
}

fn indexed(index: usize) -> Result<(&'static str, &'static str), HpackFault> {
    index.checked_sub(1).and_then(|at| STATIC.get(at)).copied().ok_or(HpackFault::Index(index))
}

struct Reader<'a> {
    rest: &'a [u8],
}

impl Reader<'_> {
    fn octet(&mut self) -> Result<u8, HpackFault> {
        let (first, rest) = self.rest.split_first().ok_or(HpackFault::Cut)?;
        self.rest = rest;
        Ok(*first)
    }

    /// A number whose first `bits` bits are the lowest of this octet (RFC 7541 §5.1).
    fn number(&mut self, bits: u32) -> Result<usize, HpackFault> {
        let most = (1_usize << bits) - 1;
        let mut number = usize::from(self.octet()?) & most;
        if number < most {
            return Ok(number);
        }
        for shift in [0, 7, 14, 21] {
            let octet = self.octet()?;
            number += usize::from(octet & 0x7f) << shift;
            if octet & 0x80 == 0 {
                return Ok(number);
            }
        }
        Err(HpackFault::Number)
    }

    fn text(&mut self) -> Result<String, HpackFault> {
        let huffman = self.rest.first().is_some_and(|first| first & 0x80 != 0);
        let length = self.number(7)?;
        let (octets, rest) = self.rest.split_at_checked(length).ok_or(HpackFault::Cut)?;
        self.rest = rest;
        let octets = if huffman { unpacked(octets)? } else { octets.to_vec() };
        Ok(String::from_utf8_lossy(&octets).into_owned())
    }
}

/// Reads Huffman codes bit by bit: what a handshake has is short.
fn unpacked(octets: &[u8]) -> Result<Vec<u8>, HpackFault> {
    let mut order: Vec<usize> = (0..LENGTHS.len()).collect();
    order.sort_by_key(|symbol| LENGTHS[*symbol]);
    let mut out = Vec::new();
    let (mut code, mut length, mut first, mut at) = (0_u64, 0_u8, 0_u64, 0);
    for bit in octets.iter().flat_map(|octet| (0..8).rev().map(move |shift| octet >> shift & 1)) {
        (code, length, first) = (code << 1 | u64::from(bit), length + 1, first << 1);
        let count = order[at..].iter().take_while(|symbol| LENGTHS[**symbol] == length).count();
        if code < first + count as u64 {
            let symbol = order[at + (code - first) as usize];
            out.push(u8::try_from(symbol).map_err(|_| HpackFault::Huffman)?);
            (code, length, first, at) = (0, 0, 0, 0);
        } else {
            (first, at) = (first + count as u64, at + count);
            if length > 30 {
                return Err(HpackFault::Huffman);
            }
        }
    }
    // What is left of the last octet is ones, fewer than eight.
    if length < 8 && code + 1 == 1 << length { Ok(out) } else { Err(HpackFault::Huffman) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// RFC 7541, C.4.1 and C.6.1, without their dynamic tables.
    #[test]
    fn the_examples_of_the_standard_are_read() {
        let request = [
            0x82, 0x86, 0x84, 0x41, 0x8c, 0xf1, 0xe3, 0xc2, 0xe5, 0xf2, 0x3a, 0x6b, 0xa0, 0xab, 0x90, 0xf4,
            0xff,
        ];
        let fields = decode(&request).unwrap();
        assert_eq!(fields[0], (":method".to_owned(), "GET".to_owned()));
        assert_eq!(fields[3], (":authority".to_owned(), "www.example.com".to_owned()));
        let response = [0x48, 0x82, 0x64, 0x02];
        assert_eq!(decode(&response).unwrap(), [(":status".to_owned(), "302".to_owned())]);
        assert_eq!(decode(&[0xbe]), Err(HpackFault::Index(62)));
        assert_eq!(decode(&[0x00, 0x05, b'a']), Err(HpackFault::Cut));
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(fields in prop::collection::vec(("[a-z:-]{1,20}", "[ -~]{0,300}"), 0..8)) {
            let written: Vec<(&str, &str)> =
                fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
            prop_assert_eq!(decode(&encode(&written)).unwrap(), fields);
        }

        #[test]
        fn random_blocks_never_panic(block in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = decode(&block);
        }
    }
}
