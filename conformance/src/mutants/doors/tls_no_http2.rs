//! HTTP/2 is not offered.

use crate::checks::ReasonCode;
use crate::mutants::Mutant;

pub(super) fn mutant() -> Mutant {
    Mutant::config(
        "doors.tls-no-http2",
        "HTTP/2 is not offered",
        "doors.tls-http2",
        ReasonCode::WrongValue,
        "http.http2 = false",
    )
}
