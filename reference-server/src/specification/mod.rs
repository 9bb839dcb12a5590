//! What the server publishes of itself: OpenAPI for requests, AsyncAPI for messages.
//!
//! Both are made of the types that are sent and of the tables that are served, so that they can't tell of
//! something else. Every description of a request's answers is checked against real answers in a test.

mod asyncapi;
mod behaviour;
mod client;
mod messages;
mod openapi;
mod operations;
mod schemas;

pub use asyncapi::asyncapi;
pub use openapi::openapi;
