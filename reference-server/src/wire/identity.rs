//! Names: sessions, connections, transactions, and the ids a client gives its messages.

use std::fmt;
use std::sync::Arc;

use rand::Rng;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value};

use super::error::Failure;

/// `length` random characters of `a-z 0-9`.
#[must_use]
pub fn random_text(length: usize) -> String {
    const ALPHABET: &[u8; 36] = b"0123456789abcdefghijklmnopqrstuvwxyz";
    let mut random = rand::rng();
    (0..length).map(|_| char::from(ALPHABET[random.random_range(0..ALPHABET.len())])).collect()
}

macro_rules! name {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, JsonSchema)]
        #[serde(transparent)]
        pub struct $name(Arc<str>);

        impl $name {
            /// The text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str(&self.0)
            }
        }
    };
}

name!(
    /// A logical session.
    SessionId
);
name!(
    /// One connection.
    ClientId
);
name!(
    /// One run of a workflow.
    TransactionId
);
name!(
    /// A user.
    UserId
);
name!(
    /// Which life of a session an offset belongs to. Opaque text without `:`.
    Epoch
);

impl SessionId {
    /// Reads a client's session id: 8 to 128 of `A-Z a-z 0-9 _ -`. `None` if it is malformed.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let fits = (8..=128).contains(&text.len());
        let plain = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-');
        (fits && plain).then(|| Self(text.into()))
    }

    /// A new one, of the form that browsers make.
    #[must_use]
    pub fn random() -> Self {
        let millis = super::time::WireTime::now().as_millis();
        Self(format!("session_{millis:013}_{}", random_text(9)).into())
    }
}

impl ClientId {
    /// A new one.
    #[must_use]
    pub fn random() -> Self {
        Self(format!("client_{}", random_text(12)).into())
    }
}

/// Equal text is an equal id, hash included: ids from outside are looked up as they came.
impl std::borrow::Borrow<str> for TransactionId {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl TransactionId {
    /// A new one.
    #[must_use]
    pub fn random() -> Self {
        Self(format!("tx_{}", random_text(16)).into())
    }
}

impl Epoch {
    /// The one of this number.
    #[must_use]
    pub fn of(number: u64) -> Self {
        Self(format!("e{number:016x}").into())
    }

    /// A new one.
    #[must_use]
    pub fn random() -> Self {
        Self(random_text(10).into())
    }

    /// Whether `text` could name an epoch at all.
    #[must_use]
    pub fn is_well_formed(text: &str) -> bool {
        (1..=128).contains(&text.len()) && !text.contains(':')
    }
}

/// Name of users without a name.
const ANONYMOUS: &str = "anonymous";

impl UserId {
    /// The user of this name.
    #[must_use]
    pub fn new(name: &str) -> Self {
        Self(name.into())
    }

    /// The user of a session that nobody put a name to.
    #[must_use]
    pub fn anonymous() -> Self {
        Self::new(ANONYMOUS)
    }

    /// Whether that is nobody in particular.
    #[must_use]
    pub fn is_anonymous(&self) -> bool {
        self.as_str() == ANONYMOUS
    }
}

/// Id of a message: text of 1 to 128 characters, or an integer.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, JsonSchema)]
#[serde(untagged)]
pub enum Id {
    /// Text.
    Text(Arc<str>),
    /// A whole number that fits 64 bits.
    Number(i128),
}

impl Id {
    /// Reads one id. `Ok(None)` for null; `Err` for what can't be an id.
    fn read(value: &Value) -> Result<Option<Self>, ()> {
        match value {
            Value::Null => Ok(None),
            Value::String(text) if (1..=128).contains(&text.chars().count()) => {
                Ok(Some(Self::Text(text.as_str().into())))
            }
            Value::Number(number) => {
                let whole = number.as_i64().map(i128::from).or_else(|| number.as_u64().map(i128::from));
                whole.map(|whole| Some(Self::Number(whole))).ok_or(())
            }
            _ => Err(()),
        }
    }
}

/// The ids that a client gave a message: echoed in every answer, those given and no others.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Ids {
    /// `id`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<Id>,
    /// `query_id`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub query_id: Option<Id>,
    /// `correlation_id`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub correlation_id: Option<Id>,
}

impl Ids {
    /// Reads the ids of a message. A malformed one is left out, and reported beside the good ones.
    #[must_use]
    pub fn read(fields: &Map<String, Value>) -> (Self, Option<Failure>) {
        let mut fault = None;
        let mut take = |name: &str| {
            let read = fields.get(name).map_or(Ok(None), Id::read);
            read.unwrap_or_else(|()| {
                let text = format!("{name} must be a string of 1 to 128 characters or an integer");
                fault = Some(Failure::invalid(text));
                None
            })
        };
        let ids = Self { id: take("id"), query_id: take("query_id"), correlation_id: take("correlation_id") };
        (ids, fault)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn read(value: &Value) -> (Value, bool) {
        let (ids, fault) = Ids::read(value.as_object().unwrap());
        (serde_json::to_value(ids).unwrap(), fault.is_some())
    }

    #[test]
    fn ids_are_echoed_as_given_and_no_others() {
        for (given, echoed, fault) in [
            (json!({"id":"a","query_id":7,"x":1}), json!({"id":"a","query_id":7}), false),
            (json!({"id":null}), json!({}), false),
            (json!({"id":-3,"correlation_id":u64::MAX}), json!({"id":-3,"correlation_id":u64::MAX}), false),
            (json!({"id":""}), json!({}), true),
            (json!({"id":1.5,"query_id":"q"}), json!({"query_id":"q"}), true),
            (json!({"id":true}), json!({}), true),
            (json!({"id":"é".repeat(128)}), json!({"id":"é".repeat(128)}), false),
            (json!({"id":"é".repeat(129)}), json!({}), true),
        ] {
            assert_eq!(read(&given), (echoed, fault), "{given}");
        }
    }

    #[test]
    fn session_ids_are_8_to_128_plain_characters() {
        for (text, good) in [
            ("session_1700000000000_abc123xyz", true),
            ("abcdefgh", true),
            ("abcdefg", false),
            ("with space", false),
            ("slash/slash", false),
            ("ümlautümlaut", false),
            ("", false),
        ] {
            assert_eq!(SessionId::parse(text).is_some(), good, "{text}");
        }
        assert!(SessionId::parse(&"a".repeat(128)).is_some());
        assert!(SessionId::parse(&"a".repeat(129)).is_none());
        assert!(SessionId::parse(SessionId::random().as_str()).is_some());
    }
}
