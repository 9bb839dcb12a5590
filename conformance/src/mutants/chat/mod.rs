//! Faults of chat: replies, contexts, whose they are.

mod blank_answered;
mod blank_without_reason;
mod chat_accepted_late;
mod chat_at_its_door_only;
mod chat_without_progress;
mod context_forgotten;
mod context_of_all;
mod context_of_connection;
mod context_of_one;
mod no_text_rejected;
mod query_ends_in_reply;
mod query_field_taken;
mod query_is_a_turn;
mod replies_for_all;
mod reply_and_result;
mod reply_as_result;
mod reply_counts_wrong;
mod reply_to_asker_only;
mod reply_twice;
mod reply_without_ids;
mod reply_without_offset;
mod reply_without_rows;
mod reply_wordless;
mod turns_kept;
mod whole_bent;

use serde_json::Value;

use super::{Action, Fault, Out, edit};
use crate::peer::Message;

use super::Mutant;

/// Mutants of this area.
pub(crate) fn mutants() -> Vec<Mutant> {
    let single = vec![
        blank_answered::mutant(),
        blank_without_reason::mutant(),
        chat_accepted_late::mutant(),
        chat_at_its_door_only::mutant(),
        chat_without_progress::mutant(),
        context_forgotten::mutant(),
        context_of_all::mutant(),
        context_of_connection::mutant(),
        context_of_one::mutant(),
        no_text_rejected::mutant(),
        query_ends_in_reply::mutant(),
        query_field_taken::mutant(),
        query_is_a_turn::mutant(),
        replies_for_all::mutant(),
        turns_kept::mutant(),
        reply_and_result::mutant(),
        reply_as_result::mutant(),
        reply_counts_wrong::mutant(),
        reply_to_asker_only::mutant(),
        reply_twice::mutant(),
        reply_without_ids::mutant(),
        reply_without_offset::mutant(),
        reply_without_rows::mutant(),
        reply_wordless::mutant(),
        whole_bent::mutant(),
    ];
    single
}

/// A chat message of the client.
fn said(message: &Message) -> Option<Value> {
    message.to_json().filter(|value| value["type"] == "chat_message")
}

/// Chat messages reach the server changed.
fn rewritten(change: impl FnMut(&mut Value) + Send) -> impl Fault {
    let mut change = change;
    edit::client_messages(move |message| match said(message) {
        Some(mut chat) => {
            change(&mut chat);
            Action::Do(vec![Out::Server(Message::json(&chat))])
        }
        None => Action::Pass,
    })
}

/// True for what only makes sense behind another question.
fn follows(chat: &Value) -> bool {
    chat["message"].as_str().is_some_and(|text| text.starts_with("and "))
}
