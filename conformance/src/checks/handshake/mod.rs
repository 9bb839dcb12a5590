//! Opening handshake: HTTP upgrade and the first message.

mod opening;

use super::Check;

pub(crate) fn checks() -> Vec<Check> {
    vec![Check::new(
        "handshake.accepts",
        "a correct upgrade is answered by 101 and the right accept value",
        &["handshake.switching-protocols"],
        opening::accepts,
    )]
}
