//! token_refreshed is flat in the typed dialect.

use crate::checks::ReasonCode;
use crate::checks::field;
use crate::mutants::{Action, Mutant, edit};
use crate::peer::Message;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "tokens.refresh-typed-flat",
        "token_refreshed is flat in the typed dialect",
        "tokens.refresh-typed",
        ReasonCode::WrongValue,
        || {
            edit::on_message("token_refreshed", |_, value| {
                let mut flat = field::fields(&value).clone();
                flat["type"] = "token_refreshed".into();
                Action::replace(Message::json(&flat))
            })
        },
    )
}
