//! Sequences, valid and not, each as a message of its own: the classes of Markus Kuhn's stress test.

use crate::peer::Frame;

use super::octets;
use super::talk::Talk;
use super::{Case, Spoil, leniency};

/// A class of sequences: name, words, whether they are UTF-8, and the sequences.
type Class = (&'static str, &'static str, bool, &'static [&'static str]);

/// The Greek word κόσμε, eleven octets.
const KOSME: &str = "cebae1bdb9cf83cebcceb5";

const CLASSES: [Class; 20] = [
    (
        "words",
        "words with characters of two to four octets",
        true,
        &[
            KOSME,
            "68656c6c6fc2a2776f726c64",
            "68656c6c6fe282ac776f726c64",
            "68656c6c6ff0a4ada2776f726c64",
            "48656c6c6f2dc2b540c39fc3b6c3a4c3bcc3a0c3a12d5554462d382121",
        ],
    ),
    ("first-of-length", "the first character of a length", true, &["00", "c280", "e0a080", "f0908080"]),
    ("first-too-long", "the first sequence of five or six octets", false, &["f888808080", "fc8480808080"]),
    ("last-of-length", "the last character of a length", true, &["7f", "dfbf", "efbfbf", "f48fbfbf"]),
    (
        "last-too-long",
        "the last sequence of a length that is no character",
        false,
        &["f7bfbfbf", "fbbfbfbfbf", "fdbfbfbfbfbf"],
    ),
    ("boundary", "a character beside a boundary", true, &["ed9fbf", "ee8080", "efbfbd", "f3bfbfbf"]),
    ("beyond", "a number beyond U+10FFFF", false, &["f4908080", "f5808080", "f4bfbfbf"]),
    (
        "lone-continuation",
        "continuation octets that continue nothing",
        false,
        &["80", "bf", "80bf", "80bf80", "80bf80bf", "80bf80bf80", "80bf80bf80bf", ALL_CONTINUATIONS],
    ),
    (
        "lone-start",
        "octets that begin a character, each before a space",
        false,
        &[STARTS_2, STARTS_3, STARTS_4, "f820f920fa20fb20", "fc20fd20"],
    ),
    (
        "last-octet-missing",
        "a character without its last octet",
        false,
        &["c0", "e080", "f08080", "f8808080", "fc80808080", "df", "efbf", "f7bfbf", "fbbfbfbf", "fdbfbfbfbf"],
    ),
    (
        "ten-cut-characters",
        "ten characters without their last octets, one behind the other",
        false,
        &["c0e080f08080f8808080fc80808080dfefbff7bfbffbbfbfbffdbfbfbfbf"],
    ),
    ("impossible", "octets that UTF-8 never has", false, &["fe", "ff", "fefeffff"]),
    (
        "overlong-slash",
        "a slash in too many octets",
        false,
        &["c0af", "e080af", "f08080af", "f8808080af", "fc80808080af"],
    ),
    (
        "overlong-longest",
        "the last sequence that is too long for its character",
        false,
        &["c1bf", "e09fbf", "f08fbfbf", "f887bfbfbf", "fc83bfbfbfbf"],
    ),
    (
        "overlong-nul",
        "a NUL in too many octets",
        false,
        &["c080", "e08080", "f0808080", "f880808080", "fc8080808080"],
    ),
    (
        "surrogate",
        "half of a surrogate pair",
        false,
        &["eda080", "edadbf", "edae80", "edafbf", "edb080", "edbe80", "edbfbf"],
    ),
    (
        "surrogate-pair",
        "a surrogate pair",
        false,
        &[
            "eda080edb080",
            "eda080edbfbf",
            "edadbfedb080",
            "edadbfedbfbf",
            "edae80edb080",
            "edae80edbfbf",
            "edafbfedb080",
            "edafbfedbfbf",
        ],
    ),
    (
        "noncharacter",
        "a code point that is no character and yet valid",
        true,
        &[
            "efbfbe",
            "efbfbf20",
            "f09fbfbe",
            "f09fbfbf",
            "f0afbfbe",
            "f0afbfbf",
            "f0bfbfbe",
            "f0bfbfbf",
            "f18fbfbe",
            "f18fbfbf",
            "f19fbfbe",
            "f19fbfbf",
            "f1afbfbe",
            "f1afbfbf",
            "f1bfbfbe",
            "f1bfbfbf",
            "f28fbfbe",
            "f28fbfbf",
            "f29fbfbe",
            "f29fbfbf",
            "f2afbfbe",
            "f2afbfbf",
            "f2bfbfbe",
            "f2bfbfbf",
            "f38fbfbe",
            "f38fbfbf",
            "f39fbfbe",
            "f39fbfbf",
            "f3afbfbe",
            "f3afbfbf",
            "f3bfbfbe",
            "f3bfbfbf20",
            "f48fbfbe",
            "f48fbfbf20",
        ],
    ),
    (
        "special",
        "a special character of U+FFF9 to U+FFFF",
        true,
        &["efbfb9", "efbfba", "efbfbb", "efbfbc", "efbfbd20", "efbfbe20", "efbfbf2020"],
    ),
    ("mark", "a byte order mark, which is part of the text", true, &["efbbbf", "efbbbf6869"]),
];

