//! Timestamps: RFC 3339, UTC, milliseconds, `Z`.

use jiff::Timestamp;
use jiff::civil::DateTime;
use serde::{Serialize, Serializer};

/// An instant as the wire shows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct WireTime(Timestamp);

impl WireTime {
    /// This instant.
    #[must_use]
    pub fn now() -> Self {
        Self(Timestamp::now())
    }

    /// This instant plus `duration`; the end of time when that is too far.
    #[must_use]
    pub fn after(duration: std::time::Duration) -> Self {
        let later = jiff::SignedDuration::try_from(duration).ok();
        Self(later.and_then(|by| Timestamp::now().checked_add(by).ok()).unwrap_or(Timestamp::MAX))
    }

    /// The instant that long after the Unix epoch; the end of time when that is too far.
    #[must_use]
    pub fn at(since_epoch: std::time::Duration) -> Self {
        let since = jiff::SignedDuration::try_from(since_epoch).ok();
        Self(since.and_then(|by| Timestamp::UNIX_EPOCH.checked_add(by).ok()).unwrap_or(Timestamp::MAX))
    }

    /// Milliseconds since the Unix epoch.
    #[must_use]
    pub fn as_millis(self) -> i64 {
        self.0.as_millisecond()
    }
}

impl std::fmt::Display for WireTime {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{:.3}", self.0)
    }
}

impl schemars::JsonSchema for WireTime {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Timestamp".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "description": "RFC 3339, UTC, milliseconds.",
            "type": "string",
            "format": "date-time",
            "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$",
        })
    }
}

impl Serialize for WireTime {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// Whether a client's timestamp is RFC 3339, or the same without a zone.
#[must_use]
pub fn is_client_timestamp(text: &str) -> bool {
    let bytes = text.as_bytes();
    let digits = |range: std::ops::Range<usize>| {
        bytes.get(range).is_some_and(|part| part.iter().all(u8::is_ascii_digit))
    };
    let at = |index: usize, any: &[u8]| bytes.get(index).is_some_and(|byte| any.contains(byte));
    let shaped = digits(0..4)
        && at(4, b"-")
        && digits(5..7)
        && at(7, b"-")
        && digits(8..10)
        && at(10, b"Tt ")
        && digits(11..13)
        && at(13, b":")
        && digits(14..16)
        && at(16, b":")
        && digits(17..19);
    if !shaped || !text.is_ascii() {
        return false;
    }
    let mut rest = &text[19..];
    if let Some(fraction) = rest.strip_prefix('.') {
        let length = fraction.bytes().take_while(u8::is_ascii_digit).count();
        if length == 0 {
            return false;
        }
        rest = &fraction[length..];
    }
    let zone = matches!(rest, "" | "Z" | "z") || is_offset(rest);
    // A leap second is valid RFC 3339, and read as the second before it.
    let seconds = if &text[17..19] == "60" { "59" } else { &text[17..19] };
    zone && format!("{}T{}{seconds}", &text[..10], &text[11..17]).parse::<DateTime>().is_ok()
}

fn is_offset(text: &str) -> bool {
    let Some((hours, minutes)) = text.strip_prefix(['+', '-']).and_then(|rest| rest.split_once(':')) else {
        return false;
    };
    let below = |part: &str, limit: u8| {
        part.len() == 2
            && part.bytes().all(|byte| byte.is_ascii_digit())
            && part.parse::<u8>().is_ok_and(|n| n < limit)
    };
    below(hours, 24) && below(minutes, 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_server_writes_milliseconds_and_z() {
        assert_eq!(
            WireTime("2025-01-02T03:04:05.678901Z".parse().unwrap()).to_string(),
            "2025-01-02T03:04:05.678Z"
        );
        assert_eq!(WireTime("2025-01-02T03:04:05Z".parse().unwrap()).to_string(), "2025-01-02T03:04:05.000Z");
    }

    #[test]
    fn client_timestamps_are_read_strictly() {
        for good in [
            "2025-01-02T03:04:05Z",
            "2025-01-02t03:04:05.1z",
            "2025-01-02T03:04:05.123456789+05:30",
            "2025-01-02T03:04:05",
            "2025-01-02 03:04:05.5",
            "2016-12-31T23:59:60Z",
        ] {
            assert!(is_client_timestamp(good), "{good}");
        }
        for bad in [
            "",
            "now",
            "2025-01-02",
            "2025-13-02T03:04:05Z",
            "2025-02-30T03:04:05Z",
            "2025-01-02T25:04:05Z",
            "2025-01-02T03:04Z",
            "2025-01-02T03:04:05.Z",
            "2025-01-02T03:04:05+24:00",
            "2025-01-02T03:04:05+0530",
            "2025-01-02T03:04:05[UTC]",
            "1735786245",
        ] {
            assert!(!is_client_timestamp(bad), "{bad}");
        }
    }

    proptest::proptest! {
        #[test]
        fn random_text_never_panics(text in "\\PC{0,40}") {
            let _ = is_client_timestamp(&text);
        }
    }
}
