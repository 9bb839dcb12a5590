//! `Sec-WebSocket-Extensions` (RFC 6455 §9.1), read strictly.

/// Name of the extension.
pub const PERMESSAGE_DEFLATE: &str = "permessage-deflate";

/// One extension with its parameters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Extension {
    /// Name.
    pub name: String,
    /// Parameters in order, quotes taken off.
    pub parameters: Vec<(String, Option<String>)>,
}

/// The field has not the form of RFC 6455.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("Sec-WebSocket-Extensions {value:?} at octet {at}")]
pub struct ExtensionFault {
    /// The value of the field.
    pub value: String,
    /// Where reading ended.
    pub at: usize,
}

/// The extensions that the values of all fields name, in order.
pub fn extensions<'a>(values: impl Iterator<Item = &'a str>) -> Result<Vec<Extension>, ExtensionFault> {
    let mut all = Vec::new();
    for value in values {
        let mut reader = Reader { rest: value };
        let fault = |rest: &str| ExtensionFault { value: value.to_owned(), at: value.len() - rest.len() };
        loop {
            while reader.eat(',') {}
            if reader.blank().is_empty() {
                break;
            }
            let extension = reader.extension();
            all.push(extension.ok_or_else(|| fault(reader.rest))?);
            if !reader.blank().is_empty() && !reader.eat(',') {
                return Err(fault(reader.rest));
            }
        }
    }
    Ok(all)
}

struct Reader<'a> {
    rest: &'a str,
}

impl<'a> Reader<'a> {
    fn extension(&mut self) -> Option<Extension> {
        let name = self.token()?.to_owned();
        let mut parameters = Vec::new();
        while self.eat(';') {
            let name = self.token()?.to_owned();
            let value = if self.eat('=') { Some(self.value()?.to_owned()) } else { None };
            parameters.push((name, value));
        }
        Some(Extension { name, parameters })
    }

    fn blank(&mut self) -> &'a str {
        self.rest = self.rest.trim_start_matches([' ', '\t']);
        self.rest
    }

    fn eat(&mut self, wanted: char) -> bool {
        let rest = self.blank().strip_prefix(wanted);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    fn token(&mut self) -> Option<&'a str> {
        let rest = self.blank();
        let end = rest.bytes().position(|byte| !is_token(byte)).unwrap_or(rest.len());
        self.rest = &rest[end..];
        (end > 0).then(|| &rest[..end])
    }

    /// A token, or one in quotes.
    fn value(&mut self) -> Option<&'a str> {
        if !self.eat('"') {
            return self.token();
        }
        let (quoted, rest) = self.rest.split_once('"')?;
        self.rest = rest;
        (!quoted.is_empty() && quoted.bytes().all(is_token)).then_some(quoted)
    }
}

/// RFC 9110 §5.6.2.
fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}
