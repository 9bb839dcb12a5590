//! MessagePack, the same content as JSON: what can't be said in JSON is refused, as strictly as there.

use serde_json::{Map, Number, Value};

use super::json::MAX_LEVELS;

/// Why bytes are not the MessagePack that is accepted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what} at byte {at}")]
pub struct MsgpackError {
    /// What is wrong.
    pub what: &'static str,
    /// Where, byte offset from 0.
    pub at: usize,
}

/// Writes a JSON text as MessagePack; `None` if it is no JSON.
#[must_use]
pub fn from_json(text: &[u8]) -> Option<Vec<u8>> {
    let value: Value = serde_json::from_slice(text).ok()?;
    let mut out = Vec::with_capacity(text.len());
    let mut serializer = rmp_serde::Serializer::new(&mut out).with_struct_map();
    serde::Serialize::serialize(&value, &mut serializer).ok()?;
    Some(out)
}

/// Reads one value.
///
/// # Errors
/// [`MsgpackError`] with the place of the first fault.
pub fn parse(bytes: &[u8]) -> Result<Value, MsgpackError> {
    let mut reader = Reader { bytes, at: 0 };
    let value = reader.value(0)?;
    if reader.at == bytes.len() { Ok(value) } else { Err(reader.error("bytes after the value")) }
}

struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    fn error(&self, what: &'static str) -> MsgpackError {
        MsgpackError { what, at: self.at }
    }

    fn take(&mut self, count: usize) -> Result<&'a [u8], MsgpackError> {
        let rest = &self.bytes[self.at..];
        let taken = rest.get(..count).ok_or(MsgpackError { what: "unexpected end", at: self.bytes.len() })?;
        self.at += count;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], MsgpackError> {
        let mut array = [0; N];
        array.copy_from_slice(self.take(N)?);
        Ok(array)
    }

    /// A length of `width` bytes.
    fn length(&mut self, width: usize) -> Result<usize, MsgpackError> {
        let bytes = self.take(width)?;
        Ok(bytes.iter().fold(0, |length, byte| length << 8 | usize::from(*byte)))
    }

    fn value(&mut self, level: usize) -> Result<Value, MsgpackError> {
        let start = self.at;
        let [marker] = self.array()?;
        let low = |mask: u8| usize::from(marker & mask);
        Ok(match marker {
            0x00..=0x7f => Value::from(marker),
            0x80..=0x8f => self.map(low(0x0f), level + 1, start)?,
            0x90..=0x9f => self.list(low(0x0f), level + 1, start)?,
            0xa0..=0xbf => self.text(low(0x1f))?,
            0xc0 => Value::Null,
            0xc2 => Value::Bool(false),
            0xc3 => Value::Bool(true),
            0xca => {
                let value = f32::from_be_bytes(self.array()?);
                Self::float(f64::from(value), start)?
            }
            0xcb => {
                let value = f64::from_be_bytes(self.array()?);
                Self::float(value, start)?
            }
            0xcc => Value::from(u8::from_be_bytes(self.array()?)),
            0xcd => Value::from(u16::from_be_bytes(self.array()?)),
            0xce => Value::from(u32::from_be_bytes(self.array()?)),
            0xcf => Value::from(u64::from_be_bytes(self.array()?)),
            0xd0 => Value::from(i8::from_be_bytes(self.array()?)),
            0xd1 => Value::from(i16::from_be_bytes(self.array()?)),
            0xd2 => Value::from(i32::from_be_bytes(self.array()?)),
            0xd3 => Value::from(i64::from_be_bytes(self.array()?)),
            0xd9..=0xdb => {
                let length = self.length(1 << (marker - 0xd9))?;
                self.text(length)?
            }
            0xdc | 0xdd => {
                let length = self.length(2 << (marker - 0xdc))?;
                self.list(length, level + 1, start)?
            }
            0xde | 0xdf => {
                let length = self.length(2 << (marker - 0xde))?;
                self.map(length, level + 1, start)?
            }
            0xe0..=0xff => Value::from(i8::from_be_bytes([marker])),
            0xc4..=0xc6 => return Err(MsgpackError { what: "bytes are not a JSON value", at: start }),
            0xc1 | 0xc7..=0xc9 | 0xd4..=0xd8 => {
                return Err(MsgpackError { what: "extension types are not taken", at: start });
            }
        })
    }

    fn float(value: f64, at: usize) -> Result<Value, MsgpackError> {
        Number::from_f64(value).map(Value::Number).ok_or(MsgpackError { what: "number out of range", at })
    }

    fn text(&mut self, length: usize) -> Result<Value, MsgpackError> {
        self.string(length).map(|text| Value::String(text.to_owned()))
    }

    fn string(&mut self, length: usize) -> Result<&'a str, MsgpackError> {
        let start = self.at;
        let bytes = self.take(length)?;
        std::str::from_utf8(bytes).map_err(|_| MsgpackError { what: "text is not UTF-8", at: start })
    }

    fn list(&mut self, length: usize, level: usize, start: usize) -> Result<Value, MsgpackError> {
        descend(level, start)?;
        // a length says nothing about what will come, so nothing is kept free for it
        let mut items = Vec::new();
        for _ in 0..length {
            items.push(self.value(level)?);
        }
        Ok(Value::Array(items))
    }

    fn map(&mut self, length: usize, level: usize, start: usize) -> Result<Value, MsgpackError> {
        descend(level, start)?;
        let mut map = Map::new();
        for _ in 0..length {
            let at = self.at;
            let key = self.key()?.to_owned();
            let value = self.value(level)?;
            if map.insert(key, value).is_some() {
                return Err(MsgpackError { what: "duplicate key", at });
            }
        }
        Ok(Value::Object(map))
    }

    fn key(&mut self) -> Result<&'a str, MsgpackError> {
        let start = self.at;
        let [marker] = self.array()?;
        let length = match marker {
            0xa0..=0xbf => usize::from(marker & 0x1f),
            0xd9..=0xdb => self.length(1 << (marker - 0xd9))?,
            _ => return Err(MsgpackError { what: "a key must be text", at: start }),
        };
        self.string(length)
    }
}

