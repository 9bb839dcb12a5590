//! goose as the driver: sessions as sliced transactions.
//!
//! `on_start` opens a session, each slice plays it for a second and puts it back, `on_stop` ends it. So goose's
//! ramp, run time, ramp-down and kill switch work, which they would not with one endless transaction. Nothing
//! in a transaction waits without a deadline, panics are caught, and a slice without a session sleeps its
//! second: goose would call it again at once.

use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures_util::FutureExt;
use goose::GooseAttack;
use goose::client::GooseClientBuilder;
use goose::config::GooseConfiguration;
use goose::goose::{GooseUser, Scenario, Transaction, TransactionResult};
use tokio::time::{Instant, sleep};

use super::interrupt::Kept;
use crate::error::LoadError;
use crate::measure::Phase;
use crate::session::{Session, Shared};

/// Length of a slice: how long a session does not look at goose.
const SLICE: Duration = Duration::from_secs(1);

/// Attempts to open a session at its start.
const MOST_ATTEMPTS: u32 = 5;

/// Where a session waits between two slices. goose wants its user data to be cloneable.
type Slot = Arc<Mutex<Option<Box<Session>>>>;

/// What is done with the session in a slot.
type Work = fn(Arc<Shared>, Slot) -> Pin<Box<dyn Future<Output = ()> + Send>>;

type Step<'u> = Pin<Box<dyn Future<Output = TransactionResult> + Send + 'u>>;

/// Runs the attack to its end. `kept` is the program's SIGINT handling, put back once goose has taken its own.
pub(super) async fn attack(shared: &Arc<Shared>, kept: Option<Kept>) -> Result<(), LoadError> {
    let failed = |error: goose::GooseError| LoadError::Driver { message: error.to_string() };
    let next = Arc::new(AtomicUsize::new(0));
    let kept = Arc::new(Mutex::new(kept));
    let begin = {
        let shared = Arc::clone(shared);
        transaction(move |user| {
            // The first session: goose is under way, its Ctrl-C handler stands.
            if let Some(kept) = kept.lock().unwrap_or_else(PoisonError::into_inner).take() {
                kept.restore();
            }
            let number = next.fetch_add(1, Relaxed);
            let slot = Slot::default();
            user.set_session_data(Arc::clone(&slot));
            let shared = Arc::clone(&shared);
            Box::pin(async move {
                begin(shared, number, slot).await;
                Ok(())
            })
        })
    };
    let slice = step(shared, |shared, slot| Box::pin(slice(shared, slot)));
    let end = step(shared, |_, slot| Box::pin(end(slot)));
    let scenario = Scenario::new("session")
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
    let count = usize::try_from(sessions.count).unwrap_or(usize::MAX);
    let mut configuration = GooseConfiguration::default();
    configuration.host = Some(format!("http://{}", shared.target.authority()));
    configuration.users = Some(count);
    configuration.increase_rate = Some(rate(count, sessions.ramp));
    configuration.decrease_rate = Some(rate(count, sessions.drain));
    // goose counts from the moment all have started, in whole seconds; our phases are exact.
    configuration.run_time = Some(whole_seconds(sessions.settle + sessions.duration));
    configuration.no_telnet = true;
    // Every figure is ours, goose keeps none. So its reset after the ramp has nothing to lose, while
    // `no_reset_metrics` would have it print a line to stdout.
    configuration.no_metrics = true;
    configuration.no_print_metrics = true;
    configuration.no_error_summary = true;
    configuration.quiet = 2;
    configuration
}

/// Users a second, so that `count` are spread over `time`.
fn rate(count: usize, time: Duration) -> String {
    #[expect(clippy::cast_precision_loss, reason = "far below 2^53")]
    let per_second = count as f64 / time.as_secs_f64().max(0.05);
    format!("{per_second:.3}")
}

fn whole_seconds(time: Duration) -> String {
    format!("{}s", time.as_millis().div_ceil(1_000).max(1))
}

fn transaction(
    function: impl for<'u> Fn(&'u mut GooseUser) -> Step<'u> + Send + Sync + 'static,
) -> Transaction {
    Transaction::new(Arc::new(function))
}

/// A transaction on the session in the user's slot.
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

/// Opens session `number`, again after a pause when it fails.
async fn begin(shared: Arc<Shared>, number: usize, slot: Slot) {
    for attempt in 0..MOST_ATTEMPTS {
        let opening = Session::open(Arc::clone(&shared), number);
        match guarded(&shared, opening).await {
            Some(Ok(session)) => {
                put(&slot, session);
                return;
            }
            Some(Err(error)) if error.may_retry() => {}
            _ => return,
        }
        let until = Instant::now() + Duration::from_secs(1 << attempt);
        while Instant::now() < until {
            if is_over(&shared) {
                return;
            }
            sleep(Duration::from_millis(100)).await;
        }
    }
}

fn is_over(shared: &Shared) -> bool {
    shared.is_hurried()
        || shared.is_abandoned()
        || shared.recorder.phases().at(Instant::now()) == Phase::Drain
}

/// Plays the session for one slice.
async fn slice(shared: Arc<Shared>, slot: Slot) {
    let now = Instant::now();
    let drain = shared.recorder.phases().drain;
    let asking = now < drain && !is_over(&shared);
    let end = if asking { (now + SLICE).min(drain) } else { now + SLICE / 10 };
    let Some(mut session) = take(&slot) else {
        tokio::time::sleep_until(end).await;
        return;
    };
    let played = guarded(&shared, async move {
        session.play_until(end, asking).await;
        session
    });
    match played.await {
        Some(session) => put(&slot, session),
        None => tokio::time::sleep_until(end).await,
    }
}

/// Ends the session.
async fn end(slot: Slot) {
    if let Some(session) = take(&slot) {
        let shared = session.shared();
        guarded(&shared, session.finish()).await;
    }
}

/// Runs `work`; a panic in it is counted and ends only this session.
async fn guarded<T>(shared: &Shared, work: impl Future<Output = T>) -> Option<T> {
    match AssertUnwindSafe(work).catch_unwind().await {
        Ok(done) => Some(done),
        Err(_) => {
            shared.recorder.note("generator_panic", "a session of the generator panicked, see stderr");
            None
        }
    }
}

fn take(slot: &Slot) -> Option<Box<Session>> {
    slot.lock().unwrap_or_else(PoisonError::into_inner).take()
}

fn put(slot: &Slot, session: Box<Session>) {
    *slot.lock().unwrap_or_else(PoisonError::into_inner) = Some(session);
}
