//! Who comes back is told of another end than those who were there.

use serde_json::json;

use crate::checks::{ReasonCode, field};
use crate::mutants::{Action, Mutant, edit};
use crate::peer::Message;

pub(super) fn mutants() -> [Mutant; 2] {
    let mutant = |id, check| {
        let title = "who comes back is told of another end than those who were there";
        Mutant::wire(id, title, check, ReasonCode::WrongValue, || {
            let mut back = false;
            edit::on_message("*", move |_, mut value| {
                back |= field::name(&value) == "resumed";
                if !back || value["type"] != "query_result" {
                    return Action::Pass;
                }
                value["row_count"] = json!(1_000_000);
                Action::replace(Message::json(&value))
            })
        })
    };
    [mutant("flow.retold-otherwise", "flow.windows"), mutant("flow.retold-otherwise-freely", "flow.free")]
}
