//! Typed access to the fields of a message. Null is as not given; another type is `INVALID_MESSAGE`.

use serde_json::{Map, Value};

use super::error::Failure;

/// The fields of an object, with the path to it for error messages.
#[derive(Debug)]
pub struct Fields<'a> {
    map: &'a Map<String, Value>,
    path: String,
}

impl<'a> Fields<'a> {
    /// The fields of a whole message.
    #[must_use]
    pub fn new(map: &'a Map<String, Value>) -> Self {
        Self { map, path: String::new() }
    }

    fn given(&self, name: &str) -> Option<&'a Value> {
        self.map.get(name).filter(|value| !value.is_null())
    }

    fn wrong(&self, name: &str, expected: &str) -> Failure {
        Failure::invalid(format!("{}{name} must be {expected}", self.path))
    }

    /// Text.
    pub fn text(&self, name: &str) -> Result<Option<&'a str>, Failure> {
        self.given(name).map(|value| value.as_str().ok_or_else(|| self.wrong(name, "a string"))).transpose()
    }

    /// True or false.
    pub fn flag(&self, name: &str) -> Result<Option<bool>, Failure> {
        self.given(name)
            .map(|value| value.as_bool().ok_or_else(|| self.wrong(name, "true or false")))
            .transpose()
    }

    /// A whole number from 0.
    pub fn whole(&self, name: &str) -> Result<Option<u64>, Failure> {
        self.given(name)
            .map(|value| value.as_u64().ok_or_else(|| self.wrong(name, "a whole number")))
            .transpose()
    }

    /// An object.
    pub fn object(&self, name: &str) -> Result<Option<Fields<'a>>, Failure> {
        let Some(value) = self.given(name) else { return Ok(None) };
        let map = value.as_object().ok_or_else(|| self.wrong(name, "an object"))?;
        Ok(Some(Fields { map, path: format!("{}{name}.", self.path) }))
    }

    /// A list of texts.
    pub fn texts(&self, name: &str) -> Result<Option<Vec<String>>, Failure> {
        let Some(value) = self.given(name) else { return Ok(None) };
        let wrong = || self.wrong(name, "a list of strings");
        let items = value.as_array().ok_or_else(wrong)?.iter();
        items
            .map(|item| item.as_str().map(str::to_owned).ok_or_else(wrong))
            .collect::<Result<_, _>>()
            .map(Some)
    }
}
