//! goose as the driver: cohorts of sessions as sliced transactions.
//!
//! `on_start` makes a cohort, each slice plays it for a second or a little longer and puts it back, `on_stop` ends
//! it. So goose's run time, ramp-down and kill switch work, which they would not with one endless transaction. When
//! each session comes and goes is a matter of the run's own absolute schedule: goose's users are all there at once.
//! Nothing in a transaction waits without a deadline, panics are caught, and a slice without a cohort sleeps its
//! second: goose would call it again at once.

use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures_util::FutureExt;
use goose::GooseAttack;
use goose::client::GooseClientBuilder;
use goose::config::GooseConfiguration;
use goose::goose::{GooseUser, Scenario, Transaction, TransactionResult};
use tokio::time::{Instant, sleep};

use super::cohort::Cohort;
use super::interrupt::Kept;
use crate::error::LoadError;
use crate::session::Shared;

/// Length of a slice when there is something to do: how long a cohort does not look at goose.
const SLICE: Duration = Duration::from_secs(1);

/// Length of a slice in which nothing happens.
const QUIET_SLICE: Duration = Duration::from_secs(4);

/// Length of a slice when nothing is asked any more: the end may come at any moment.
const LAST_SLICE: Duration = Duration::from_millis(100);

/// Time in which goose's users come and go.
const RUSH: f64 = 0.05;

/// Where a cohort waits between two slices. goose wants its user data to be cloneable.
type Slot = Arc<Mutex<Option<Box<Cohort>>>>;

/// What is done with the cohort in a slot.
type Work = fn(Arc<Shared>, Slot) -> Pin<Box<dyn Future<Output = ()> + Send>>;

type Step<'u> = Pin<Box<dyn Future<Output = TransactionResult> + Send + 'u>>;

/// Runs the attack to its end. `kept` is the program's SIGINT handling, put back once goose has taken its own.
pub(super) async fn attack(shared: &Arc<Shared>, kept: Option<Kept>) -> Result<(), LoadError> {
    let failed = |error: goose::GooseError| LoadError::Driver { message: error.to_string() };
    let next = Arc::new(AtomicU64::new(0));
    let kept = Arc::new(Mutex::new(kept));
    let begin = {
        let shared = Arc::clone(shared);
        transaction(move |user| {
            // The first user: goose is under way, its Ctrl-C handler stands.
            if let Some(kept) = kept.lock().unwrap_or_else(PoisonError::into_inner).take() {
                kept.restore();
            }
            let first = next.fetch_add(u64::from(shared.scenario.sessions.cohort), Relaxed);
            let cohort = Cohort::new(&shared, first);
            user.set_session_data::<Slot>(Arc::new(Mutex::new(Some(Box::new(cohort)))));
            Box::pin(std::future::ready(Ok(())))
        })
    };
    let slice = step(shared, |shared, slot| Box::pin(slice(shared, slot)));
    let end = step(shared, |_, slot| Box::pin(end(slot)));
    let scenario = Scenario::new("sessions")
        .register_transaction(begin.set_name("begin").set_on_start())
        .register_transaction(slice.set_name("slice"))
        .register_transaction(end.set_name("end").set_on_stop());
    let attack = GooseAttack::initialize_with_config(configuration(shared))
        .map_err(failed)?
        .set_client_builder_without_cookies(GooseClientBuilder::new().without_cookies())
        .map_err(failed)?
        .register_scenario(scenario);
    Box::pin(attack.execute()).await.map_err(failed)?;
    Ok(())
}

/// goose's configuration, set field by field: the command line is not read.
fn configuration(shared: &Shared) -> GooseConfiguration {
    let sessions = &shared.scenario.sessions;
    let cohorts = shared.share.count(sessions.count).div_ceil(u64::from(sessions.cohort.max(1)));
    let mut configuration = GooseConfiguration::default();
    configuration.host = Some(format!("http://{}", shared.target.authority()));
    configuration.users = Some(usize::try_from(cohorts).unwrap_or(usize::MAX));
    #[expect(clippy::cast_precision_loss, reason = "far below 2^53")]
    let rate = format!("{:.3}", cohorts as f64 / RUSH);
    configuration.increase_rate = Some(rate.clone());
    configuration.decrease_rate = Some(rate);
    // goose counts from the moment all have started, in whole seconds; our phases are exact.
    configuration.run_time = Some(whole_seconds(sessions.ramp + sessions.settle + sessions.duration));
    configuration.no_telnet = true;
    // Every figure is ours, goose keeps none. So its reset after the ramp has nothing to lose, while
    // `no_reset_metrics` would have it print a line to stdout.
    configuration.no_metrics = true;
    configuration.no_print_metrics = true;
    configuration.no_error_summary = true;
    configuration.quiet = 2;
    configuration
}

fn whole_seconds(time: Duration) -> String {
    format!("{}s", time.as_millis().div_ceil(1_000).max(1))
}

fn transaction(
    function: impl for<'u> Fn(&'u mut GooseUser) -> Step<'u> + Send + Sync + 'static,
) -> Transaction {
    Transaction::new(Arc::new(function))
}

/// A transaction on the cohort in the user's slot.
fn step(shared: &Arc<Shared>, function: Work) -> Transaction {
    let shared = Arc::clone(shared);
    transaction(move |user| {
        let slot = user.get_session_data::<Slot>().cloned();
        let shared = Arc::clone(&shared);
        Box::pin(async move {
            match slot {
                Some(slot) => function(shared, slot).await,
                // Not possible after `begin`; but never return at once.
                None => sleep(SLICE).await,
            }
            Ok(())
        })
    })
}

/// Plays the cohort for one slice.
async fn slice(shared: Arc<Shared>, slot: Slot) {
    let now = Instant::now();
    let drain = shared.recorder.phases().drain;
    let (enough, end) = match shared.is_asking(now) {
        true => (now + SLICE, (now + QUIET_SLICE).min(drain)),
        false => (now + LAST_SLICE, now + LAST_SLICE),
    };
    let Some(mut cohort) = take(&slot) else {
        tokio::time::sleep_until(enough).await;
        return;
    };
    let played = guarded(&shared, async move {
        cohort.play(enough, end).await;
        cohort
    });
    match played.await {
        Some(cohort) => put(&slot, cohort),
        None => tokio::time::sleep_until(enough).await,
    }
}

/// Ends the cohort.
async fn end(slot: Slot) {
    if let Some(cohort) = take(&slot) {
        let shared = cohort.shared();
        guarded(&shared, cohort.finish()).await;
    }
}

/// Runs `work`; a panic in it is counted and ends only this cohort.
async fn guarded<T>(shared: &Shared, work: impl Future<Output = T>) -> Option<T> {
    match AssertUnwindSafe(work).catch_unwind().await {
        Ok(done) => Some(done),
        Err(_) => {
            shared.recorder.note("generator_panic", "a cohort of the generator panicked, see stderr");
            None
        }
    }
}

fn take(slot: &Slot) -> Option<Box<Cohort>> {
    slot.lock().unwrap_or_else(PoisonError::into_inner).take()
}

fn put(slot: &Slot, cohort: Box<Cohort>) {
    *slot.lock().unwrap_or_else(PoisonError::into_inner) = Some(cohort);
}
