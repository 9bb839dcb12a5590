//! Resume and offsets.

pub(in crate::checks) mod events;
mod history;
mod offsets;
pub(in crate::checks) mod recovery;
mod refusals;
mod superseding;
mod ways;

use super::Check;

pub(crate) fn checks() -> Vec<Check> {
    [counted(), recovered(), refused(), superseded(), history::checks(), ways::checks()].concat()
}

fn counted() -> Vec<Check> {
    vec![
        Check::new(
            "resume.offsets",
            "offsets count the session's events from 1",
            &["resume.offsets"],
            offsets::counted,
        ),
        Check::new(
            "resume.epoch-and-session",
            "every event names session and epoch",
            &["resume.epoch-and-session"],
            offsets::named,
        ),
        Check::new(
            "resume.same-offsets",
            "both connections of a session see the same offsets",
            &["resume.same-offsets"],
            offsets::shared,
        ),
        Check::new(
            "resume.top-in-heartbeat",
            "a heartbeat tells the last offset",
            &["resume.top-in-heartbeat"],
            offsets::top_in_heartbeat,
        ),
        Check::new(
            "resume.top-at-join",
            "who joins hears epoch and last offset",
            &["resume.top-at-join"],
            offsets::top_at_join,
        ),
    ]
}

fn recovered() -> Vec<Check> {
    vec![
        Check::new(
            "resume.cut-mid-query",
            "a cut in mid-query loses and doubles nothing",
            &["resume.cut-mid-query"],
            recovery::by_handshake,
        ),
        Check::new(
            "resume.by-url",
            "the progress door resumes by its parameters",
            &["resume.by-url"],
            recovery::by_url,
        ),
        Check::new(
            "resume.from-the-beginning",
            "offset 0 brings the session's events from the first",
            &["resume.from-the-beginning"],
            recovery::from_the_beginning,
        ),
        Check::new(
            "resume.live-follows",
            "live events follow the replay without gap or doubling",
            &["resume.live-follows"],
            recovery::live_follows,
        ),
        Check::new("resume.fields", "resumed says what it brings", &["resume.fields"], recovery::fields),
        Check::new(
            "resume.nothing-missed",
            "who missed nothing gets nothing, twice too",
            &["resume.nothing-missed"],
            recovery::nothing_missed,
        ),
    ]
}

fn refused() -> Vec<Check> {
    vec![
        Check::new(
            "resume.future-offset",
            "an offset ahead of the session is not recovered",
            &["resume.future-offset"],
            refusals::future_offset,
        ),
        Check::new(
            "resume.epoch-mismatch",
            "another epoch is not recovered",
            &["resume.epoch-mismatch"],
            refusals::other_epoch,
        ),
        Check::new(
            "resume.snapshot",
            "what is not recovered is followed by a snapshot",
            &["resume.snapshot"],
            refusals::snapshot,
        ),
        Check::new(
            "resume.all-or-nothing",
            "what is no longer held is never replayed in part",
            &["resume.all-or-nothing"],
            refusals::all_or_nothing,
        ),
        Check::new(
            "resume.malformed",
            "a malformed place is INVALID_MESSAGE and the connection stays",
            &["resume.malformed"],
            refusals::malformed,
        ),
        Check::new(
            "resume.malformed-url",
            "malformed parameters are INVALID_MESSAGE and the door stays open",
            &["resume.malformed-url"],
            refusals::malformed_url,
        ),
    ]
}

fn superseded() -> Vec<Check> {
    vec![
        Check::new(
            "resume.superseded",
            "a resuming agent's old connection is closed as superseded",
            &["resume.superseded"],
            superseding::closes_old,
        ),
        Check::new(
            "resume.superseded-before-limit",
            "a full session lets its agent come back",
            &["resume.superseded-before-limit"],
            superseding::before_the_limit,
        ),
        Check::new(
            "resume.only-resume-supersedes",
            "without resume the old connection stays",
            &["resume.only-resume-supersedes"],
            superseding::only_by_resume,
        ),
    ]
}
