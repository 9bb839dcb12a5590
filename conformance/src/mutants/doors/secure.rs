//! Faults of TLS itself: the proxy ends it and speaks it otherwise.

use crate::checks::ReasonCode;
use crate::mutants::{Fault, Mutant, Tunnel};

/// The mutants.
pub(super) fn mutants() -> Vec<Mutant> {
    let good = Tunnel::default();
    vec![
        spoken(
            "doors.tls-socket-dies",
            "Connections behind TLS end after some messages",
            "doors.tls-socket",
            ReasonCode::Closed,
            Tunnel { cut_after: Some(2_500), ..good },
        ),
        spoken(
            "doors.tls-request-dies",
            "Requests behind TLS are not answered",
            "doors.tls-request",
            ReasonCode::Closed,
            Tunnel { cut_after: Some(0), ..good },
        ),
        spoken(
            "doors.tls-new-only",
            "TLS 1.2 is not spoken",
            "doors.tls-1-2",
            ReasonCode::Refused,
            Tunnel { tls_1_2: false, ..good },
        ),
        spoken(
            "doors.tls-old-only",
            "TLS 1.3 is not spoken",
            "doors.tls-1-3",
            ReasonCode::Refused,
            Tunnel { tls_1_3: false, ..good },
        ),
        spoken(
            "doors.tls-optional",
            "Requests without TLS are answered too",
            "doors.tls-plain",
            ReasonCode::Accepted,
            Tunnel { plain: true, ..good },
        ),
        spoken(
            "doors.tls-agrees-on-nothing",
            "No protocol is agreed on by ALPN",
            "doors.tls-alpn",
            ReasonCode::Missing,
            Tunnel { alpn: false, ..good },
        ),
        spoken(
            "doors.tls-wants-alpn",
            "Clients without ALPN are left",
            "doors.tls-no-alpn",
            ReasonCode::Missing,
            Tunnel { needs_alpn: true, ..good },
        ),
    ]
}

fn spoken(
    id: &'static str,
    description: &'static str,
    check: &'static str,
    reason: ReasonCode,
    tunnel: Tunnel,
) -> Mutant {
    Mutant::wire(id, description, check, reason, move || Speaks(tunnel))
}

/// Speaks TLS so.
struct Speaks(Tunnel);

impl Fault for Speaks {
    fn tunnel(&self) -> Option<Tunnel> {
        Some(self.0)
    }
}
