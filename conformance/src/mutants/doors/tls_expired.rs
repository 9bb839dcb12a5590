//! The certificate has expired.

use crate::checks::ReasonCode;
use crate::mutants::Mutant;

pub(super) fn mutant() -> Mutant {
    Mutant::config(
        "doors.tls-expired",
        "The certificate has expired",
        "doors.tls-certificate",
        ReasonCode::Refused,
        concat!(
            "[tls]\n",
            "certificate = \"{material}/expired.pem\"\n",
            "key = \"{material}/expired.key\"\n"
        ),
    )
}
