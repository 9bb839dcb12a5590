//! The backend end to end over real sockets, with agents that do what the question says.

#[cfg(test)]
mod breaker;
#[cfg(test)]
mod chat;
#[cfg(test)]
mod commands;
#[cfg(test)]
mod connections;
#[cfg(test)]
mod contexts;
#[cfg(test)]
mod doors;
#[cfg(test)]
mod echo;
#[cfg(test)]
mod encodings;
#[cfg(test)]
mod engine_faults;
#[cfg(test)]
mod events;
#[cfg(test)]
mod http2;
#[cfg(test)]
mod polling;
#[cfg(test)]
mod queries;
#[cfg(test)]
mod raw;
#[cfg(test)]
mod redaction;
#[cfg(test)]
mod rest;
#[cfg(test)]
mod restart;
#[cfg(test)]
mod resume;
#[cfg(test)]
mod resume_model;
#[cfg(test)]
mod rig;
#[cfg(test)]
mod signer;
#[cfg(test)]
mod slow;
#[cfg(test)]
mod specification;
#[cfg(test)]
mod sse;
#[cfg(test)]
mod streaming;
#[cfg(test)]
mod subscriptions;
#[cfg(test)]
mod tiers;
#[cfg(test)]
mod tls;
#[cfg(test)]
mod tokens;
