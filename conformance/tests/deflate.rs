//! The suite's compression: its own reader and writers against each other and against another library's.

use conformance::peer::deflate::{
    AnswerFault, BitWriter, Deflater, InflateFault, InflateRules, Inflater, Style, TAIL, Token, extensions,
    fixed_block, judge_answer, stored_block,
};
use flate2::{Compress, Compression, FlushCompress};
use proptest::prelude::*;

fn rules(window_bits: u8, takeover: bool) -> InflateRules {
    InflateRules { window_bits, takeover, limit: 1 << 20 }
}

fn read(payload: &[u8]) -> Result<Vec<u8>, InflateFault> {
    Inflater::new(rules(15, false)).message(payload).map(|message| message.bytes)
}

#[test]
fn the_examples_of_the_standard_are_read() {
    let fixed = [0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00];
    let stored = [0x00, 0x05, 0x00, 0xfa, 0xff, 0x48, 0x65, 0x6c, 0x6c, 0x6f, 0x00];
    let last = [0xf3, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00, 0x00];
    let two = [0xf2, 0x48, 0x05, 0x00, 0x00, 0x00, 0xff, 0xff, 0xca, 0xc9, 0xc9, 0x07, 0x00];
    for payload in [&fixed[..], &stored, &last, &two] {
        assert_eq!(read(payload).unwrap(), b"Hello", "{payload:02x?}");
    }
    assert_eq!(read(&[0]).unwrap(), b"");
    let mut inflater = Inflater::new(rules(15, true));
    inflater.message(&fixed).unwrap();
    let again = inflater.message(&[0xf2, 0x00, 0x11, 0x00, 0x00]).unwrap();
    assert_eq!((again.bytes, again.used_context), (b"Hello".to_vec(), true));
}

#[test]
fn what_is_broken_is_named() {
    let whole = [0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00];
    assert!(read(&whole[..3]).is_err());
    assert_eq!(read(&[&whole[..], &TAIL].concat()), Err(InflateFault::Cut), "the tail was not taken off");
    assert_eq!(read(&[]), Err(InflateFault::Cut), "not even the beginning of a block");
    assert_eq!(read(&[0x07]), Err(InflateFault::BlockType));
    let block = |tokens: &[Token]| {
        let mut bits = BitWriter::default();
        fixed_block(&mut bits, false, tokens);
        bits.end_message();
        bits.finish()
    };
    let far = block(&[Token::Literal(b'a'), Token::Copy { length: 3, distance: 2 }]);
    assert_eq!(read(&far), Err(InflateFault::Context { distance: 2, available: 1 }));
    assert_eq!(read(&block(&[Token::LengthSymbol(286)])), Err(InflateFault::Symbol(286)));
    let mut bits = BitWriter::default();
    stored_block(&mut bits, false, b"abc", Some(0));
    bits.end_message();
    assert_eq!(read(&bits.finish()), Err(InflateFault::StoredLength(3, 0)));
}

