//! The cases: `wire` is RFC 6455 from the server's side, for a client that echoes; `app` are the client's
//! obligations of the application protocol.

mod app;
pub(crate) mod wire;

use crate::checks::Check;

pub(crate) use app::retry as app_retry;

/// All checks of clients, in the suite's order.
pub(crate) fn checks() -> Vec<Check> {
    [wire::checks(), app::checks()].concat()
}
