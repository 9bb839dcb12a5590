//! WebSockets over HTTP/2 (RFC 8441), on a door that echoes, by prior knowledge. A target whose settings don't
//! offer it does not have it.

mod opening;
mod stream;
mod talking;

use super::Check;

pub(super) fn checks() -> Vec<Check> {
    let all = [opening::checks(), talking::checks()].concat();
    all.into_iter().map(|check| check.tags(&["rfc6455", "h2"]).features(&["echo", "h2"])).collect()
}
