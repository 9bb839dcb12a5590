//! The standard's own cases (RFC 6455 and RFC 7692), over the echoing door: table by table as the well-known
//! suites have them.

use std::time::Duration;

use reference_server::config::Config;
use tokio::io::AsyncReadExt;
use tokio::time::Instant;

use crate::raw::{BINARY, CLOSE, DEFLATE, FIN, MORE, PING, PONG, RSV1, Raw, TEXT, closing, deflate, frame};
use crate::rig::Rig;

const ECHO: &str = "/ws/echo";

fn test_doors(config: &mut Config) {
    config.test_doors = true;
}

async fn echoed(raw: &mut Raw, opcode: u8, payload: &[u8]) {
    let (got, message) = raw.message().await;
    assert_eq!(got, opcode);
    assert!(message == payload, "{} bytes came back as {}", payload.len(), message.len());
}

#[tokio::test]
async fn the_door_is_there_for_tests_only() {
    let rig = Rig::new().await;
    assert_eq!(Raw::knock(rig.address, ECHO, None).await.0, 404);
}

#[tokio::test]
async fn fault_34_text_and_binary_of_any_size_are_echoed() {
    let rig = Rig::with(test_doors).await;
    let mut raw = Raw::open(&rig, ECHO, None).await;
    for size in [0, 1, 125, 126, 127, 128, 65_535, 65_536, 65_537, 1 << 20, 16 << 20] {
        raw.send(&frame(FIN | TEXT, &vec![b'*'; size])).await;
        echoed(&mut raw, TEXT, &vec![b'*'; size]).await;
        raw.send(&frame(FIN | BINARY, &vec![0xFE; size])).await;
        echoed(&mut raw, BINARY, &vec![0xFE; size]).await;
    }
    raw.send(&frame(FIN | BINARY, &[])).await;
    raw.message().await;
    raw.send(&frame(FIN | BINARY, &vec![0; (16 << 20) + 1])[..14]).await;
    assert_eq!(raw.closed().await.0, 1009, "one byte too many");
}

#[tokio::test]
async fn fault_34_no_rate_limit_here() {
    let rig = Rig::with(|config| {
        test_doors(config);
        config.limits.rate_limit = 1;
        config.limits.life_limit = 1;
    })
    .await;
    let mut raw = Raw::open(&rig, ECHO, None).await;
    let burst: Vec<_> = (0..1_000_u32)
        .flat_map(|at| [frame(FIN | TEXT, at.to_string().as_bytes()), frame(FIN | PING, b"")].concat())
        .collect();
    raw.send(&burst).await;
    for at in 0..1_000_u32 {
        echoed(&mut raw, TEXT, at.to_string().as_bytes()).await;
    }
    raw.leave().await;
}

#[tokio::test]
async fn fault_34_fragments_and_controls() {
    let rig = Rig::with(test_doors).await;
    let mut raw = Raw::open(&rig, ECHO, None).await;
    for (pieces, expected) in [
        (vec![(TEXT, "frag1"), (FIN | MORE, "frag2")], "frag1frag2"),
        (vec![(TEXT, "frag1"), (FIN | PING, "now"), (FIN | MORE, "frag2")], "frag1frag2"),
        (vec![(TEXT, ""), (MORE, ""), (FIN | MORE, "")], ""),
        (vec![(TEXT, ""), (MORE, "middle"), (FIN | MORE, "")], "middle"),
        (vec![(TEXT, "\u{3ba}"), (FIN | PONG, "unasked"), (FIN | MORE, "\u{1f79}")], "\u{3ba}\u{1f79}"),
    ] {
        let bytes: Vec<_> = pieces.iter().flat_map(|(first, text)| frame(*first, text.as_bytes())).collect();
        raw.send(&bytes).await;
        if pieces.iter().any(|(first, _)| *first == FIN | PING) {
            assert_eq!(raw.frame().await, Some((FIN | PONG, b"now".to_vec())));
        }
        echoed(&mut raw, TEXT, expected.as_bytes()).await;
    }
    for payload in [&b""[..], b"Hello", &[0xFF; 125]] {
        raw.send(&frame(FIN | PING, payload)).await;
        assert_eq!(raw.frame().await, Some((FIN | PONG, payload.to_vec())));
    }
    raw.leave().await;
}

