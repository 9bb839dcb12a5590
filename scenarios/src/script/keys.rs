//! Which keys belong to which kind of step.

use crate::load::did_you_mean;
use crate::model::{ScriptStep, StepKind, Unusable};

/// The keys that a kind of step takes, the necessary ones first.
fn keys(kind: StepKind) -> (&'static [&'static str], &'static [&'static str]) {
    match kind {
        StepKind::Connect => (&[], &["on", "within"]),
        StepKind::Send => (&[], &["name", "on", "json", "text", "base64"]),
        StepKind::Expect => (
            &[],
            &[
                "name", "on", "where", "text", "base64", "contains", "matches", "event", "times", "others",
                "since", "within", "capture", "check",
            ],
        ),
        StepKind::ExpectClose => (&[], &["name", "on", "code", "since", "within"]),
        StepKind::Capture => (&["capture"], &[]),
        StepKind::Check => (&["check"], &[]),
        StepKind::Set => (&["values"], &[]),
        StepKind::Wait => (&["for"], &[]),
        StepKind::Http => (
            &["path"],
            &[
                "name", "method", "headers", "query", "json", "text", "base64", "status", "within",
                "capture", "check",
            ],
        ),
        StepKind::Sse => (
            &["path"],
            &["name", "on", "method", "headers", "query", "json", "text", "base64", "status", "within"],
        ),
        StepKind::Close => (&[], &["on", "code", "within"]),
        StepKind::Repeat => (&["times", "step"], &["every"]),
    }
}

/// A key that does not belong to the step, or one that is missing.
pub(super) fn judge_keys(place: &str, step: &ScriptStep) -> Result<(), Unusable> {
    let (needed, further) = keys(step.kind);
    let given = step.keys();
    let known = || needed.iter().chain(further).copied();
    if let Some(strange) = given.iter().find(|key| !known().any(|known| known == **key)) {
        let hint = did_you_mean(strange, known());
        let name = step.kind.name();
        let list = known().collect::<Vec<_>>().join(", ");
        let message = format!("`{name}` has no `{strange}`{hint}; it takes {list}");
        return Err(Unusable { key: format!("{place}.{strange}"), message });
    }
    match needed.iter().find(|key| !given.contains(key)) {
        Some(missing) => {
            let message = format!("`{}` needs `{missing}`", step.kind.name());
            Err(Unusable { key: place.to_owned(), message })
        }
        None => Ok(()),
    }
}
