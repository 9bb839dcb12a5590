//! Translation by a language model: any chat API of the OpenAI shape.
//!
//! `prompt` says what the database is like, `chat` asks, `answer` finds the statement in what was said. Whatever a
//! model says is text from outside: it is a statement only once the guard let it through.

mod answer;
mod chat;
mod prompt;
mod sse;

pub(super) use answer::statement;
pub(super) use chat::{ChatClient, ChatMessage};
pub(super) use prompt::{Prompt, repair};
