//! TiDB in a container: the same data, the same questions, the same rows; what its account may do; what happens
//! to statements that are stopped and connections that break.
//!
//! These need a Docker engine with the image `pingcap/tidb` of the version the server starts, so they are asked
//! for: `ci/scripts/docker-tests`, or `cargo test -p reference-server --test tidb -- --ignored`.

#[cfg(test)]
mod changes;
#[cfg(test)]
mod faults;
#[cfg(test)]
mod grammar;
#[cfg(test)]
mod guard;
#[cfg(test)]
mod proxy;
#[cfg(test)]
mod questions;
#[cfg(test)]
mod server;
