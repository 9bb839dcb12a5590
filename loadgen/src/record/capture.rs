//! Which values of an answer are sent again: they become captures instead of being written down.

use std::collections::{BTreeMap, HashMap, HashSet};

use serde_json::Value;

/// Shortest text that is taken for an id.
const SHORTEST: usize = 8;

/// A value that the script takes out of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Capture {
    pub(super) name: String,
    pub(super) path: String,
}

/// What is known about values, draft by draft.
#[derive(Debug, Default)]
pub(super) struct Values {
    /// Where a value came first, from the server: number of the draft, path, last key.
    origins: HashMap<String, (usize, String, String)>,
    /// What the client said before the server did.
    client: HashSet<String>,
    /// Captures by the draft they belong to.
    captures: BTreeMap<usize, Vec<Capture>>,
    /// Variables by value; with the draft from which on they are known.
    names: HashMap<String, (String, usize)>,
    /// Ids that the client made: names, and templates for others like them.
    made: Vec<(String, String)>,
}

impl Values {
    /// The client says `text` in whatever place.
    pub(super) fn said(&mut self, text: &str) {
        if text.len() < SHORTEST || self.names.contains_key(text) || self.client.contains(text) {
            return;
        }
        if let Some((draft, path, key)) = self.origins.get(text).cloned() {
            let name = self.free_name(&key);
            self.captures.entry(draft).or_default().push(Capture { name: name.clone(), path });
            self.names.insert(text.to_owned(), (name, draft));
        } else if let Some(template) = made_anew(text) {
            let name = self.free_name("id");
            self.made.push((name.clone(), template));
            self.names.insert(text.to_owned(), (name, 0));
        } else {
            self.client.insert(text.to_owned());
        }
    }

    /// The server says `message` in draft number `draft`.
    pub(super) fn heard(&mut self, draft: usize, message: &Value) {
        let mut found: HashMap<String, Vec<(usize, String, String)>> = HashMap::new();
        leaves(message, "$", "", 0, &mut |depth, path, key, text| {
            found.entry(text).or_default().push((depth, path.to_owned(), key.to_owned()));
        });
        for (text, mut places) in found {
            let known = self.client.contains(&text) || self.origins.contains_key(&text);
            if text.len() < SHORTEST || known || self.names.contains_key(&text) {
                continue;
            }
            places.sort();
            // Unambiguous: one place, or one that lies higher than all others.
            let is_alone = places.len() == 1 || places[0].0 < places[1].0;
            if is_alone && let Some((_, path, key)) = places.into_iter().next() {
                self.origins.insert(text, (draft, path, key));
            }
        }
    }

    /// The captures that belong to draft `draft`.
    pub(super) fn captures(&self, draft: usize) -> &[Capture] {
        self.captures.get(&draft).map_or(&[], Vec::as_slice)
    }

    /// The variable that holds `text` before draft `draft` is played.
    pub(super) fn variable(&self, text: &str, draft: usize) -> Option<&str> {
        let (name, since) = self.names.get(text)?;
        let is_made = self.made.iter().any(|(made, _)| made == name);
        (is_made || *since < draft).then_some(name)
    }

    /// True when the client itself said `text`, so that an answer with it is an answer to that.
    pub(super) fn is_of_client(&self, text: &str) -> bool {
        self.client.contains(text)
    }

    /// Ids that the client made: names, and templates for others like them.
    pub(super) fn made(&self) -> impl Iterator<Item = (&str, &str)> {
        self.made.iter().map(|(name, template)| (name.as_str(), template.as_str()))
    }

    fn free_name(&self, key: &str) -> String {
        const TAKEN: [&str; 9] =
            ["session", "iteration", "round", "counter", "uuid", "random", "hex", "now", "null"];
        let base: String = key
            .chars()
            .map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '_' })
            .collect();
        let base =
            if base.starts_with(|c: char| c.is_ascii_alphabetic()) { base } else { format!("value{base}") };
        let is_free = |name: &String| {
            !TAKEN.contains(&name.as_str()) && !self.names.values().any(|(taken, _)| taken == name)
        };
        std::iter::once(base.clone())
            .chain((2..).map(|number| format!("{base}_{number}")))
            .find(is_free)
            .unwrap_or(base)
    }
}

