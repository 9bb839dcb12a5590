//! Strict JSON: duplicate keys, lone surrogates, numbers out of range and more than 128 levels are refused.

use serde_json::{Map, Number, Value};

/// Deepest nesting of arrays and objects that is read.
pub const MAX_LEVELS: usize = 128;

/// Why a text is not the JSON that is accepted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what} at byte {at}")]
pub struct JsonError {
    /// What is wrong.
    pub what: &'static str,
    /// Where, byte offset from 0.
    pub at: usize,
}

/// Reads one JSON text.
///
/// # Errors
/// [`JsonError`] with the place of the first fault.
pub fn parse(text: &str) -> Result<Value, JsonError> {
    let mut reader = Reader { text, bytes: text.as_bytes(), at: 0 };
    let value = reader.value(0)?;
    reader.blank();
    if reader.at == reader.bytes.len() { Ok(value) } else { Err(reader.error("text after the value")) }
}

struct Reader<'a> {
    text: &'a str,
    bytes: &'a [u8],
    at: usize,
}

impl Reader<'_> {
    fn error(&self, what: &'static str) -> JsonError {
        JsonError { what, at: self.at }
    }

    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn blank(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    fn eat(&mut self, byte: u8) -> bool {
        let found = self.peek() == Some(byte);
        self.at += usize::from(found);
        found
    }

    fn value(&mut self, level: usize) -> Result<Value, JsonError> {
        self.blank();
        match self.peek() {
            Some(b'{') => self.object(level + 1),
            Some(b'[') => self.array(level + 1),
            Some(b'"') => self.string().map(Value::String),
            Some(b't') => self.word("true", Value::Bool(true)),
            Some(b'f') => self.word("false", Value::Bool(false)),
            Some(b'n') => self.word("null", Value::Null),
            Some(b'-' | b'0'..=b'9') => self.number(),
            Some(_) => Err(self.error("unexpected character")),
            None => Err(self.error("unexpected end")),
        }
    }

    fn word(&mut self, word: &'static str, value: Value) -> Result<Value, JsonError> {
        if self.bytes[self.at..].starts_with(word.as_bytes()) {
            self.at += word.len();
            Ok(value)
        } else {
            Err(self.error("unexpected character"))
        }
    }

    fn object(&mut self, level: usize) -> Result<Value, JsonError> {
        self.open(level)?;
        let mut map = Map::new();
        self.blank();
        if self.eat(b'}') {
            return Ok(Value::Object(map));
        }
        loop {
            self.blank();
            if self.peek() != Some(b'"') {
                return Err(self.error("expected a key"));
            }
            let key = self.string()?;
            self.blank();
            if !self.eat(b':') {
                return Err(self.error("expected ':'"));
            }
            let value = self.value(level)?;
            if map.insert(key, value).is_some() {
                return Err(self.error("duplicate key"));
            }
            self.blank();
            if self.eat(b'}') {
                return Ok(Value::Object(map));
            }
            if !self.eat(b',') {
                return Err(self.error("expected ',' or '}'"));
            }
        }
    }

    fn array(&mut self, level: usize) -> Result<Value, JsonError> {
        self.open(level)?;
        let mut items = Vec::new();
        self.blank();
        if self.eat(b']') {
            return Ok(Value::Array(items));
        }
        loop {
            items.push(self.value(level)?);
            self.blank();
            if self.eat(b']') {
                return Ok(Value::Array(items));
            }
            if !self.eat(b',') {
                return Err(self.error("expected ',' or ']'"));
            }
        }
    }

    fn open(&mut self, level: usize) -> Result<(), JsonError> {
        if level > MAX_LEVELS {
            return Err(self.error("more than 128 levels"));
        }
        self.at += 1;
        Ok(())
    }

    fn string(&mut self) -> Result<String, JsonError> {
        self.at += 1;
        let mut out = String::new();
        loop {
            let start = self.at;
            while !matches!(self.peek(), None | Some(b'"' | b'\\' | 0..=0x1f)) {
                self.at += 1;
            }
            out.push_str(&self.text[start..self.at]);
            match self.peek() {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(out);
                }
                Some(b'\\') => out.push(self.escape()?),
                Some(_) => return Err(self.error("control character in a string")),
                None => return Err(self.error("unexpected end")),
            }
        }
    }

    fn escape(&mut self) -> Result<char, JsonError> {
        self.at += 1;
        let escape = self.peek().ok_or_else(|| self.error("unexpected end"))?;
        self.at += 1;
        Ok(match escape {
            b'"' => '"',
            b'\\' => '\\',
            b'/' => '/',
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => return self.code_point(),
            _ => return Err(self.error("unknown escape")),
        })
    }

    fn code_point(&mut self) -> Result<char, JsonError> {
        let first = self.hex4()?;
        if !(0xd800..0xe000).contains(&first) {
            return char::from_u32(first).ok_or_else(|| self.error("lone surrogate"));
        }
        if first >= 0xdc00 || !self.eat(b'\\') || !self.eat(b'u') {
            return Err(self.error("lone surrogate"));
        }
        let second = self.hex4()?;
        if !(0xdc00..0xe000).contains(&second) {
            return Err(self.error("lone surrogate"));
        }
        let point = 0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00);
        char::from_u32(point).ok_or_else(|| self.error("lone surrogate"))
    }

    fn hex4(&mut self) -> Result<u32, JsonError> {
        let mut value = 0;
        for _ in 0..4 {
            let digit = self.peek().and_then(|byte| char::from(byte).to_digit(16));
            value = value * 16 + digit.ok_or_else(|| self.error("expected four hex digits"))?;
            self.at += 1;
        }
        Ok(value)
    }

    fn digits(&mut self) -> Result<(), JsonError> {
        let start = self.at;
        while matches!(self.peek(), Some(b'0'..=b'9')) {
            self.at += 1;
        }
        if self.at == start { Err(self.error("expected a digit")) } else { Ok(()) }
    }

    fn number(&mut self) -> Result<Value, JsonError> {
        let start = self.at;
        let mut integer = true;
        self.eat(b'-');
        if !self.eat(b'0') {
            self.digits()?;
        }
        if self.eat(b'.') {
            integer = false;
            self.digits()?;
        }
        if self.eat(b'e') || self.eat(b'E') {
            integer = false;
            let _ = self.eat(b'+') || self.eat(b'-');
            self.digits()?;
        }
        let text = &self.text[start..self.at];
        if integer {
            if let Ok(value) = text.parse::<u64>() {
                return Ok(Value::from(value));
            }
            if let Ok(value) = text.parse::<i64>() {
                return Ok(Value::from(value));
            }
        }
        let value = text.parse::<f64>().ok().and_then(Number::from_f64);
        value.map(Value::Number).ok_or(JsonError { what: "number out of range", at: start })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn fault_40_what_lenient_readers_let_pass_is_refused() {
        for (text, what) in [
            (r#"{"a":1,"a":2}"#, "duplicate key"),
            (r#"{"a":1,"\u0061":2}"#, "duplicate key"),
            (r#""\ud800""#, "lone surrogate"),
            (r#""\udc00\ud800""#, "lone surrogate"),
            (r#""\ud800x""#, "lone surrogate"),
            ("1e400", "number out of range"),
            ("-1e400", "number out of range"),
            ("01", "text after the value"),
            ("1.", "expected a digit"),
            ("+1", "unexpected character"),
            ("NaN", "unexpected character"),
            ("[1,]", "unexpected character"),
            ("{\"a\":1,}", "expected a key"),
            ("{a:1}", "expected a key"),
            ("\"\n\"", "control character in a string"),
            ("", "unexpected end"),
            ("{\"a\":", "unexpected end"),
            ("{} {}", "text after the value"),
            ("\u{feff}{}", "unexpected character"),
        ] {
            assert_eq!(parse(text).unwrap_err().what, what, "{text}");
        }
    }

    #[test]
    fn fault_40_nesting_is_bounded_at_128_levels() {
        let nested = |levels: usize| format!("{}{}", "[".repeat(levels), "]".repeat(levels));
        assert!(parse(&nested(128)).is_ok());
        assert_eq!(parse(&nested(129)).unwrap_err().what, "more than 128 levels");
        assert!(parse(&"[".repeat(1_000_000)).is_err());
    }

    #[test]
    fn reads_what_it_should() {
        let text = r#" {"a":[1,-2,3.5,1e3,true,false,null],"b":"\ud83d\ude00\n\/é","c":{}} "#;
        let value = json!({"a":[1,-2,3.5,1e3,true,false,null],"b":"😀\n/é","c":{}});
        assert_eq!(parse(text).unwrap(), value);
    }

    proptest::proptest! {
        #[test]
        fn random_text_never_panics(text in "\\PC{0,80}") {
            let _ = parse(&text);
        }

        #[test]
        fn json_like_text_never_panics_and_is_read_as_elsewhere(text in "[\\[\\]{}\",:0-9eE.+\\\\ud8ctrfalsn -]{0,40}") {
            if let Ok(value) = parse(&text) {
                proptest::prop_assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), value);
            }
        }
    }
}
