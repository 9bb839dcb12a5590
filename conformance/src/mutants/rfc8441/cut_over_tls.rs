//! HTTP/2 over TLS ends in the middle of a message.

use crate::checks::ReasonCode;
use crate::mutants::{Fault, Mutant, Tunnel};

/// Behind settings, headers and the first short echoes, before the first long one is whole.
const CUT_AFTER: usize = 30_000;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "extended-connect.cut-over-tls",
        "over TLS a connection of HTTP/2 is cut in its first long message",
        "extended-connect.echo-over-tls",
        ReasonCode::Closed,
        || Cut,
    )
}

struct Cut;

impl Fault for Cut {
    fn tunnel(&self) -> Option<Tunnel> {
        Some(Tunnel { http2: true, cut_after: Some(CUT_AFTER), ..Tunnel::default() })
    }
}
