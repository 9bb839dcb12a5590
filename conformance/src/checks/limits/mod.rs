//! Errors and limits.

mod answer;
mod connections;
mod json;
mod life;
mod message;
mod rate;
mod size;
mod window;

use super::Check;

pub(crate) fn checks() -> Vec<Check> {
    [size::checks(), json::checks(), message::checks(), connections::checks(), rate::checks(), life::checks()]
        .concat()
}
