//! Heartbeats and timers.

mod figures;
mod heartbeat;
mod idle;
mod ids;
pub(in crate::checks) mod silence;
mod turns;

use super::Check;

pub(crate) fn checks() -> Vec<Check> {
    [
        ids::checks(),
        heartbeat::checks(),
        figures::checks(),
        silence::checks(),
        idle::checks(),
        turns::checks(),
    ]
    .concat()
}
