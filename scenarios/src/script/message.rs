//! Messages to be sent, and patterns for those that come.

use regex::Regex;
use serde_json::Value;

use super::condition::Condition;
use super::template::{Json, Scope, Text};

/// A message to be sent, or the body of a request.
#[derive(Debug, Clone)]
pub enum Message {
    /// JSON, as text.
    Json(Json),
    /// Text.
    Text(Text),
    /// Bytes.
    Binary(Vec<u8>),
}

impl Message {
    /// Its text, where it has one; `None` for bytes.
    ///
    /// # Errors
    /// A variable has no value yet: its name.
    pub fn fill(&self, scope: &mut dyn Scope) -> Result<Option<String>, String> {
        Ok(match self {
            Self::Json(json) => Some(json.fill(scope)?.to_string()),
            Self::Text(text) => Some(text.fill(scope)?),
            Self::Binary(_) => None,
        })
    }
}

/// What a message must be to be the expected one. All that is said has to hold.
#[derive(Debug, Clone, Default)]
pub struct Pattern {
    /// Name of the event, on an event stream.
    pub event: Option<Text>,
    /// The whole text.
    pub text: Option<Text>,
    /// The whole message, binary.
    pub binary: Option<Vec<u8>>,
    /// A part of the text.
    pub contains: Option<Text>,
    /// A regular expression for the text.
    pub matches: Option<Regex>,
    /// Conditions on its JSON.
    pub conditions: Vec<Condition>,
}

/// A message as a pattern sees it.
#[derive(Debug, Clone, Copy)]
pub struct Seen<'m> {
    /// Name of the event, on an event stream.
    pub event: Option<&'m str>,
    /// Its text; `None` when it is binary.
    pub text: Option<&'m str>,
    /// Its bytes.
    pub bytes: &'m [u8],
    /// Its JSON, where it is any.
    pub json: Option<&'m Value>,
}

impl Pattern {
    /// True when the JSON of a message matters.
    pub fn reads_json(&self) -> bool {
        !self.conditions.is_empty()
    }

    /// Whether `message` fits; `Err` says in words why not.
    ///
    /// # Errors
    /// It does not, or a variable has no value yet.
    pub fn fits(&self, message: Seen<'_>, scope: &mut dyn Scope) -> Result<(), String> {
        let unset = |name: String| format!("`{name}` has no value yet");
        if let Some(event) = &self.event {
            let wanted = event.fill(scope).map_err(unset)?;
            if message.event != Some(&wanted) {
                return Err(format!("event {:?} instead of {wanted:?}", message.event.unwrap_or_default()));
            }
        }
        if let Some(wanted) = &self.binary
            && (message.text.is_some() || message.bytes != wanted)
        {
            return Err(format!("not the {} bytes that were expected", wanted.len()));
        }
        let text = message.text.unwrap_or_default();
        if let Some(whole) = &self.text {
            let wanted = whole.fill(scope).map_err(unset)?;
            if message.text != Some(&wanted) {
                return Err("another text".to_owned());
            }
        }
        if let Some(part) = &self.contains {
            let part = part.fill(scope).map_err(unset)?;
            if !text.contains(&part) {
                return Err(format!("no {part:?} in it"));
            }
        }
        if let Some(regex) = self.matches.as_ref().filter(|regex| !regex.is_match(text)) {
            return Err(format!("{:?} does not fit", regex.as_str()));
        }
        if self.conditions.is_empty() {
            return Ok(());
        }
        let Some(json) = message.json else { return Err("it is no JSON".to_owned()) };
        self.conditions.iter().try_for_each(|condition| condition.ask(json, scope))
    }
}
