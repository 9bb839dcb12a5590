//! Flows: moves of clients in any order. One check for each family of scripts.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::time::{Instant, timeout};

use super::{Check, Context, Step, Stop};
use crate::flow::{Family, Script, make, play, shrink};

/// Scripts that are played at one time.
const TOGETHER: usize = 2;
/// Time for a script to fail again while it is shrunk (before scaling).
const AGAIN: Duration = Duration::from_secs(3);

/// Id, title, family.
const FAMILIES: [(&str, &str, Family); 11] = [
    ("flow.cuts", "cut again and again, nothing is lost or doubled", Family::Cuts),
    ("flow.supersedes", "superseded again and again, the newest connection has it all", Family::Supersedes),
    ("flow.commands", "commands in any order are answered by what the query is doing", Family::Commands),
    ("flow.subscriptions", "subscriptions that change hold from their answer on", Family::Subscriptions),
    ("flow.windows", "two windows of a session tell one story", Family::Windows),
    ("flow.sessions", "two sessions beside each other know nothing of each other", Family::Sessions),
    ("flow.repeats", "a query asked again and again is run once", Family::Repeats),
    ("flow.signs", "signs of life and second handshakes are answered at any time", Family::Signs),
    ("flow.doors", "the progress door tells the same, and resumes by its address", Family::Doors),
    ("flow.everything", "everything at once", Family::Everything),
    ("flow.free", "clients that do anything in any order, also without waiting", Family::Free),
];

pub(crate) fn checks() -> Vec<Check> {
    let check = |(id, title, family): (&'static str, &'static str, Family)| {
        // A family has a requirement of its own name.
        let requirements: &'static [&'static str] = match family {
            Family::Cuts => &["flow.cuts"],
            Family::Supersedes => &["flow.supersedes"],
            Family::Commands => &["flow.commands"],
            Family::Subscriptions => &["flow.subscriptions"],
            Family::Windows => &["flow.windows"],
            Family::Sessions => &["flow.sessions"],
            Family::Repeats => &["flow.repeats"],
            Family::Signs => &["flow.signs"],
            Family::Doors => &["flow.doors"],
            Family::Everything => &["flow.everything"],
            Family::Free => &["flow.free"],
        };
        Check::new(id, title, requirements, move |cx| any_order(cx, family)).tags(&["flow", "slow"])
    };
    FAMILIES.into_iter().map(check).collect()
}

/// Plays made scripts, or the one that is to be played again.
async fn any_order(cx: Context, family: Family) -> Step {
    if let Some(script) = cx.script() {
        cx.note(&format!("script: {script}"));
        cx.transcript().script(&script.to_json());
        return play(&cx, script).await;
    }
    let start = Instant::now();
    let mut rng = cx.rng();
    let mut steps: u32 = 0;
    loop {
        let scripts: Vec<Script> = (0..TOGETHER).map(|_| make(family, &mut rng)).collect();
        steps += scripts.iter().map(|script| script.moves.len() as u32).sum::<u32>();
        let mut played = tokio::task::JoinSet::new();
        for script in scripts {
            let apart = cx.apart();
            played.spawn(async move {
                let verdict = play(&apart, &script).await;
                (script, apart, verdict)
            });
        }
        let mut first = None;
        while let Some(joined) = played.join_next().await {
            let (script, apart, verdict) =
                joined.map_err(|error| Stop::Harness(format!("a script ended badly: {error}")))?;
            match verdict {
                Ok(()) => {}
                Err(stop) if first.is_none() => first = Some((script, apart, stop)),
                Err(_) => {}
            }
        }
        if let Some((script, apart, stop)) = first {
            return Err(least(&cx, script, apart, stop, start).await);
        }
        if cx.flow_steps().is_none_or(|asked| steps >= asked) {
            return Ok(());
        }
    }
}

/// The shortest script that fails alike, its record and what it came to.
async fn least(cx: &Context, script: Script, apart: Context, stop: Stop, start: Instant) -> Stop {
    let Stop::Violation(first) = stop else {
        cx.transcript().append(apart.transcript());
        return stop;
    };
    // A third of the time is left for what the last attempt takes.
    let end = start + cx.pace().limit.mul_f64(0.6);
    let code = first.code;
    let best = Arc::new(Mutex::new((apart, first, script.clone())));
    let fails = |candidate: Script| {
        let (apart, best, limit) = (cx.apart(), Arc::clone(&best), cx.quiet(AGAIN));
        async move {
            match timeout(limit, play(&apart, &candidate)).await {
                Ok(Err(Stop::Violation(violation))) if violation.code == code => {
                    *best.lock().unwrap_or_else(PoisonError::into_inner) = (apart, violation, candidate);
                    true
                }
                _ => false,
            }
        }
    };
    shrink(script, end, fails).await;
    let (apart, mut violation, script) = best.lock().unwrap_or_else(PoisonError::into_inner).clone();
    cx.note(&format!("the shortest script found: {script}"));
    cx.transcript().script(&script.to_json());
    cx.transcript().append(apart.transcript());
    violation.actual = format!("{} (after: {script})", violation.actual);
    violation.into()
}
