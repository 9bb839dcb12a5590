//! Errors and limits.

mod addresses;
mod answer;
mod connections;
mod isolation;
mod json;
mod life;
mod message;
mod rate;
mod size;
mod window;

use super::Check;

pub(crate) use life::UNASKED;

pub(crate) fn checks() -> Vec<Check> {
    [
        addresses::checks(),
        isolation::checks(),
        size::checks(),
        json::checks(),
        message::checks(),
        connections::checks(),
        rate::checks(),
        life::checks(),
    ]
    .concat()
}
