//! Fields of requests that decide the form of the answer. What can't be read is as not given, except where the
//! caller relies on it.

use http::header::{ACCEPT, IF_NONE_MATCH};
use http::{HeaderMap, HeaderValue};
use sha1::{Digest, Sha1};

use crate::wire::client::ResumePoint;
use crate::wire::error::Failure;

/// Header that may name the session.
pub(super) const SESSION: &str = "x-session-id";

/// Members of a comma-separated field, over all its lines.
fn members<'a>(headers: &'a HeaderMap, name: &'a str) -> impl Iterator<Item = &'a str> {
    let values = headers.get_all(name).iter().filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(',')).map(str::trim).filter(|member| !member.is_empty())
}

/// Whether the client wants events rather than one answer: `Accept` names `text/event-stream`, with a weight
/// other than 0.
pub(super) fn wants_events(headers: &HeaderMap) -> bool {
    members(headers, ACCEPT.as_str()).any(|member| {
        let mut parts = member.split(';').map(str::trim);
        let named = parts.next().is_some_and(|kind| kind.eq_ignore_ascii_case("text/event-stream"));
        let refused = parts.any(|part| {
            let weight = part.strip_prefix(['q', 'Q']).and_then(|rest| rest.trim_start().strip_prefix('='));
            weight.and_then(|weight| weight.trim().parse::<f32>().ok()).is_some_and(|weight| weight <= 0.0)
        });
        named && !refused
    })
}

/// Whether the client would rather poll than wait: `Prefer: respond-async` (RFC 7240).
pub(super) fn prefers_async(headers: &HeaderMap) -> bool {
    members(headers, "prefer").any(|member| {
        let token = member.split([';', '=']).next().unwrap_or_default();
        token.trim().eq_ignore_ascii_case("respond-async")
    })
}

/// The last event an event source has seen, `epoch:offset`. `Ok(None)` when the field is missing or empty.
///
/// # Errors
/// `INVALID_MESSAGE` for anything else.
pub(super) fn last_event_id(headers: &HeaderMap) -> Result<Option<ResumePoint>, Failure> {
    let Some(value) = headers.get("last-event-id") else { return Ok(None) };
    let malformed = || Failure::invalid("Last-Event-ID must be epoch:offset");
    let text = value.to_str().map_err(|_| malformed())?.trim();
    if text.is_empty() {
        return Ok(None);
    }
    let (epoch, offset) = text.split_once(':').ok_or_else(malformed)?;
    ResumePoint::from_url(Some(epoch), Some(offset)).map_err(|_| malformed())
}

/// The tag of a body.
pub(super) fn entity_tag(body: &[u8]) -> HeaderValue {
    let mut tag = String::from("\"");
    for byte in Sha1::digest(body).iter().take(10) {
        use std::fmt::Write as _;
        let _ = write!(tag, "{byte:02x}");
    }
    tag.push('"');
    HeaderValue::from_str(&tag).expect("hex digits and quotes are a header value")
}

/// Whether the client holds the body with this tag already (RFC 9110, 13.1.2: compared weakly).
pub(super) fn is_held(headers: &HeaderMap, tag: &HeaderValue) -> bool {
    let Ok(tag) = tag.to_str() else { return false };
    members(headers, IF_NONE_MATCH.as_str())
        .any(|member| member == "*" || member.strip_prefix("W/").unwrap_or(member) == tag)
}

/// The request's id: the client's if it is fit to be logged, else a new one.
pub(crate) fn request_id(headers: &HeaderMap) -> HeaderValue {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.:/+=".contains(&byte);
    let given = headers.get("x-request-id").filter(|value| {
        let bytes = value.as_bytes();
        (1..=128).contains(&bytes.len()) && bytes.iter().all(|byte| plain(*byte))
    });
    given.cloned().unwrap_or_else(|| {
        let made = format!("req_{}", crate::wire::identity::random_text(16));
        HeaderValue::from_str(&made).expect("letters and digits are a header value")
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn with(name: &'static str, value: &str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(name, HeaderValue::from_bytes(value.as_bytes()).unwrap());
        headers
    }

    #[test]
    fn events_are_wanted_where_accept_names_them() {
        for (accept, wanted) in [
            ("text/event-stream", true),
            ("application/json, Text/Event-Stream;q=0.5", true),
            ("text/event-stream;q=0", false),
            ("text/event-stream; q = 0.0", false),
            ("*/*", false),
            ("application/json", false),
            ("", false),
        ] {
            assert_eq!(wants_events(&with("accept", accept)), wanted, "{accept}");
        }
    }

    #[test]
    fn async_is_preferred_where_prefer_names_it() {
        for (prefer, preferred) in [
            ("respond-async", true),
            ("wait=10, Respond-Async", true),
            ("respond-async; foo=bar", true),
            ("respond-asynchronously", false),
            ("return=minimal", false),
        ] {
            assert_eq!(prefers_async(&with("prefer", prefer)), preferred, "{prefer}");
        }
    }

    #[test]
    fn the_last_event_id_is_epoch_and_offset() {
        let point = last_event_id(&with("last-event-id", "abc:17")).unwrap().unwrap();
        assert_eq!((point.epoch.as_str(), point.offset), ("abc", 17));
        assert!(last_event_id(&with("last-event-id", "")).unwrap().is_none());
        assert!(last_event_id(&HeaderMap::new()).unwrap().is_none());
        for bad in ["abc", "abc:", ":1", "abc:-1", "abc:1:2", "abc:1e3", "abc:99999999999999999999"] {
            assert!(last_event_id(&with("last-event-id", bad)).is_err(), "{bad}");
        }
    }

    #[test]
    fn tags_are_compared_weakly() {
        let tag = entity_tag(b"body");
        let text = tag.to_str().unwrap();
        for (field, held) in [
            (text.to_owned(), true),
            (format!("W/{text}"), true),
            (format!("\"other\", {text}"), true),
            ("*".to_owned(), true),
            ("\"other\"".to_owned(), false),
            (text.trim_matches('"').to_owned(), false),
        ] {
            assert_eq!(is_held(&with("if-none-match", &field), &tag), held, "{field}");
        }
        assert_ne!(entity_tag(b"body"), entity_tag(b"another"));
    }

    #[test]
    fn request_ids_are_echoed_where_they_are_fit_to_be_logged() {
        assert_eq!(request_id(&with("x-request-id", "abc-1")), "abc-1");
        for unfit in ["", "two words", "new\tline", &"x".repeat(129)] {
            assert!(request_id(&with("x-request-id", unfit)).to_str().unwrap().starts_with("req_"));
        }
    }

    proptest! {
        #[test]
        fn no_field_makes_them_panic(bytes in prop::collection::vec(0x20_u8..=0xff, 0..80)) {
            prop_assume!(!bytes.contains(&0x7f));
            let value = HeaderValue::from_bytes(&bytes).unwrap();
            let mut headers = HeaderMap::new();
            for name in ["accept", "prefer", "last-event-id", "if-none-match", "x-request-id"] {
                headers.insert(name, value.clone());
            }
            let _ = (wants_events(&headers), prefers_async(&headers), last_event_id(&headers));
            let _ = (is_held(&headers, &entity_tag(&bytes)), request_id(&headers));
        }

        #[test]
        fn any_position_is_read_back(epoch in "[a-z0-9]{1,20}", offset: u64) {
            let point = last_event_id(&with("last-event-id", &format!("{epoch}:{offset}"))).unwrap().unwrap();
            prop_assert_eq!((point.epoch, point.offset), (epoch, offset));
        }
    }
}
