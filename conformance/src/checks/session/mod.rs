//! Application handshake: identities, capabilities, sessions.

use super::Check;

pub(crate) fn checks() -> Vec<Check> {
    vec![]
}
