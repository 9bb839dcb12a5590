//! One run of a check: in a task of its own, within its time, at the target or on a process started for it.

use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinSet;
use tokio::time::{Instant, timeout};

use crate::between::Posts;
use crate::checks::{Check, Context, Pace, ReasonCode, Step, Stop, Violation};
use crate::flow::Script;
use crate::mutants::Faults;
use crate::peer::Transcript;
use crate::target::{OwnProcess, Processes, Target, Variant, variant};
use crate::witness::stalled;

/// What one run of a check came to.
pub(crate) struct Attempt {
    pub(crate) outcome: Step,
    pub(crate) duration: Duration,
    pub(crate) transcript: Transcript,
    /// How long the instrument stood still meanwhile.
    pub(crate) stalled: Duration,
}

impl Attempt {
    /// True for a violation that may be the instrument's own: nothing is wrong but the time, or it stood still
    /// for so long that it may have said its own part too late. What could not be carried out beside other checks
    /// may be carried out alone.
    pub(crate) fn is_doubtful(&self) -> bool {
        match self.outcome {
            Err(Stop::Violation(_)) => self.is_late() || self.stalled >= DOUBTFUL_STALL,
            Err(Stop::Harness(_)) => true,
            Ok(()) | Err(Stop::NotApplicable(_)) => false,
        }
    }

    /// True when this violation may be the instrument's own, so that a second run which finds none is believed. Where
    /// the instrument has stood still, what it waited for may have been missed; after a long time the target may have
    /// given it up, or gone on to where what the instrument says next means something else. Nothing else that was
    /// wrong is made right by another run.
    pub(super) fn is_excused(&self) -> bool {
        let Err(Stop::Violation(violation)) = &self.outcome else { return true };
        match violation.code {
            ReasonCode::Late => true,
            ReasonCode::Missing | ReasonCode::Hung => self.stalled >= DOUBTFUL_STALL,
            _ => self.stalled >= LONG_STALL,
        }
    }

    /// True for a violation that a stall of the instrument explains by itself.
    pub(crate) fn may_be_a_stall(&self) -> bool {
        let waited = |violation: &Violation| {
            matches!(violation.code, ReasonCode::Late | ReasonCode::Missing | ReasonCode::Hung)
        };
        self.stalled >= DOUBTFUL_STALL
            && matches!(&self.outcome, Err(Stop::Violation(violation)) if waited(violation))
    }

    /// True when the target may have gone away meanwhile: it did not do what it should, or ended a connection without
    /// a word.
    pub(super) fn may_have_lost_target(&self) -> bool {
        self.outcome.is_err() || self.transcript.has_cut()
    }

    /// True when it could not be carried out.
    pub(super) fn is_not_run(&self) -> bool {
        matches!(self.outcome, Err(Stop::Harness(_)))
    }

    /// True when nothing is wrong but the time.
    pub(super) fn is_late(&self) -> bool {
        matches!(&self.outcome, Err(Stop::Violation(violation)) if violation.code == ReasonCode::Late)
    }
}

/// Stalls of this length together leave a violation in doubt.
const DOUBTFUL_STALL: Duration = Duration::from_millis(50);

/// Stalls of this length together are longer than short timers of a target.
const LONG_STALL: Duration = Duration::from_millis(250);

/// What a check makes its random choices from.
#[derive(Debug, Clone, Default)]
pub(crate) struct Choices {
    pub(crate) seed: u64,
    pub(crate) script: Option<Arc<Script>>,
    pub(crate) flow_steps: Option<u32>,
}

/// Added to the longest time of a check for each MiB it says it moves.
const PER_MIB: Duration = Duration::from_secs(1);

/// Runs `check` once, within the pace's limit.
pub(crate) async fn attempt(check: &Check, target: &Target, pace: Pace, seed: u64) -> Attempt {
    attempt_with(check, target, pace, &Choices { seed, ..Choices::default() }).await
}

async fn attempt_with(check: &Check, target: &Target, pace: Pace, choices: &Choices) -> Attempt {
    let context = Context::new(check.id, target.clone(), pace, choices.seed)
        .scripted(choices.script.clone(), choices.flow_steps);
    carry_out(check, context, pace, choices.seed).await
}

/// Runs `check` once on a process of its own, reached at `target`, which finds its next tier at `posts`. That it goes
/// away is what is checked.
pub(crate) async fn attempt_alone(
    check: &Check,
    target: &Target,
    process: OwnProcess,
    posts: Option<Posts>,
    pace: Pace,
    seed: u64,
) -> Attempt {
    let context = Context::with_process(check.id, target.clone(), pace, seed, Some(process)).behind(posts);
    carry_out(check, context, pace, seed).await
}

