//! Event streams over HTTP: a question's events, a session's events, coming back.

mod asking;
mod progress;
mod question;

use super::Check;

pub(crate) fn checks() -> Vec<Check> {
    [question::checks(), progress::checks()].concat()
}
