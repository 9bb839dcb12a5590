//! Close codes (RFC 6455 §7.4, and those registered since).

use crate::peer::Frame;

use super::talk::Talk;
use super::{Case, Spoil};

pub(super) fn cases() -> Vec<Case> {
    [valid(), registered(), echoed(), invalid(), invalid_code()].concat()
}

/// Codes that may be sent.
const VALID: [(u16, &str); 13] = [
    (1000, "normal closure"),
    (1001, "going away"),
    (1002, "protocol error"),
    (1003, "unsupported data"),
    (1007, "invalid payload"),
    (1008, "policy violation"),
    (1009, "too big"),
    (1010, "extension missing"),
    (1011, "internal error"),
    (3000, "the first of libraries"),
    (3999, "the last of libraries"),
    (4000, "the first of applications"),
    (4999, "the last of applications"),
];

/// A code is not taken for a fault: the answer is no protocol error.
fn no_fault(code: u16) -> &'static [u16] {
    match code {
        1002 => &[1007],
        1007 => &[1002],
        _ => &[1002, 1007],
    }
}

fn accepted(code: u16, words: &str, requirement: &'static [&'static str]) -> Case {
    Case::new(
        format!("closing.code-{code}"),
        format!("close {code}, {words}, is answered and no fault"),
        requirement,
        Spoil::Code(if code == 1002 { 1007 } else { 1002 }),
        move || Talk::new().send(Frame::close(code, "")).closes_without(no_fault(code)),
    )
}

fn valid() -> Vec<Case> {
    VALID.into_iter().map(|(code, words)| accepted(code, words, &["closing.valid-codes"])).collect()
}

/// Codes that came after the RFC, by the registry it asks for.
fn registered() -> Vec<Case> {
    [(1012, "service restart"), (1013, "try again later"), (1014, "bad gateway")]
        .into_iter()
        .map(|(code, words)| accepted(code, words, &["closing.registered-codes"]))
        .collect()
}

fn echoed() -> Vec<Case> {
    let rows: [(u16, &[u16]); 5] =
        [(1000, &[1000]), (1001, &[1001]), (1011, &[1011]), (3000, &[3000]), (4999, &[4999])];
    rows.into_iter()
        .map(|(code, same)| {
            Case::new(
                format!("closing.code-{code}-echoed"),
                format!("the answer to close {code} has the same code"),
                &["closing.code-echoed"],
                Spoil::Code(if code == 1000 { 1001 } else { 1000 }),
                move || Talk::new().send(Frame::close(code, "the same code, please")).closes_with(same),
            )
        })
        .collect()
}

/// Codes that must not be sent, and why.
const INVALID: [(u16, &str); 11] = [
    (0, "which is not used"),
    (1, "which is not used"),
    (999, "which is not used"),
    (1004, "which has no meaning yet"),
    (1005, "which stands for none"),
    (1006, "which stands for a cut"),
    (1015, "which stands for a failed TLS handshake"),
    (1016, "which nobody registered"),
    (1100, "which nobody registered"),
    (2000, "which is for later versions"),
    (2999, "which is for later versions"),
];

/// Codes of no range at all.
const BEYOND: [(u16, &str); 2] = [(5000, "beyond all ranges"), (65_535, "the largest number")];

fn forbidden(code: u16, words: &str, requirement: &'static [&'static str]) -> Case {
    Case::new(
        format!("closing.code-{code}"),
        format!("close {code}, {words}, ends the connection and does not come back"),
        requirement,
        Spoil::InvalidCode(code),
        move || Talk::new().send(Frame::close(code, "")).fails(),
    )
}

fn invalid() -> Vec<Case> {
    let must = INVALID.into_iter().map(|(code, words)| forbidden(code, words, &["closing.invalid-codes"]));
    let beyond = BEYOND.into_iter().map(|(code, words)| forbidden(code, words, &["closing.codes-beyond"]));
    must.chain(beyond).collect()
}

fn invalid_code() -> Vec<Case> {
    INVALID
        .into_iter()
        .chain(BEYOND)
        .map(|(code, _)| {
            Case::new(
                format!("closing.code-{code}-is-1002"),
                format!("the answer to close {code} is 1002"),
                &["closing.invalid-code-is-1002"],
                Spoil::Code(1000),
                move || Talk::new().send(Frame::close(code, "is a fault")).fails_with(&[1002]),
            )
        })
        .collect()
}
