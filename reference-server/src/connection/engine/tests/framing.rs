//! RFC 6455, section 5: what a client may frame, and how.

use crate::serve::rig::{Peer, Rig, close_frame, frame};

const FIN: u8 = 0x80;
const CONTINUATION: u8 = 0x0;
const TEXT: u8 = 0x1;
const BINARY: u8 = 0x2;
const PING: u8 = 0x9;
const PONG: u8 = 0xA;

/// Ends a connection in order: what was broken before would show here.
async fn leave(mut peer: Peer) {
    peer.send(&close_frame(1000, "")).await;
    assert_eq!(peer.closed().await, (1000, String::new()));
}

#[tokio::test]
async fn lengths_at_their_boundaries_are_echoed() {
    let rig = Rig::start(|config| config.limits.max_message_bytes = 70_000).await;
    let mut peer = rig.open().await;
    for opcode in [TEXT, BINARY] {
        for length in [0, 1, 124, 125, 126, 127, 128, 65_534, 65_535, 65_536, 70_000] {
            let payload: Vec<u8> = (0..length).map(|at| b'a' + u8::try_from(at % 26).unwrap()).collect();
            peer.send(&frame(FIN | opcode, &payload)).await;
            let (first, echoed) = peer.frame().await.unwrap();
            assert_eq!(first, FIN | opcode, "{length}");
            assert!(echoed == payload, "{length}");
        }
    }
    leave(peer).await;
    rig.stop_clean().await;
}

#[tokio::test]
async fn one_byte_at_a_time_is_as_good() {
    let rig = Rig::start(|_| {}).await;
    let mut peer = rig.open().await;
    peer.stream.set_nodelay(true).unwrap();
    let mut bytes = frame(TEXT, "κό".as_bytes());
    bytes.extend(frame(FIN | PING, b"p"));
    bytes.extend(frame(FIN, "σμε".as_bytes()));
    bytes.extend(frame(FIN | BINARY, &[7; 200]));
    for byte in bytes {
        peer.send(&[byte]).await;
    }
    assert_eq!(peer.frame().await.unwrap(), (FIN | PONG, "p".into()));
    assert_eq!(peer.frame().await.unwrap(), (FIN | TEXT, "κόσμε".into()));
    assert_eq!(peer.frame().await.unwrap(), (FIN | BINARY, vec![7; 200].into()));
    leave(peer).await;
    rig.stop_clean().await;
}

#[tokio::test]
async fn fragments_join_and_controls_come_between() {
    let rig = Rig::start(|_| {}).await;
    let mut peer = rig.open().await;
    let mut bytes = Vec::new();
    for (first, payload) in [
        (TEXT, &b"one "[..]),
        (FIN | PING, b"a"),
        (CONTINUATION, b""),
        (CONTINUATION, b"two "),
        (FIN | PONG, b"not asked for"),
        (FIN | CONTINUATION, b"three"),
        (BINARY, b""),
        (FIN | CONTINUATION, b""),
    ] {
        bytes.extend(frame(first, payload));
    }
    peer.send(&bytes).await;
    assert_eq!(peer.frame().await.unwrap(), (FIN | PONG, "a".into()));
    assert_eq!(peer.frame().await.unwrap(), (FIN | TEXT, "one two three".into()));
    assert_eq!(peer.frame().await.unwrap(), (FIN | BINARY, "".into()));
    leave(peer).await;
    rig.stop_clean().await;
}

#[tokio::test]
async fn pings_are_answered_with_their_payload() {
    let rig = Rig::start(|_| {}).await;
    let mut peer = rig.open().await;
    for payload in [&b""[..], b"x", &[0xFF; 125]] {
        peer.send(&frame(FIN | PING, payload)).await;
        let (first, answered) = peer.frame().await.unwrap();
        assert_eq!((first, &answered[..]), (FIN | PONG, payload));
    }
    leave(peer).await;
    rig.stop_clean().await;
}

#[tokio::test]
async fn what_breaks_the_protocol_is_refused_with_1002() {
    let rig = Rig::start(|_| {}).await;
    let raw = |bytes: &[u8]| bytes.to_vec();
    let masked = [0, 0, 0, 0];
    for (name, bytes) in [
        ("not masked", raw(&[0x81, 0x01, b'a'])),
        ("RSV1", frame(0x40 | FIN | TEXT, b"a")),
        ("RSV2", frame(0x20 | FIN | TEXT, b"a")),
        ("RSV3", frame(0x10 | FIN | TEXT, b"a")),
        ("RSV1 in a control frame", frame(0x40 | FIN | PING, b"")),
        ("RSV1 in a continuation", [frame(TEXT, b"a"), frame(0x40 | FIN, b"b")].concat()),
        ("opcode 3", frame(FIN | 0x3, b"")),
        ("opcode 7", frame(FIN | 0x7, b"")),
        ("opcode 11", frame(FIN | 0xB, b"")),
        ("opcode 15", frame(FIN | 0xF, b"")),
        ("ping in fragments", frame(PING, b"a")),
        ("close in fragments", frame(0x8, b"")),
        ("ping of 126 bytes", frame(FIN | PING, &[0; 126])),
        ("close of 126 bytes", close_frame(1000, &"x".repeat(124))),
        ("continuation of nothing", frame(FIN | CONTINUATION, b"a")),
        ("continuation after the end", [frame(FIN | TEXT, b"a"), frame(FIN, b"b")].concat()),
        ("text inside text", [frame(TEXT, b"a"), frame(FIN | TEXT, b"b")].concat()),
        ("binary inside text", [frame(TEXT, b"a"), frame(BINARY, b"b")].concat()),
        ("125 in two bytes", [&[0x82, 0xFE, 0, 125][..], &masked, &[0; 125]].concat()),
        ("0 in eight bytes", [&[0x82, 0xFF, 0, 0, 0, 0, 0, 0, 0, 0][..], &masked].concat()),
        ("65535 in eight bytes", [&[0x82, 0xFF, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF][..], &masked].concat()),
        ("most significant bit", [&[0x82, 0xFF, 0x80, 0, 0, 0, 0, 0, 0, 1][..], &masked].concat()),
    ] {
        let mut peer = rig.open().await;
        peer.send(&bytes).await;
        if name == "continuation after the end" {
            assert_eq!(peer.frame().await.unwrap().1, "a");
        }
        let (code, reason) = peer.closed().await;
        assert_eq!(code, 1002, "{name}: {reason}");
        assert!(!reason.is_empty(), "{name}");
    }
    rig.stop_clean().await;
}

