//! RFC 6455 on a door that echoes: nothing of an application is needed.
//!
//! What a door has to do is little: text comes back as text, binary as binary, in order, with the same payload;
//! fragmentation may differ. Most checks are rows of tables ([`Case`]): what is said, what must be heard, how it
//! must end. A case also says how a server fails it, and its mutant is made from that.
//!
//! What a correct server may do differently is kept apart by levels. After a violation it must fail the
//! connection, but a close frame with the right code is a SHOULD (§7.1.7), so the cases of violations take any end
//! of the connection, and checks of their own ask for the code. What the RFC neither demands nor advises is a MAY:
//! text refused before its end, messages over 64 KiB, a close with the code that came.

mod by_hand;
mod case;
mod ear;
mod mouth;
mod payload;
mod talk;

mod closing;
mod frames;
mod hostile;
mod messages;
mod opening;
mod utf8;

use std::sync::LazyLock;

use super::Check;

pub(crate) use case::{Case, Spoil};
pub(crate) use ear::converse;
pub(crate) use mouth::Mouth;
pub(crate) use opening::{Answer, Asking, KEY_BEHIND_LINE, KEY_OF_HALVES, KEY_OF_OCTETS, askings};
pub(crate) use talk::{Talk, masked, unmasked};

/// Tags of every check here.
const TAGS: &[&str] = &["rfc6455"];
/// What every check here needs.
const NEEDS: &[&str] = &["echo"];

static CASES: LazyLock<Vec<Case>> = LazyLock::new(|| {
    [frames::cases(), messages::cases(), utf8::cases(), closing::cases(), hostile::cases()].concat()
});

/// All rows of the tables, for the mutants.
pub(crate) fn cases() -> &'static [Case] {
    &CASES
}

pub(crate) fn checks() -> Vec<Check> {
    let of = |area: &'static str| cases().iter().filter(move |case| case.area() == area).map(Case::check);
    opening::checks()
        .into_iter()
        .chain(of("frames"))
        .chain(of("messages"))
        .chain(of("utf8"))
        .chain(of("closing"))
        .chain(of("hostile"))
        .chain(hostile::checks())
        .map(|check| check.tags(TAGS).features(NEEDS))
        .collect()
}
