//! The suite's MessagePack: what is written is read, and bytes of any kind never panic.

use conformance::peer::msgpack::{MsgpackFault, from_msgpack, to_msgpack};
use proptest::prelude::*;
use serde_json::{Value, json};

fn values() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        (-200_i64..200).prop_map(Value::from),
        any::<f64>().prop_filter("JSON has no such number", |value| value.is_finite()).prop_map(Value::from),
        ".{0,40}".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 64, 20, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..20).prop_map(Value::from),
            prop::collection::btree_map("[a-z]{0,6}", inner, 0..20)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

#[test]
fn numbers_have_their_shortest_form() {
    for (value, length) in [(0, 1), (127, 1), (128, 2), (256, 3), (65_536, 5), (4_294_967_296_i64, 9)] {
        assert_eq!(to_msgpack(&json!(value)).len(), length, "{value}");
    }
    for (value, length) in [(-1, 1), (-32, 1), (-33, 2), (-129, 3), (-32_769, 5), (-2_147_483_649_i64, 9)] {
        assert_eq!(to_msgpack(&json!(value)).len(), length, "{value}");
    }
}

#[test]
fn what_json_can_not_say_is_refused() {
    for bytes in [&b"\xc1"[..], b"\xc4\x01a", b"\xd4\x00\x00", b"\x81\x01\x02", b"\x92\x01", b"\x01\x01"] {
        assert!(from_msgpack(bytes).is_err(), "{bytes:02x?}");
    }
    assert_eq!(from_msgpack(b"\xcb\x7f\xf0\0\0\0\0\0\0"), Err(MsgpackFault::Number(0)));
    assert_eq!(from_msgpack(&[0x91; 10_000]), Err(MsgpackFault::Levels));
}

proptest! {
    #[test]
    fn what_is_written_is_read(value in values()) {
        prop_assert_eq!(from_msgpack(&to_msgpack(&value)).unwrap(), value);
    }

    #[test]
    fn random_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = from_msgpack(&bytes);
    }
}