const ALL_CONTINUATIONS: &str = "808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f\
                                 a0a1a2a3a4a5a6a7a8a9aaabacadaeafb0b1b2b3b4b5b6b7b8b9babbbcbdbebf";
const STARTS_2: &str = "c020c120c220c320c420c520c620c720c820c920ca20cb20cc20cd20ce20cf20\
                        d020d120d220d320d420d520d620d720d820d920da20db20dc20dd20de20df20";
const STARTS_3: &str = "e020e120e220e320e420e520e620e720e820e920ea20eb20ec20ed20ee20ef20";
const STARTS_4: &str = "f020f120f220f320f420f520f620f720";

pub(super) fn cases() -> Vec<Case> {
    let mut cases: Vec<Case> = CLASSES.into_iter().flat_map(of_class).collect();
    cases.extend(prefixes());
    cases.push(Case::new(
        "utf8.broken-is-1007",
        "the close code for text that is not UTF-8 is 1007",
        &["utf8.code"],
        Spoil::Code(1002),
        || Talk::new().send(Frame::text(b"for its code \xff".as_slice())).fails_with(&[1007]),
    ));
    cases.push(Case::new(
        "utf8.binary-is-not-judged",
        "binary that is not UTF-8 comes back",
        &["utf8.binary"],
        Spoil::RefusedText,
        || Talk::new().binary(octets("fffec0afeda080")),
    ));
    cases
}

/// Hex for people, the middle of a long row left out.
fn shown(hex: &str) -> String {
    if hex.len() > 24 { format!("{} … {}", &hex[..8], &hex[hex.len() - 4..]) } else { hex.to_owned() }
}

fn of_class((slug, words, valid, rows): Class) -> Vec<Case> {
    let case = |(at, hex): (usize, &&'static str)| {
        let (hex, number) = (*hex, at + 1);
        let id = format!("utf8.{slug}-{number}");
        let shown = shown(hex);
        if valid {
            let spoil = if at % 2 == 0 { Spoil::RefusedText } else { Spoil::Flip };
            let talk = move || Talk::new().text(octets(hex));
            Case::new(id, format!("{words} comes back ({shown})"), &["utf8.valid"], spoil, talk)
        } else {
            let talk = move || Talk::new().send(Frame::text(octets(hex))).fails();
            Case::new(id, format!("{words} is refused ({shown})"), &["utf8.invalid"], leniency(at), talk)
        }
    };
    rows.iter().enumerate().map(case).collect()
}

/// All beginnings of κόσμε: those that end with a character are text, the others are not.
fn prefixes() -> Vec<Case> {
    let case = |length: usize| {
        let bytes = octets(KOSME)[..length].to_vec();
        let valid = std::str::from_utf8(&bytes).is_ok();
        let id = format!("utf8.cut-after-{length}");
        match valid {
            true => Case::new(
                id,
                format!("κόσμε cut after {length} octets, behind a character, comes back"),
                &["utf8.valid"],
                if length.is_multiple_of(2) { Spoil::Flip } else { Spoil::RefusedText },
                // A letter before it, so that the whole word is told from the word of the other table.
                move || Talk::new().text([b"-", bytes.as_slice()].concat()),
            ),
            false => Case::new(
                id,
                format!("κόσμε cut after {length} octets, inside a character, is refused"),
                &["utf8.invalid"],
                leniency(length),
                move || Talk::new().send(Frame::text(bytes.clone())).fails(),
            ),
        }
    };
    (1..=11).map(case).collect()
}
