//! Ends that the client sees as others: it comes back when it must not, and stays away when it should come back.

use std::sync::LazyLock;

use crate::checks::ReasonCode;
use crate::client::app_retry::{Close, FINAL, PASSING, STATUSES};
use crate::mutants::{Mutant, edit};

/// Id and description of each mutant, kept for ever.
static TEXTS: LazyLock<Vec<(String, String)>> = LazyLock::new(|| {
    let closes = |ending: &'static str, what: &'static str| {
        move |case: &Close| {
            (
                format!("{}-{ending}", case.id),
                format!("after {} {:?} the client {what}", case.code, case.reason),
            )
        }
    };
    let finals = FINAL.iter().map(closes("ignored", "comes back"));
    let passing = PASSING.iter().map(closes("feared", "stays away"));
    let statuses = STATUSES.iter().map(|(id, _, status, back)| {
        let what = if *back { "stays away" } else { "comes back" };
        (format!("{id}-misread"), format!("after a refusal with {status} the client {what}"))
    });
    finals.chain(passing).chain(statuses).collect()
});

pub(super) fn mutants() -> Vec<Mutant> {
    let close = |case: &'static Close, reason, seen: (u16, &'static str)| {
        move |(id, description): &'static (String, String)| {
            Mutant::wire(id, description, case.id, reason, move || {
                edit::edit_close(move |code, reason| {
                    let meant = code == case.code && reason == case.reason;
                    if meant { (seen.0, seen.1.to_owned()) } else { (code, reason.to_owned()) }
                })
            })
        }
    };
    let mut texts = TEXTS.iter();
    let mut all = Vec::new();
    for case in FINAL {
        all.extend(texts.next().map(close(case, ReasonCode::Unexpected, (1012, "restart"))));
    }
    for case in PASSING {
        all.extend(texts.next().map(close(case, ReasonCode::Missing, (1000, ""))));
    }
    for (check, _, status, back) in STATUSES {
        let (reason, seen) = if *back { (ReasonCode::Missing, 403) } else { (ReasonCode::Unexpected, 503) };
        let status = *status;
        all.extend(texts.next().map(|(id, description)| {
            Mutant::wire(id, description, check, reason, move || {
                edit::edit_response(move |_, response| {
                    if response.status == status {
                        response.status = seen;
                    }
                })
            })
        }));
    }
    all
}