#[tokio::test]
async fn fault_34_a_message_may_come_in_262_144_fragments_and_not_in_one_more() {
    const MOST: usize = 262_144;
    let rig = Rig::with(test_doors).await;
    let cut = |count: usize| -> Vec<u8> {
        let between = (2..count).flat_map(|_| frame(MORE, b"x"));
        frame(TEXT, b"x").into_iter().chain(between).chain(frame(FIN | MORE, b"x")).collect()
    };
    let mut raw = Raw::open(&rig, ECHO, None).await;
    raw.send(&cut(MOST)).await;
    echoed(&mut raw, TEXT, &vec![b'x'; MOST]).await;
    raw.send(&cut(MOST + 1)).await;
    assert_eq!(raw.closed().await.0, 1009, "one fragment too many");
}

#[tokio::test]
async fn fault_34_a_silent_peer_is_closed_after_30_seconds_and_not_before() {
    let rig = Rig::with(|config| {
        test_doors(config);
        // Timers that are scaled down for a suite are not for this door.
        config.timers.ping_interval = Duration::from_secs(2);
        config.timers.pong_timeout = Duration::from_secs(5);
    })
    .await;
    let mut raw = Raw::open(&rig, ECHO, None).await;
    let last_said = Instant::now();
    raw.send(&frame(FIN | TEXT, b"the last for a while")).await;
    echoed(&mut raw, TEXT, b"the last for a while").await;
    tokio::time::pause();
    let silent = Instant::now();
    let mut heard = Vec::new();
    while !heard.ends_with(b"Heartbeat timeout") {
        // Without a time limit: that one's time would pass too.
        assert!(raw.stream.read_buf(&mut heard).await.unwrap() > 0, "ended without a close");
    }
    // When exactly the server heard the last is not seen here.
    let (least, most) = (silent.elapsed(), last_said.elapsed());
    assert!(most >= Duration::from_secs(30) && least < Duration::from_secs(35), "{least:?} to {most:?}");
    let close = heard.len() - b"Heartbeat timeout".len() - 2;
    assert_eq!(heard[close..close + 2], 1011_u16.to_be_bytes());
}

#[tokio::test]
async fn fault_34_what_breaks_the_framing_closes_with_1002() {
    let rig = Rig::with(test_doors).await;
    let mut cases: Vec<(String, Vec<u8>)> = Vec::new();
    for opcode in [3, 4, 5, 6, 7, 0xB, 0xC, 0xD, 0xE, 0xF] {
        cases.push((format!("opcode {opcode}"), frame(FIN | opcode, b"x")));
    }
    for bits in [0x10, 0x20, 0x30, 0x40, 0x50, 0x60, 0x70] {
        for opcode in [TEXT, BINARY, PING, PONG, CLOSE] {
            cases.push((format!("reserved bits {bits:#x} with {opcode}"), frame(FIN | bits | opcode, b"")));
        }
    }
    for (name, bytes) in [
        ("ping too long", frame(FIN | PING, &[0; 126])),
        ("ping in fragments", frame(PING, b"")),
        ("pong in fragments", [frame(PONG, b""), frame(FIN | MORE, b"")].concat()),
        ("close too long", frame(FIN | CLOSE, &closing(1000, &[b'x'; 124]))),
        ("continuation of nothing", frame(FIN | MORE, b"x")),
        ("continuation of nothing, open", frame(MORE, b"x")),
        ("text in text", [frame(TEXT, b"x"), frame(FIN | TEXT, b"y")].concat()),
        ("close of one byte", frame(FIN | CLOSE, b"x")),
        ("no mask", vec![FIN | TEXT, 1, b'x']),
        ("a length not in its shortest form", vec![FIN | TEXT, 0xFE, 0, 1, 0, 0, 0, 0, b'x']),
    ] {
        cases.push((name.to_owned(), bytes));
    }
    for code in [0, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65535] {
        cases.push((format!("close code {code}"), frame(FIN | CLOSE, &closing(code, b""))));
    }
    for (name, bytes) in cases {
        let mut raw = Raw::open(&rig, ECHO, None).await;
        raw.send(&bytes).await;
        assert_eq!(raw.closed().await.0, 1002, "{name}");
    }
}

#[tokio::test]
async fn fault_34_close_codes_that_may_be_sent_are_echoed() {
    let rig = Rig::with(test_doors).await;
    for code in [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 3000, 3999, 4000, 4999] {
        let mut raw = Raw::open(&rig, ECHO, None).await;
        raw.send(&frame(FIN | CLOSE, &closing(code, "gr\u{fc}\u{df}e".as_bytes()))).await;
        assert_eq!(raw.closed().await.0, code);
    }
    let mut raw = Raw::open(&rig, ECHO, None).await;
    raw.send(
        &[frame(FIN | CLOSE, b""), frame(FIN | TEXT, b"after the end"), frame(FIN | PING, b"")].concat(),
    )
    .await;
    assert_eq!(raw.closed().await.0, 1005, "an empty close is answered by an empty one");
}

