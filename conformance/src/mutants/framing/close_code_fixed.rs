//! Every close frame is answered by 1000.

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "framing.close-code-fixed",
        "codes of applications are answered by 1000",
        "framing.close-echoes-code",
        ReasonCode::WrongCloseCode,
        || edit::edit_close(|code, reason| (if code >= 3000 { 1000 } else { code }, reason.to_owned())),
    )
}
