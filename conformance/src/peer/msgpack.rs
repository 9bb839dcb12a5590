//! MessagePack, as far as JSON can say the same; and bytes that it can't.

use serde_json::{Map, Number, Value};

/// Levels of lists and maps that are read.
const MAX_LEVELS: usize = 256;

/// Why bytes are no MessagePack that JSON could say too.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MsgpackFault {
    /// It ends too soon.
    #[error("MessagePack ends at octet {0} in the middle of a value")]
    Cut(usize),
    /// Something follows.
    #[error("octets behind the MessagePack value, from {0} on")]
    Rest(usize),
    /// A marker without a JSON value: bytes, extensions, the one that is never used.
    #[error("MessagePack marker {marker:#04x} at octet {at} has no JSON value")]
    Marker {
        /// The marker.
        marker: u8,
        /// Where.
        at: usize,
    },
    /// A number that JSON has not.
    #[error("MessagePack number at octet {0} that JSON has not")]
    Number(usize),
    /// Text that is not UTF-8.
    #[error("MessagePack text at octet {0} that is not UTF-8")]
    Text(usize),
    /// A key that is no text, or is there twice.
    #[error("MessagePack key at octet {0} that is no text, or is there twice")]
    Key(usize),
    /// Too many levels.
    #[error("MessagePack of more than {MAX_LEVELS} levels")]
    Levels,
}

/// Reads one value and nothing else.
pub fn from_msgpack(bytes: &[u8]) -> Result<Value, MsgpackFault> {
    let mut reader = Reader { bytes, at: 0 };
    let value = reader.value(0)?;
    if reader.at == bytes.len() { Ok(value) } else { Err(MsgpackFault::Rest(reader.at)) }
}

/// Writes a value, each number in its shortest form.
pub fn to_msgpack(value: &Value) -> Vec<u8> {
    let mut out = Vec::new();
    write(&mut out, value);
    out
}

struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Reader<'_> {
    fn take(&mut self, count: usize) -> Result<&[u8], MsgpackFault> {
        let end = self.at.checked_add(count).ok_or(MsgpackFault::Cut(self.bytes.len()))?;
        let taken = self.bytes.get(self.at..end).ok_or(MsgpackFault::Cut(self.bytes.len()))?;
        self.at = end;
        Ok(taken)
    }

    /// An unsigned number of `width` octets.
    fn unsigned(&mut self, width: usize) -> Result<u64, MsgpackFault> {
        Ok(self.take(width)?.iter().fold(0, |number, octet| number << 8 | u64::from(*octet)))
    }

    fn value(&mut self, level: usize) -> Result<Value, MsgpackFault> {
        if level > MAX_LEVELS {
            return Err(MsgpackFault::Levels);
        }
        let at = self.at;
        let marker = self.take(1)?[0];
        let few = |mask: u8| u64::from(marker & mask);
        Ok(match marker {
            0x00..=0x7f => Value::from(marker),
            0x80..=0x8f => self.map(few(0x0f), level)?,
            0x90..=0x9f => self.list(few(0x0f), level)?,
            0xa0..=0xbf => Value::from(self.text(few(0x1f))?),
            0xc0 => Value::Null,
            0xc2 => Value::Bool(false),
            0xc3 => Value::Bool(true),
            0xca => float(f64::from(f32::from_bits(self.unsigned(4)? as u32)), at)?,
            0xcb => float(f64::from_bits(self.unsigned(8)?), at)?,
            0xcc..=0xcf => Value::from(self.unsigned(1 << (marker - 0xcc))?),
            0xd0 => Value::from(self.unsigned(1)? as i8),
            0xd1 => Value::from(self.unsigned(2)? as i16),
            0xd2 => Value::from(self.unsigned(4)? as i32),
            0xd3 => Value::from(self.unsigned(8)? as i64),
            0xd9..=0xdb => {
                let length = self.unsigned(1 << (marker - 0xd9))?;
                Value::from(self.text(length)?)
            }
            0xdc | 0xdd => {
                let length = self.unsigned(2 << (marker - 0xdc))?;
                self.list(length, level)?
            }
            0xde | 0xdf => {
                let length = self.unsigned(2 << (marker - 0xde))?;
                self.map(length, level)?
            }
            0xe0..=0xff => Value::from(marker as i8),
            0xc1 | 0xc4..=0xc9 | 0xd4..=0xd8 => return Err(MsgpackFault::Marker { marker, at }),
        })
    }

    fn text(&mut self, length: u64) -> Result<String, MsgpackFault> {
        let at = self.at;
        let length = usize::try_from(length).map_err(|_| MsgpackFault::Cut(at))?;
        String::from_utf8(self.take(length)?.to_vec()).map_err(|_| MsgpackFault::Text(at))
    }

    fn list(&mut self, length: u64, level: usize) -> Result<Value, MsgpackFault> {
        // Nothing is kept free for a length that is only said.
        let mut list = Vec::new();
        for _ in 0..length {
            list.push(self.value(level + 1)?);
        }
        Ok(Value::Array(list))
    }

    fn map(&mut self, length: u64, level: usize) -> Result<Value, MsgpackFault> {
        let mut map = Map::new();
        for _ in 0..length {
            let at = self.at;
            let Value::String(key) = self.value(level + 1)? else { return Err(MsgpackFault::Key(at)) };
            if map.insert(key, self.value(level + 1)?).is_some() {
                return Err(MsgpackFault::Key(at));
            }
        }
        Ok(Value::Object(map))
    }
}

