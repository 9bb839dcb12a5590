//! Lengths that a server must not write: the highest bit of 64, and forms that are longer than they need be.

use std::sync::LazyLock;

use super::refusal::{End, refused};
use crate::checks::{Check, Step};
use crate::client::Stage;
use crate::peer::{Frame, LengthForm, Opcode};

/// A length that is against the rules.
#[derive(Debug)]
pub(crate) struct Case {
    /// Id of the check.
    pub(crate) id: String,
    title: String,
    requirements: [&'static str; 1],
    /// What is sent.
    bytes: Vec<u8>,
    /// The mistake of a client that takes it for a good one.
    pub(crate) mistake: &'static str,
}

/// All of them.
pub(crate) static CASES: LazyLock<Vec<Case>> =
    LazyLock::new(|| [highest_bit(), long_forms()].into_iter().flatten().collect());

/// What a client sees that takes the length for one without its highest bit.
const PAYLOAD: &[u8] = b"taken";

fn highest_bit() -> Vec<Case> {
    let case = |slug: &str, what: &str, opcode: Opcode, payload: &[u8]| {
        let head = Frame::new(opcode, Vec::new()).encode_head(1 << 63 | payload.len() as u64);
        Case {
            id: format!("client-wire.length-bit-{slug}"),
            title: format!("{what} whose 64-bit length has its highest bit set fails the connection"),
            requirements: ["client-wire.length-bit"],
            bytes: [&head[..], payload].concat(),
            mistake: "takes-length-bit",
        }
    };
    vec![
        case("text", "A text frame", Opcode::Text, PAYLOAD),
        case("binary", "A binary frame", Opcode::Binary, PAYLOAD),
        case("empty", "An empty text frame", Opcode::Text, b""),
    ]
}

/// Lengths that fit into a shorter form than they are written in.
const LONG_FORMS: [(usize, LengthForm, u8); 5] = [
    (0, LengthForm::Sixteen, 16),
    (125, LengthForm::Sixteen, 16),
    (0, LengthForm::SixtyFour, 64),
    (126, LengthForm::SixtyFour, 64),
    (65_535, LengthForm::SixtyFour, 64),
];

fn long_forms() -> Vec<Case> {
    let case = |(length, form, bits): (usize, LengthForm, u8)| Case {
        id: format!("client-wire.length-{length}-in-{bits}-bits"),
        title: format!("A length of {length} written in {bits} bits fails the connection"),
        requirements: ["client-wire.length-form"],
        bytes: Frame::text("l".repeat(length)).length_form(form).encode(),
        mistake: "takes-long-lengths",
    };
    LONG_FORMS.into_iter().map(case).collect()
}

pub(super) fn checks() -> Vec<Check> {
    let check = |case: &'static Case| {
        Check::client(&case.id, &case.title, &case.requirements, move |stage| play(stage, case))
    };
    CASES.iter().map(check).collect()
}

async fn play(mut stage: Stage, case: &'static Case) -> Step {
    let mut link = stage.echo().await?;
    link.send_bytes(&case.bytes).await;
    refused(&stage, &mut link, End::Any).await
}
