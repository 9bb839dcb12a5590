//! The documents that a target publishes of itself, and whether they are true: every answer and every message
//! that is seen must be as the target's own documents describe it.

/// A check of the OpenAPI document. Defined before the modules, so that they see it.
macro_rules! answers_of {
    ($slug:literal, $requirement:literal, $title:literal, $run:expr) => {
        check!("documents", $slug, $title, $requirement, $run).features(&["openapi"])
    };
}

/// A check of the AsyncAPI document.
macro_rules! messages_of {
    ($slug:literal, $requirement:literal, $title:literal, $run:expr) => {
        check!("documents", $slug, $title, $requirement, $run).features(&["asyncapi"])
    };
}

mod address;
mod answers;
mod channels;
mod document;
mod form;
mod heard;
mod operation;
mod requests;
mod said;
mod speech;
mod streamed;

use super::Check;

pub(crate) fn checks() -> Vec<Check> {
    [
        requests::checks(),
        answers::checks(),
        channels::checks(),
        heard::checks(),
        streamed::checks(),
        said::checks(),
    ]
    .concat()
}