fn descend(level: usize, at: usize) -> Result<(), MsgpackError> {
    if level > MAX_LEVELS { Err(MsgpackError { what: "more than 128 levels", at }) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn refuses_what_json_could_not_say() {
        let deep = [vec![0x91; 129], vec![0xc0]].concat();
        for (bytes, what) in [
            (&b""[..], "unexpected end"),
            (b"\xc1", "extension types are not taken"),
            (b"\xd4\x00\x00", "extension types are not taken"),
            (b"\xc7\x01\x00\x00", "extension types are not taken"),
            (b"\xd6\xff\x00\x00\x00\x00", "extension types are not taken"),
            (b"\xc4\x01\x00", "bytes are not a JSON value"),
            (b"\x81\x01\x02", "a key must be text"),
            (b"\x82\xa1a\x01\xa1a\x02", "duplicate key"),
            (b"\x82\xa1a\x01\xd9\x01a\x02", "duplicate key"),
            (b"\xa1\xff", "text is not UTF-8"),
            (b"\x81\xa1\xff\x00", "text is not UTF-8"),
            (b"\xcb\x7f\xf0\x00\x00\x00\x00\x00\x00", "number out of range"),
            (b"\xca\x7f\xc0\x00\x00", "number out of range"),
            (b"\xc0\xc0", "bytes after the value"),
            (b"\xdd\xff\xff\xff\xff", "unexpected end"),
            (b"\xdf\xff\xff\xff\xff", "unexpected end"),
            (b"\xdb\xff\xff\xff\xffabc", "unexpected end"),
            (b"\x92\x01", "unexpected end"),
            (&deep, "more than 128 levels"),
        ] {
            assert_eq!(parse(bytes).unwrap_err().what, what, "{bytes:?}");
        }
        assert!(parse(&[vec![0x91; 128], vec![0xc0]].concat()[..]).is_ok_and(|value| value.is_array()));
    }

    #[test]
    fn every_form_of_a_number_and_a_length_is_read() {
        for (bytes, value) in [
            (&b"\x7f"[..], json!(127)),
            (b"\xff", json!(-1)),
            (b"\xcc\xff", json!(255)),
            (b"\xcd\x01\x00", json!(256)),
            (b"\xce\x00\x01\x00\x00", json!(65_536)),
            (b"\xcf\xff\xff\xff\xff\xff\xff\xff\xff", json!(u64::MAX)),
            (b"\xd0\x80", json!(-128)),
            (b"\xd1\x80\x00", json!(-32_768)),
            (b"\xd2\x80\x00\x00\x00", json!(i32::MIN)),
            (b"\xd3\x80\x00\x00\x00\x00\x00\x00\x00", json!(i64::MIN)),
            (b"\xca\x3f\xc0\x00\x00", json!(1.5)),
            (b"\xcb\x3f\xf0\x00\x00\x00\x00\x00\x00", json!(1.0)),
            (b"\xda\x00\x02hi", json!("hi")),
            (b"\xdb\x00\x00\x00\x02hi", json!("hi")),
            (b"\xdc\x00\x01\xc3", json!([true])),
            (b"\xdd\x00\x00\x00\x01\xc2", json!([false])),
            (b"\xde\x00\x01\xa1k\x90", json!({ "k": [] })),
            (b"\xdf\x00\x00\x00\x01\xda\x00\x01k\x80", json!({ "k": {} })),
        ] {
            assert_eq!(parse(bytes), Ok(value), "{bytes:?}");
        }
    }

    #[test]
    fn content_and_kinds_of_numbers_survive() {
        let value = json!({
            "offset": u64::MAX, "id": i64::MIN, "ratio": 1.0, "deep": [[{}]], "text": "é😀\n", "none": null,
            "rows": [[1, 2.5, "x", true]],
        });
        let packed = from_json(value.to_string().as_bytes()).unwrap();
        let read = parse(&packed).unwrap();
        assert_eq!(read, value);
        assert_eq!(read.to_string(), value.to_string(), "in the same order too");
    }

    fn any_value() -> impl proptest::strategy::Strategy<Value = Value> {
        use proptest::prelude::*;
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<u64>().prop_map(Value::from),
            any::<f64>().prop_filter_map("finite", |value| Number::from_f64(value).map(Value::Number)),
            "\\PC{0,40}".prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 64, 20, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..20).prop_map(Value::from),
                prop::collection::btree_map("[a-z]{0,34}", inner, 0..20)
                    .prop_map(|map| Value::Object(map.into_iter().collect())),
            ]
        })
    }

    proptest::proptest! {
        #[test]
        fn random_bytes_never_panic(bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..120)) {
            let _ = parse(&bytes);
        }

        #[test]
        fn what_is_written_is_read(value in any_value()) {
            let packed = rmp_serde::to_vec_named(&value).unwrap();
            proptest::prop_assert_eq!(parse(&packed), Ok(value));
        }
    }
}
