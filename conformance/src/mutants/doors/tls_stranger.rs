//! The certificate is of an authority nobody trusts.

use crate::checks::ReasonCode;
use crate::mutants::Mutant;

pub(super) fn mutant() -> Mutant {
    Mutant::config(
        "doors.tls-stranger",
        "The certificate is of an authority nobody trusts",
        "doors.tls-certificate",
        ReasonCode::Refused,
        concat!(
            "[tls]\n",
            "certificate = \"{material}/stranger.pem\"\n",
            "key = \"{material}/stranger.key\"\n"
        ),
    )
}
