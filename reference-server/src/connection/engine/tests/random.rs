//! Nothing a client sends panics, and how it is cut into reads makes no difference.

use proptest::prelude::*;

use super::super::decoder::{Decoder, Event, Violation};
use super::super::{Deflate, MessageLimits};
use crate::config::Config;
use crate::doors::{Doors, QueryParams};
use crate::serve::rig::frame;

const LIMITS: MessageLimits = MessageLimits { bytes: 300, fragments: 5 };

/// Feeds bytes in pieces; gives all that was complete, up to a violation.
fn decode(bytes: &[u8], pieces: &[usize], deflate: bool) -> (Vec<Event>, Option<Violation>) {
    let mut decoder = Decoder::new(LIMITS, deflate.then(Deflate::default));
    let mut events = Vec::new();
    let mut bytes = bytes.to_vec();
    let mut rest = &mut bytes[..];
    let mut pieces = pieces.iter().cycle();
    while !rest.is_empty() {
        let size = pieces.next().map_or(rest.len(), |size| (*size).clamp(1, rest.len()));
        let (mut piece, tail) = rest.split_at_mut(size);
        rest = tail;
        loop {
            match decoder.feed(&mut piece) {
                Ok(Some(event)) => events.push(event),
                Ok(None) => break,
                Err(violation) => return (events, Some(violation)),
            }
        }
        assert!(piece.is_empty(), "everything is taken before more is asked for");
    }
    (events, None)
}

/// Mostly sound frames with a first byte of any kind.
fn frames() -> impl Strategy<Value = Vec<u8>> {
    let first = prop_oneof![
        6 => prop::sample::select(vec![0x01, 0x02, 0x00, 0x80, 0x81, 0x82, 0x88, 0x89, 0x8A, 0x41, 0xC1, 0xC2]),
        1 => any::<u8>(),
    ];
    let payload = prop_oneof![
        prop::collection::vec(any::<char>(), 0..30).prop_map(|text| String::from_iter(text).into_bytes()),
        prop::collection::vec(any::<u8>(), 0..200),
    ];
    prop::collection::vec((first, payload), 0..12)
        .prop_map(|frames| frames.iter().flat_map(|(first, payload)| frame(*first, payload)).collect())
}

proptest! {
    #[test]
    fn random_bytes_are_read_or_refused(deflate in any::<bool>(), bytes in prop::collection::vec(any::<u8>(), 0..600), pieces in prop::collection::vec(1..40_usize, 1..5)) {
        prop_assert_eq!(decode(&bytes, &[usize::MAX], deflate), decode(&bytes, &pieces, deflate));
    }

    #[test]
    fn frames_mean_the_same_in_any_pieces(deflate in any::<bool>(), bytes in frames(), pieces in prop::collection::vec(1..40_usize, 1..5)) {
        let (whole, why) = decode(&bytes, &[usize::MAX], deflate);
        let (pieced, why_pieced) = decode(&bytes, &pieces, deflate);
        prop_assert_eq!(&whole, &pieced);
        // a message that breaks two rules may be refused for the one that shows first
        prop_assert_eq!(why.is_some(), why_pieced.is_some());
    }

    #[test]
    fn paths_and_query_strings_of_any_kind(text in prop::collection::vec(any::<char>(), 0..100)) {
        let text = String::from_iter(text);
        let _ = Doors::new(&Config::default()).find(&text);
        let params = QueryParams::parse(&text);
        prop_assert!(params.is_empty() || params.get("no such name, surely").is_none());
    }

    #[test]
    fn query_strings_say_what_was_written(values in prop::collection::vec("[a-z0-9 +&=%£]{0,12}", 0..5)) {
        let escape = |text: &str| text.bytes().map(|byte| format!("%{byte:02X}")).collect::<String>();
        let pairs: Vec<_> = values.iter().map(|value| format!("name={}", escape(value))).collect();
        let params = QueryParams::parse(&pairs.join("&"));
        prop_assert_eq!(params.all("name").collect::<Vec<_>>(), values);
    }
}
