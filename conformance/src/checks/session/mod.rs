//! Application handshake, sessions and subscriptions.

mod acknowledged;
pub(super) mod asking;
mod binding;
mod browser;
mod dialect;
mod refusal;
mod shaking;
mod subscription;

use super::Check;

pub(crate) fn checks() -> Vec<Check> {
    [
        acknowledged::checks(),
        refusal::checks(),
        binding::checks(),
        dialect::checks(),
        subscription::checks(),
        browser::checks(),
    ]
    .concat()
}
