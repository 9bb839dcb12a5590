//! Queries that fail behind their acceptance: agents that are gone or too slow, a database that does not answer,
//! a breaker that is open, and the server's own mistakes. Each needs the target configured otherwise.

pub(crate) mod cause;
mod circuit;
mod database;
mod ending;
mod incident;
mod requests;
mod witnesses;

use super::Check;

pub(crate) fn checks() -> Vec<Check> {
    [
        cause::checks(),
        ending::checks(),
        witnesses::checks(),
        requests::checks(),
        incident::checks(),
        circuit::checks(),
        database::checks(),
    ]
    .concat()
}