fn float(value: f64, at: usize) -> Result<Value, MsgpackFault> {
    Number::from_f64(value).map(Value::Number).ok_or(MsgpackFault::Number(at))
}

fn write(out: &mut Vec<u8>, value: &Value) {
    match value {
        Value::Null => out.push(0xc0),
        Value::Bool(value) => out.push(0xc2 + u8::from(*value)),
        Value::Number(number) => write_number(out, number),
        Value::String(text) => {
            write_length(out, text.len(), (0xa0, 31), &[(1, 0xd9), (2, 0xda), (4, 0xdb)]);
            out.extend_from_slice(text.as_bytes());
        }
        Value::Array(list) => {
            write_length(out, list.len(), (0x90, 15), &[(2, 0xdc), (4, 0xdd)]);
            list.iter().for_each(|item| write(out, item));
        }
        Value::Object(map) => {
            write_length(out, map.len(), (0x80, 15), &[(2, 0xde), (4, 0xdf)]);
            for (key, value) in map {
                write(out, &Value::from(key.as_str()));
                write(out, value);
            }
        }
    }
}

/// A length: in the marker itself up to `few`, else in the first of `forms` (octets, marker) that holds it.
fn write_length(out: &mut Vec<u8>, length: usize, (marker, few): (u8, usize), forms: &[(usize, u8)]) {
    if length <= few {
        out.push(marker | length as u8);
        return;
    }
    let wide = (length as u64).to_be_bytes();
    let holds = |width: usize| (length as u64).checked_shr(8 * width as u32).unwrap_or(0) == 0;
    let Some((width, marker)) = forms.iter().find(|(width, _)| holds(*width)) else { return };
    out.push(*marker);
    out.extend_from_slice(&wide[8 - width..]);
}

fn write_number(out: &mut Vec<u8>, number: &Number) {
    if let Some(value) = number.as_u64() {
        match value {
            0..=0x7f => out.push(value as u8),
            _ => write_length(out, value as usize, (0, 0), &[(1, 0xcc), (2, 0xcd), (4, 0xce), (8, 0xcf)]),
        }
    } else if let Some(value) = number.as_i64() {
        let wide = value.to_be_bytes();
        let (marker, width) = match value {
            -32..=-1 => return out.push(value as u8),
            -128..=127 => (0xd0, 1),
            -0x8000..=0x7fff => (0xd1, 2),
            -0x8000_0000..=0x7fff_ffff => (0xd2, 4),
            _ => (0xd3, 8),
        };
        out.push(marker);
        out.extend_from_slice(&wide[8 - width..]);
    } else {
        out.push(0xcb);
        out.extend_from_slice(&number.as_f64().unwrap_or_default().to_be_bytes());
    }
}