/// Hands every text, and every long number, in `value` to `take`: depth, JSONPath, last key, text.
fn leaves(
    value: &Value,
    path: &str,
    key: &str,
    depth: usize,
    take: &mut dyn FnMut(usize, &str, &str, String),
) {
    match value {
        Value::String(text) => take(depth, path, key, text.clone()),
        Value::Number(number) => take(depth, path, key, number.to_string()),
        Value::Array(items) => {
            for (number, item) in items.iter().enumerate() {
                // Words in a list are no ids, though both sides say them.
                if item.as_str().is_some_and(|text| !text.contains(|c: char| c.is_ascii_digit())) {
                    continue;
                }
                leaves(item, &format!("{path}[{number}]"), key, depth + 1, take);
            }
        }
        Value::Object(fields) => {
            for (name, value) in fields {
                leaves(value, &format!("{path}{}", step(name)), name, depth + 1, take);
            }
        }
        Value::Null | Value::Bool(_) => {}
    }
}

/// A step of a JSONPath to the field `name`.
pub(super) fn step(name: &str) -> String {
    let plain = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    match plain {
        true => format!(".{name}"),
        false => format!("[{}]", Value::String(name.to_owned())),
    }
}

/// A template for ids like `text`, which a client made: UUIDs, and words with a long number in them, such as
/// `session_1795311371502_x`.
fn made_anew(text: &str) -> Option<String> {
    /// Digits of a number that nobody else uses, such as a time in milliseconds; more do not fit a number.
    const DIGITS: std::ops::RangeInclusive<usize> = 10..=18;
    if is_uuid(text) {
        return Some("${uuid}".to_owned());
    }
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
    let from = text.find(|c: char| c.is_ascii_digit()).filter(|from| *from > 0 && text.chars().all(plain))?;
    let length = text[from..].bytes().take_while(u8::is_ascii_digit).count();
    if !DIGITS.contains(&length) {
        return None;
    }
    let (low, high) = (format!("1{}", "0".repeat(length - 1)), "9".repeat(length));
    Some(format!("{}${{random:{low}:{high}}}{}", &text[..from], &text[from + length..]))
}

fn is_uuid(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_comes_from_the_server_and_goes_back_is_captured_where_it_is_unambiguous() {
        let mut values = Values::default();
        values.said("client-made");
        values.heard(
            1,
            &json!({"session_id": "abcdefgh", "data": {"session_id": "abcdefgh"}, "short": "abc",
            "two": ["twice-twice", "twice-twice"], "echo": "client-made", "odd key": "ijklmnop"}),
        );
        for text in ["abcdefgh", "abc", "twice-twice", "client-made", "ijklmnop"] {
            values.said(text);
        }
        let captures: Vec<(&str, &str)> =
            values.captures(1).iter().map(|c| (c.name.as_str(), c.path.as_str())).collect();
        assert_eq!(captures, [("session_id", "$.session_id"), ("odd_key", "$[\"odd key\"]")]);
        assert_eq!(values.variable("abcdefgh", 2), Some("session_id"));
        assert_eq!(values.variable("abcdefgh", 1), None, "not known while its own message is waited for");
        assert_eq!(values.variable("twice-twice", 9), None);
        assert!(values.is_of_client("client-made"));
    }

    #[test]
    fn ids_that_the_client_makes_are_made_anew() {
        let mut values = Values::default();
        values.said("0b0e7a3a-9f0e-4e9e-8f6e-2d7c1f0a9b3c");
        values.said("session_1795311371502_wx8");
        values.said("order-12");
        let expected = [("id", "${uuid}"), ("id_2", "session_${random:1000000000000:9999999999999}_wx8")];
        assert_eq!(values.made().collect::<Vec<_>>(), expected);
        assert_eq!(values.variable("0b0e7a3a-9f0e-4e9e-8f6e-2d7c1f0a9b3c", 0), Some("id"));
    }
}
