//! What is spoken: messages, the two dialects, strict JSON, ids, and the tables of errors and closes.
//!
//! One Rust struct stands behind each server message; both dialects are written from the same text of its
//! fields, so the two views of an event can't differ.

pub mod client;
pub mod encode;
pub mod error;
pub mod events;
pub mod fields;
pub mod forms;
pub mod identity;
pub mod json;
pub mod msgpack;
pub mod notices;
pub mod server;
pub mod time;

/// How messages are wrapped.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Dialect {
    /// `type` is the message's own name; fields are flat.
    Named,
    /// A few types; the message's own name and fields travel inside.
    Typed,
}
