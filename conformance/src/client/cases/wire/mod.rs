//! RFC 6455 from the server's side. Tables that mutants are made from too: a case is spoilt by exactly its own.

pub(crate) mod closing;
mod control;
pub(crate) mod deflate;
pub(crate) mod echo;
mod hostile;
pub(crate) mod large;
pub(crate) mod lengths;
mod masks;
pub(crate) mod opening;
pub(crate) mod refusal;
mod request;
pub(crate) mod talks;

use crate::checks::Check;

pub(crate) fn checks() -> Vec<Check> {
    let checks = [
        request::checks(),
        opening::checks(),
        masks::checks(),
        echo::checks(),
        control::checks(),
        refusal::checks(),
        lengths::checks(),
        closing::checks(),
        large::checks(),
        talks::checks(),
        hostile::checks(),
        deflate::checks(),
    ];
    let echoes = |check: Check| {
        let features = if check.features.is_empty() { &["echo"] } else { check.features };
        let tags = if check.tags.is_empty() { &["rfc6455"] } else { check.tags };
        check.tags(tags).features(features)
    };
    checks.concat().into_iter().map(echoes).collect()
}