#[tokio::test]
async fn fault_34_text_that_is_not_utf8_closes_with_1007() {
    let rig = Rig::with(test_doors).await;
    let bad: [&[u8]; 14] = [
        b"\xce\xba\xe1\xbd\xb9\xcf\x83\xce\xbc\xce\xb5\xed\xa0\x80edited",
        b"\xce\xba\xe1\xbd\xb9\xcf\x83\xce\xbc\xce\xb5\xf4\x90\x80\x80edited",
        b"\x80",
        b"\xbf",
        b"\xc0\xaf",
        b"\xe0\x80\xaf",
        b"\xf0\x80\x80\xaf",
        b"\xc1\xbf",
        b"\xe0\x9f\xbf",
        b"\xfe",
        b"\xff",
        b"\xed\xbf\xbf",
        b"\xce",
        b"\xf8\x88\x80\x80\x80",
    ];
    for bytes in bad {
        for deflated in [false, true] {
            let mut raw = Raw::open(&rig, ECHO, deflated.then_some(DEFLATE)).await;
            let message = if deflated {
                frame(FIN | RSV1 | TEXT, &deflate(bytes, 15))
            } else {
                frame(FIN | TEXT, bytes)
            };
            raw.send(&message).await;
            assert_eq!(raw.closed().await.0, 1007, "{bytes:x?} {deflated}");
        }
    }
    let mut raw = Raw::open(&rig, ECHO, None).await;
    raw.send(&frame(FIN | CLOSE, &closing(1000, b"\xff"))).await;
    assert_eq!(raw.closed().await.0, 1007, "the reason of a close");
    let mut raw = Raw::open(&rig, ECHO, None).await;
    for text in ["\u{0}", "\u{7ff}", "\u{ffff}", "\u{10ffff}", "\u{fffe}", "\u{d7ff}\u{e000}"] {
        raw.send(&frame(FIN | TEXT, text.as_bytes())).await;
        echoed(&mut raw, TEXT, text.as_bytes()).await;
    }
    raw.leave().await;
}

/// Text that compresses as JSON does, never the same twice.
fn prose(size: usize) -> Vec<u8> {
    let line =
        |at: usize| format!("{{\"row\":{at},\"amount\":{}}},", at.wrapping_mul(2_654_435_761) % 100_000);
    let mut text: Vec<u8> = (0..size / 16 + 1).flat_map(|at| line(at).into_bytes()).collect();
    text.truncate(size);
    text
}

#[tokio::test]
async fn fault_34_compressed_messages_of_any_size_window_and_cut() {
    let rig = Rig::with(test_doors).await;
    let offers = [
        "permessage-deflate".to_owned(),
        "permessage-deflate; server_no_context_takeover; client_no_context_takeover".to_owned(),
        "permessage-deflate; client_max_window_bits=9".to_owned(),
    ]
    .into_iter()
    .chain(
        (8..=15)
            .map(|bits| format!("permessage-deflate; server_max_window_bits={bits}; client_max_window_bits")),
    );
    for offer in offers {
        let mut raw = Raw::open(&rig, ECHO, Some(&offer)).await;
        assert!(raw.extensions.is_some(), "{offer}");
        for size in [0, 16, 255, 256, 257, 1_024, 4_096, 8_192, 32_768, 131_072] {
            let text = prose(size);
            let whole = deflate(&text, 9);
            raw.send(&frame(FIN | RSV1 | TEXT, &whole)).await;
            echoed(&mut raw, TEXT, &text).await;
            raw.send(&frame(FIN | TEXT, &text)).await;
            echoed(&mut raw, TEXT, &text).await;
            let pieces: Vec<_> = whole.chunks(whole.len().div_ceil(5).max(1)).collect();
            for (at, piece) in pieces.iter().enumerate() {
                let first = if at == 0 { RSV1 | BINARY } else { MORE };
                let last = if at + 1 == pieces.len() { FIN } else { 0 };
                raw.send(&[frame(first | last, piece), frame(FIN | PONG, b"between")].concat()).await;
            }
            echoed(&mut raw, BINARY, &text).await;
        }
        assert!(raw.compressed > 0, "{offer}");
        raw.leave().await;
    }
}