#[tokio::test]
async fn text_is_refused_as_soon_as_it_cannot_be_utf8() {
    let rig = Rig::start(|_| {}).await;
    for (name, bytes) in [
        ("lone continuation", &b"\x80"[..]),
        ("bad in the middle", b"ab\xFFcd"),
        ("overlong slash", b"\xC0\xAF"),
        ("overlong of three", b"\xE0\x80\xAF"),
        ("overlong of four", b"\xF0\x80\x80\xAF"),
        ("surrogate", b"\xED\xA0\x80"),
        ("over U+10FFFF", b"\xF4\x90\x80\x80"),
        ("five bytes", b"\xF8\x88\x80\x80\x80"),
        ("cut at the end", b"ab\xE2\x82"),
    ] {
        let mut peer = rig.open().await;
        peer.send(&frame(FIN | TEXT, bytes)).await;
        assert_eq!(peer.closed().await.0, 1007, "{name}");
        // the message never ends: only a check at each fragment can refuse it
        if name != "cut at the end" {
            let mut peer = rig.open().await;
            peer.send(&frame(TEXT, bytes)).await;
            assert_eq!(peer.closed().await.0, 1007, "{name}, first fragment");
            let mut peer = rig.open().await;
            peer.send(&frame(TEXT, &bytes[..1])).await;
            peer.send(&frame(CONTINUATION, &bytes[1..])).await;
            if bytes.len() > 1 {
                assert_eq!(peer.closed().await.0, 1007, "{name}, split after the first byte");
            }
        }
    }
    rig.stop_clean().await;
}

#[tokio::test]
async fn a_frame_that_has_not_come_whole_is_checked_too() {
    let rig = Rig::start(|_| {}).await;
    let mut peer = rig.open().await;
    let mut long = vec![b'a'; 1_000];
    long[10] = 0xFF;
    peer.send(&frame(FIN | TEXT, &long)[..100]).await;
    assert_eq!(peer.closed().await.0, 1007);
    rig.stop_clean().await;
}

#[tokio::test]
async fn characters_may_be_split_between_fragments() {
    let rig = Rig::start(|_| {}).await;
    let mut peer = rig.open().await;
    let text = "a£€😀\u{FFFF}\u{10FFFF}z";
    for at in 0..=text.len() {
        peer.send(&frame(TEXT, &text.as_bytes()[..at])).await;
        peer.send(&frame(FIN, &text.as_bytes()[at..])).await;
        assert_eq!(peer.frame().await.unwrap().1, text, "{at}");
    }
    peer.send(&frame(FIN | BINARY, b"\xFF\xFE")).await;
    assert_eq!(peer.frame().await.unwrap().1, &b"\xFF\xFE"[..]);
    leave(peer).await;
    rig.stop_clean().await;
}

#[tokio::test]
async fn too_big_is_decided_at_the_header() {
    let rig = Rig::start(|config| {
        config.limits.max_message_bytes = 1_000;
        config.limits.max_fragments = 4;
    })
    .await;
    let huge = [&[0x82, 0xFF, 0, 0, 0, 0xFF, 0, 0, 0, 0][..], &[0; 4]].concat();
    let over_sum = [frame(BINARY, &[0; 600]), frame(FIN, &[0; 401])[..8].to_vec()].concat();
    let five = [frame(TEXT, b""), frame(0, b"").repeat(4)].concat();
    for (name, bytes) in [
        ("1001 bytes, header only", frame(FIN | BINARY, &[0; 1_001])[..8].to_vec()),
        ("a terabyte", huge),
        ("the sum of two", over_sum),
        ("five fragments", five),
        ("text", frame(FIN | TEXT, &[b'a'; 1_001])),
    ] {
        let mut peer = rig.open().await;
        peer.send(&bytes).await;
        assert_eq!(peer.closed().await.0, 1009, "{name}");
    }
    let mut peer = rig.open().await;
    peer.send(&[frame(BINARY, &[0; 600]), frame(0, b""), frame(0, b""), frame(FIN, &[0; 400])].concat())
        .await;
    assert_eq!(peer.frame().await.unwrap().1.len(), 1_000);
    leave(peer).await;
    rig.stop_clean().await;
}

#[tokio::test]
async fn a_peer_that_goes_on_sending_still_reads_the_close_frame() {
    let rig = Rig::start(|_| {}).await;
    let mut peer = rig.open().await;
    // more than the socket buffers hold: without reading it away the server's end would reset the connection
    let mut bytes = frame(FIN | BINARY, &vec![0; 8 << 20]);
    bytes.extend(close_frame(1009, ""));
    peer.send(&bytes).await;
    let (first, payload) = peer.frame().await.unwrap();
    assert_eq!((first, &payload[..2]), (0x88, &1009_u16.to_be_bytes()[..]));
    drop(peer);
    rig.stop_clean().await;
}