/// Runs `check` once: at `target`, or on a process of its own that is started for it.
pub(super) async fn attempt_at(
    check: &Check,
    target: &Target,
    processes: Option<&dyn Processes>,
    pace: Pace,
    choices: &Choices,
) -> Attempt {
    let Some(processes) = processes else { return attempt_with(check, target, pace, choices).await };
    let not_begun = |stop: Stop| Attempt {
        outcome: Err(stop),
        duration: Duration::ZERO,
        transcript: Transcript::default(),
        stalled: Duration::ZERO,
    };
    let variant = check.variant.and_then(variant);
    let posts = match posts_of(variant, target, None, pace).await {
        Ok(posts) => posts,
        Err(stop) => return not_begun(stop),
    };
    let places = posts.as_ref().map(Posts::places).unwrap_or_default();
    match processes.start(variant, &places).await {
        Ok(running) => {
            let target = running.target.clone();
            attempt_alone(check, &target, OwnProcess::new(running, None), posts, pace, choices.seed).await
        }
        Err(error) => not_begun(Stop::Harness(error.to_string())),
    }
}

/// The posts for a configuration, before the tiers of the usual `target`.
pub(crate) async fn posts_of(
    variant: Option<&'static Variant>,
    target: &Target,
    faults: Option<&Faults>,
    pace: Pace,
) -> Step<Option<Posts>> {
    match variant {
        Some(variant) => Posts::of(variant, target, faults, pace.scale).await,
        None => Ok(None),
    }
}

async fn carry_out(check: &Check, context: Context, pace: Pace, seed: u64) -> Attempt {
    let transcript = context.transcript().clone();
    transcript.begin(&serde_json::json!({"check": check.id, "seed": seed}).to_string());
    let start = Instant::now();
    // A panic in a check is trouble of the suite; in a task of its own it ends nothing else.
    let running = {
        let check = check.clone();
        let mut set = JoinSet::new();
        set.spawn(async move { check.run(context).await });
        set
    };
    let outcome = finish(running, pace.limit + PER_MIB * check.weight).await;
    let stalled = stalled(start, Instant::now());
    Attempt { outcome, duration: start.elapsed(), transcript, stalled }
}

async fn finish(mut running: JoinSet<Step>, limit: Duration) -> Step {
    let begin = Instant::now();
    let mut ended = timeout(limit, running.join_next()).await;
    if ended.is_err() {
        // Time in which the instrument stood still is not the check's.
        ended = timeout(stalled(begin, Instant::now()), running.join_next()).await;
    }
    match ended {
        Ok(Some(Ok(step))) => step,
        Ok(Some(Err(error))) => Err(Stop::Harness(format!("the check itself failed: {error}"))),
        Ok(None) => Err(Stop::Harness("the check vanished".to_owned())),
        Err(_) => {
            let expected = format!("an end within {limit:?}");
            Err(Violation::new(ReasonCode::Hung, expected, "a check that was still waiting").into())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A target nobody listens at: a made check does not ask it anything.
    fn nowhere() -> Target {
        Target::from_url("http://127.0.0.1:1").unwrap()
    }

    async fn tried(check: Check) -> Step {
        let pace = Pace { round_trip: Duration::ZERO, scale: 1.0, limit: Duration::from_millis(50) };
        attempt(&check, &nowhere(), pace, 7).await.outcome
    }

    #[tokio::test]
    async fn a_check_that_hangs_is_ended_and_fails() {
        let check = Check::new("made.hangs", "hangs", &[], |_| std::future::pending());
        let Err(Stop::Violation(violation)) = tried(check).await else { panic!("it passed") };
        assert_eq!(violation.code, ReasonCode::Hung);
    }

    #[tokio::test]
    async fn a_check_that_panics_is_trouble_of_the_suite() {
        let check = Check::new("made.panics", "panics", &[], |_| async { panic!("a bug of ours") });
        let Err(Stop::Harness(why)) = tried(check).await else { panic!("not harness") };
        assert!(why.contains("a bug of ours"), "{why}");
    }

    #[test]
    fn only_what_a_stall_explains_is_excused() {
        let attempt = |code, stalled| Attempt {
            outcome: Err(Violation::new(code, "this", "that").into()),
            duration: Duration::ZERO,
            transcript: Transcript::default(),
            stalled: Duration::from_millis(stalled),
        };
        for (code, stalled, excused) in [
            (ReasonCode::Late, 0, true),
            (ReasonCode::Missing, 0, false),
            (ReasonCode::Missing, 60, true),
            (ReasonCode::Hung, 60, true),
            (ReasonCode::Closed, 60, false),
            (ReasonCode::Closed, 400, true),
            (ReasonCode::WrongValue, 60, false),
            (ReasonCode::WrongValue, 400, true),
        ] {
            assert_eq!(attempt(code, stalled).is_excused(), excused, "{code} after {stalled} ms");
        }
    }

    #[tokio::test]
    async fn the_same_seed_gives_the_same_numbers_to_each_check() {
        use rand::RngCore as _;
        let pace = Pace { round_trip: Duration::ZERO, scale: 1.0, limit: Duration::ZERO };
        let number = |check, seed| Context::new(check, nowhere(), pace, seed).rng().next_u64();
        assert_eq!(number("made.a", 1), number("made.a", 1));
        assert_ne!(number("made.a", 1), number("made.b", 1));
        assert_ne!(number("made.a", 1), number("made.a", 2));
    }
}