#[tokio::test]
async fn a_clients_context_is_kept_where_that_is_configured() {
    let rig = Rig::with(|config| {
        test_doors(config);
        config.wire.deflate_client_context = true;
    })
    .await;
    // "Hello", and the same as a reference to it (RFC 7692, 7.2.3.2)
    let first = frame(FIN | RSV1 | TEXT, &[0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00]);
    let second = frame(FIN | RSV1 | TEXT, &[0xf2, 0x00, 0x11, 0x00, 0x00]);
    let server = "permessage-deflate; server_no_context_takeover";
    let mut raw = Raw::open(&rig, ECHO, Some(DEFLATE)).await;
    assert_eq!(raw.extensions.as_deref(), Some(server));
    raw.send(&first).await;
    echoed(&mut raw, TEXT, b"Hello").await;
    raw.send(&[frame(FIN | TEXT, b"in between"), frame(FIN | PONG, b"between")].concat()).await;
    echoed(&mut raw, TEXT, b"in between").await;
    raw.send(&second).await;
    echoed(&mut raw, TEXT, b"Hello").await;
    raw.leave().await;

    let mut other = Raw::open(&rig, ECHO, Some(DEFLATE)).await;
    other.send(&second).await;
    assert_eq!(other.closed().await.0, 1007, "another connection has another context");

    let waived = "permessage-deflate; client_no_context_takeover";
    let mut alone = Raw::open(&rig, ECHO, Some(waived)).await;
    assert_eq!(alone.extensions, Some(format!("{server}; client_no_context_takeover")));
    alone.send(&[first, second].concat()).await;
    echoed(&mut alone, TEXT, b"Hello").await;
    assert_eq!(alone.closed().await.0, 1007, "a client that waives its context has none");
}

#[tokio::test]
async fn fault_34_compression_is_marked_where_the_standard_says() {
    let rig = Rig::with(test_doors).await;
    let half = deflate(b"Hello", 15);
    for (name, bytes, code) in [
        ("on a continuation", [frame(RSV1 | TEXT, &half[..2]), frame(FIN | RSV1, &half[2..])].concat(), 1002),
        ("on a continuation of plain text", [frame(TEXT, b"x"), frame(FIN | RSV1, &half)].concat(), 1002),
        ("on a ping", frame(FIN | RSV1 | PING, &half), 1002),
        ("on a close", frame(FIN | RSV1 | CLOSE, &closing(1000, b"")), 1002),
        ("with RSV2", frame(FIN | RSV1 | 0x20 | TEXT, &half), 1002),
        ("on what is no deflate", frame(FIN | RSV1 | BINARY, &[0xff; 20]), 1007),
        ("on what is cut", frame(FIN | RSV1 | BINARY, &deflate(&prose(400), 15)[..90]), 1007),
    ] {
        let mut raw = Raw::open(&rig, ECHO, Some(DEFLATE)).await;
        raw.send(&bytes).await;
        assert_eq!(raw.closed().await.0, code, "{name}");
    }
    let mut raw = Raw::open(&rig, ECHO, Some(DEFLATE)).await;
    // the standard's own example of a stream that ends with its message (7.2.3.4)
    raw.send(&frame(FIN | RSV1 | TEXT, &[0xf3, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00, 0x00])).await;
    echoed(&mut raw, TEXT, b"Hello").await;
    raw.leave().await;
}

#[tokio::test]
async fn fault_35_unknown_extensions_are_declined_and_the_connection_works() {
    let rig = Rig::with(test_doors).await;
    for offer in [
        "x-unheard-of",
        "x-unheard-of; level=\"9\"",
        "permessage-deflate; unheard_of",
        "permessage-deflate; server_max_window_bits=16",
        "permessage-bzip2, x-webkit-deflate-frame",
    ] {
        for path in [ECHO, "/ws/query"] {
            let mut raw = Raw::open(&rig, path, Some(offer)).await;
            assert_eq!(raw.extensions, None, "{offer}");
            if path == ECHO {
                raw.send(&frame(FIN | TEXT, b"works")).await;
                echoed(&mut raw, TEXT, b"works").await;
            } else {
                assert_eq!(raw.next().await["type"], "connection_established");
            }
            raw.leave().await;
        }
    }
    let mixed = "x-unheard-of, permessage-deflate; level=9, permessage-deflate; server_max_window_bits=10";
    let raw = Raw::open(&rig, ECHO, Some(mixed)).await;
    assert!(raw.extensions.as_ref().is_some_and(|answer| answer.ends_with("server_max_window_bits=10")));
    raw.leave().await;
    assert_eq!(Raw::knock(rig.address, ECHO, Some("permessage-deflate; =")).await.0, 400);
}
