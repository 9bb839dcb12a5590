//! One connection's life, the same for every door: established, handshake, signs of life, queries, limits,
//! close. [`engine`] has the frames, this module what they say.
//!
//! Invariants: every way out, a panic included, takes the connection out of its sessions and of the registry;
//! after a refusal nothing is sent but the one error and the close.

pub mod engine;

mod addresses;
mod admission;
mod answers;
mod collector;
mod credential;
mod echo;
mod handshake;
mod life;
mod link;
mod rate;
mod registry;

pub use addresses::Addresses;
pub use admission::examine;
pub use life::live;
pub use link::Link;
pub use rate::{Rate, Verdict, Window};
pub use registry::{Guest, Links, Presence};

#[cfg(test)]
mod tests {
    use super::*;

    fn future_size<A, B, C, F: Future>(_: fn(A, B, C) -> F) -> usize {
        size_of::<F>()
    }

    /// What an idle connection is made of: a figure that grows is multiplied by every connection.
    #[test]
    fn an_idle_connection_stays_small() {
        let parts = [
            future_size(live),
            size_of::<life::Connection>(),
            size_of::<Link>(),
            size_of::<engine::Socket>(),
            size_of::<engine::Outbox>(),
            size_of::<crate::sessions::Session>(),
        ];
        assert!(parts.iter().sum::<usize>() <= 2_048, "{parts:?}");
    }
}
