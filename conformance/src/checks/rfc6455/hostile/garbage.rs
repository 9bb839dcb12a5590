//! Bytes behind the upgrade that are no frames of a client.

use super::talk::{Act, Talk};
use super::{Case, Spoil};

/// Name, words, bytes. The first frame they make is a violation in every case, and is there as a whole: when to look at
/// a frame is left to the server.
const GARBAGE: [(&str, &str, &[u8]); 6] = [
    (
        "http",
        "an HTTP request",
        b"GET /garbage HTTP/1.1\r\nHost: x\r\nUser-Agent: lost/1.0\r\nAccept: text/html, */*\r\n\r\n",
    ),
    ("zeros", "zeros", &[0; 64]),
    ("ones", "octets with all bits set", &[0xff; 64]),
    ("tls", "the hello of TLS", &[0x16, 0x03, 0x01, 0x02, 0x00, 0x01, 0x00, 0x01, 0xfc, 0x03, 0x03, 0x5a]),
    (
        "line",
        "a line of text",
        b"hello, is anybody there? It says on the door that there is somebody, but nobody answers, so I wait and write.\r\n",
    ),
    (
        "http2",
        "the preface of HTTP/2",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\x06\x04\0\0\0\0\0\0\x03\0\0\0\x64\
          \0\0\x04\x08\0\0\0\0\0\0\xff\0\0\0\0\x1d\x01\x05\0\0\0\x01\x82\x84\x86\x41 a host that is not here, or",
    ),
];

pub(super) fn cases() -> Vec<Case> {
    let case = |(at, (slug, words, bytes)): (usize, (&str, &str, &'static [u8]))| {
        Case::new(
            format!("hostile.garbage-{slug}"),
            format!("{words} behind the upgrade fails the connection"),
            &["hostile.garbage"],
            if at % 2 == 0 { Spoil::MaskedClose } else { Spoil::Kept },
            move || Talk::new().act(Act::Bytes(bytes.to_vec())).fails(),
        )
    };
    GARBAGE.into_iter().enumerate().map(case).collect()
}