#[test]
fn a_reference_beyond_the_window_is_seen() {
    let text: Vec<u8> = (0..700_u32).map(|at| (at.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    let text = [&text[..], &text].concat();
    for bits in 8..=15 {
        let payload = Deflater::new(15, false, Style::Usual).message(&text);
        let found = Inflater::new(rules(bits, false)).message(&payload);
        assert_eq!(found.is_err(), bits < 10, "{bits}: {found:?}");
        let payload = Deflater::new(bits, false, Style::Usual).message(&text);
        assert_eq!(Inflater::new(rules(bits, false)).message(&payload).unwrap().bytes, text);
    }
}

#[test]
fn more_than_the_limit_is_refused() {
    let payload = Deflater::new(15, false, Style::Fixed).message(&vec![b'0'; 5_000]);
    let mut inflater = Inflater::new(InflateRules { limit: 4_999, ..rules(15, false) });
    assert_eq!(inflater.message(&payload), Err(InflateFault::TooLarge(4_999)));
}

#[test]
fn answers_are_judged_against_their_offers() {
    let judged = |offer: &str, answer: &str| judge_answer([offer].into_iter(), [answer].into_iter());
    let all =
        "permessage-deflate; server_no_context_takeover; client_max_window_bits; server_max_window_bits=10";
    let good = "permessage-deflate; server_no_context_takeover; server_max_window_bits=9";
    assert!(judged(all, good).unwrap().unwrap().server_no_context_takeover);
    assert_eq!(judged(all, "").unwrap(), None);
    for (offer, answer) in [
        ("permessage-deflate", "permessage-deflate; client_max_window_bits=9"),
        ("permessage-deflate; server_max_window_bits=9", "permessage-deflate"),
        ("permessage-deflate; server_max_window_bits=9", "permessage-deflate; server_max_window_bits=10"),
        ("permessage-deflate; server_no_context_takeover", "permessage-deflate"),
        ("permessage-deflate; client_max_window_bits=9", "permessage-deflate; client_max_window_bits=10"),
        ("permessage-deflate; unheard_of", "permessage-deflate"),
        ("x-other", "permessage-deflate"),
    ] {
        assert!(matches!(judged(offer, answer), Err(AnswerFault::Offer(_))), "{offer} / {answer}");
    }
    for answer in ["permessage-deflate; x", "permessage-deflate; server_max_window_bits=7"] {
        assert!(matches!(judged(all, answer), Err(AnswerFault::Parameter(_))), "{answer}");
    }
    assert!(matches!(judged(all, "x-other"), Err(AnswerFault::Name(_))));
    assert!(matches!(judged(all, "permessage-deflate, x-other"), Err(AnswerFault::Name(_))));
    assert!(matches!(judged(all, "permessage-deflate;"), Err(AnswerFault::Form(_))));
}

fn texts() -> impl Strategy<Value = Vec<Vec<u8>>> {
    let words = prop::collection::vec("[a-z]{1,8}|[0-9]{9}|é|\\x00", 0..400);
    let text = words.prop_map(|words| words.join(" ").into_bytes());
    let noise = prop::collection::vec(any::<u8>(), 0..2_000);
    prop::collection::vec(prop_oneof![3 => text, 1 => noise], 1..5)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn what_is_written_is_read(
        messages in texts(),
        bits in 8_u8..=15,
        takeover in any::<bool>(),
        style in prop_oneof![Just(Style::Usual), Just(Style::Fixed), Just(Style::Stored)],
    ) {
        let mut deflater = Deflater::new(bits, takeover, style);
        let mut inflater = Inflater::new(rules(bits, takeover));
        for message in &messages {
            let inflated = inflater.message(&deflater.message(message)).unwrap();
            prop_assert_eq!(&inflated.bytes, message);
            prop_assert!(inflated.farthest <= 1 << bits);
        }
    }

    #[test]
    fn what_another_library_writes_is_read(messages in texts(), bits in 9_u8..=15, level in 2_u32..9) {
        let mut compress = Compress::new_with_window_bits(Compression::new(level), false, bits);
        let mut inflater = Inflater::new(rules(bits, true));
        for message in messages.iter().filter(|message| !message.is_empty()) {
            let mut out = Vec::with_capacity(message.len() * 2 + 512);
            compress.compress_vec(message, &mut out, FlushCompress::Sync).unwrap();
            prop_assert!(out.ends_with(&TAIL));
            out.truncate(out.len() - TAIL.len());
            prop_assert_eq!(&inflater.message(&out).unwrap().bytes, message);
        }
    }

    #[test]
    fn random_bytes_never_panic_or_pass_the_limit(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let mut inflater = Inflater::new(InflateRules { limit: 3_000, ..rules(15, true) });
        for _ in 0..2 {
            if let Ok(message) = inflater.message(&bytes) {
                prop_assert!(message.bytes.len() <= 3_000);
            }
        }
    }

    #[test]
    fn any_field_is_read_or_refused(value in "[ -~\t]{0,60}", tail in "[;=, \"a-z0-9_]{0,30}") {
        let _ = extensions([value.as_str()].into_iter());
        let offer = format!("permessage-deflate{tail}");
        let _ = judge_answer(["permessage-deflate"].into_iter(), [offer.as_str()].into_iter());
    }
}
