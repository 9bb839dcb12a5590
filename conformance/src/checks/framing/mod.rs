//! Framing, fragmentation, UTF-8 and close basics.

mod closing;
mod control;
mod fragments;
mod header;
mod length;
pub(in crate::checks) mod refusal;
mod utf8;

use super::Check;

pub(crate) fn checks() -> Vec<Check> {
    [
        header::checks(),
        length::checks(),
        fragments::checks(),
        utf8::checks(),
        control::checks(),
        closing::checks(),
    ]
    .concat()
}
