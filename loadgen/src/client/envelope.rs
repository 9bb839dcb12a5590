//! Reading a message: only the fields a client acts on, borrowed from the text.

use std::borrow::Cow;
use std::fmt;

use serde::de::{self, Deserialize, Deserializer, Visitor};
use serde_json::value::RawValue;

/// Text that borrows from the message where it can; only text with escapes is copied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Text<'m>(pub Cow<'m, str>);

impl Text<'_> {
    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl<'de: 'm, 'm> Deserialize<'de> for Text<'m> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Words;
        impl<'de> Visitor<'de> for Words {
            type Value = Text<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("text")
            }

            fn visit_borrowed_str<E: de::Error>(self, text: &'de str) -> Result<Text<'de>, E> {
                Ok(Text(Cow::Borrowed(text)))
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Text<'de>, E> {
                Ok(Text(Cow::Owned(text.to_owned())))
            }
        }
        deserializer.deserialize_str(Words)
    }
}

/// The fields of a message that a client acts on; everything else is skipped unread.
#[derive(Debug, serde::Deserialize)]
pub struct Envelope<'m> {
    /// Name of the message.
    #[serde(rename = "type", borrow)]
    pub kind: Text<'m>,
    /// Epoch of the session's history.
    #[serde(borrow, default)]
    pub epoch: Option<Text<'m>>,
    /// Place of a session event in it.
    #[serde(default)]
    pub offset: Option<u64>,
    /// Newest place given out.
    #[serde(default)]
    pub top: Option<u64>,
    /// Logical session.
    #[serde(borrow, default)]
    pub session_id: Option<Text<'m>>,
    /// Workflow run.
    #[serde(borrow, default)]
    pub transaction_id: Option<Text<'m>>,
    /// Echo of the client's id.
    #[serde(borrow, default)]
    pub query_id: Option<&'m RawValue>,
    /// Echo of a heartbeat's id.
    #[serde(borrow, default)]
    pub correlation_id: Option<&'m RawValue>,
    /// How far a query is. Read only by who measures it, so that a foreign form of it spoils nothing.
    #[serde(borrow, default)]
    pub percent: Option<&'m RawValue>,
    /// Number of a partial result.
    #[serde(default)]
    pub sequence: Option<u64>,
    /// Names and types of the columns.
    #[serde(borrow, default)]
    pub columns: Option<&'m RawValue>,
    /// Rows.
    #[serde(borrow, default)]
    pub rows: Option<&'m RawValue>,
    /// Error code.
    #[serde(borrow, default)]
    pub code: Option<Text<'m>>,
    /// Error message.
    #[serde(borrow, default)]
    pub message: Option<Text<'m>>,
    /// Answer to a resume: true when all that was missed follows.
    #[serde(default)]
    pub recovered: Option<bool>,
    /// First replayed offset.
    #[serde(default)]
    pub from: Option<u64>,
    /// Last replayed offset.
    #[serde(default)]
    pub to: Option<u64>,
    /// Why a resume came out as it did.
    #[serde(borrow, default)]
    pub reason: Option<Text<'m>>,
    /// How long a leaving server wants this client to stay away.
    #[serde(default)]
    pub reconnect_after_ms: Option<u32>,
}

impl<'m> Envelope<'m> {
    /// Reads the fields of `text`.
    ///
    /// # Errors
    /// It is not a JSON object with a text `type`, or one of the fields has another type.
    pub fn parse(text: &'m str) -> Result<Self, serde_json::Error> {
        serde_json::from_str(text)
    }

    /// Name of the message.
    pub fn kind(&self) -> &str {
        self.kind.as_str()
    }

    /// How far a query is, from 0 to 100.
    pub fn percent(&self) -> Option<f64> {
        let percent = self.percent?.get().parse::<f64>().ok()?;
        (0.0..=100.0).contains(&percent).then_some(percent)
    }

    /// Epoch and offset, when it is a session event.
    pub fn place(&self) -> Option<(&str, u64)> {
        Some((self.epoch.as_ref()?.as_str(), self.offset?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_text_is_borrowed_and_escaped_text_is_not() {
        let plain = Envelope::parse(r#"{"type":"pong","epoch":"e1","offset":3}"#).unwrap();
        assert!(matches!(plain.kind.0, Cow::Borrowed(_)));
        assert_eq!(plain.place(), Some(("e1", 3)));
        let escaped = Envelope::parse(r#"{"type":"p\u006fng"}"#).unwrap();
        assert_eq!(escaped.kind(), "pong");
        assert_eq!(escaped.place(), None);
    }

    #[test]
    fn percents_are_numbers_in_their_range() {
        let percent =
            |text: &str| Envelope::parse(&format!(r#"{{"type":"t","percent":{text}}}"#)).unwrap().percent();
        assert_eq!((percent("42"), percent("7.5"), percent("100")), (Some(42.0), Some(7.5), Some(100.0)));
        for odd in ["null", "-1", "101", "\"42\"", "{}"] {
            assert_eq!(percent(odd), None, "{odd}");
        }
    }

    #[test]
    fn unknown_fields_and_nulls_do_not_matter() {
        let read = Envelope::parse(r#"{"x":[1,{"y":2}],"type":"resumed","from":null,"recovered":true}"#);
        assert_eq!(read.unwrap().recovered, Some(true));
    }

    proptest::proptest! {
        #[test]
        fn random_text_never_panics(text in "\\PC{0,200}") {
            let _ = Envelope::parse(&text);
        }
    }
}
