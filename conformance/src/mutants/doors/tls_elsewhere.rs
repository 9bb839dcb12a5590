//! The certificate is for another host.

use crate::checks::ReasonCode;
use crate::mutants::Mutant;

pub(super) fn mutant() -> Mutant {
    Mutant::config(
        "doors.tls-elsewhere",
        "The certificate is for another host",
        "doors.tls-certificate",
        ReasonCode::Refused,
        concat!(
            "[tls]\n",
            "certificate = \"{material}/elsewhere.pem\"\n",
            "key = \"{material}/elsewhere.key\"\n"
        ),
    )
}
