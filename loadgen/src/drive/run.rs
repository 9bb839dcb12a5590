//! One run from the scenario to the outcome.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, SystemTime};

use http::Method;
use scenarios::{QuestionSet, Scenario};
use tokio::time::{Instant, timeout};

use super::attack::attack;
use super::interrupt::Kept;
use super::monitor::Monitor;
use super::quiet;
use super::report::{Said, report};
use crate::actions::Acting;
use crate::client::request;
use crate::database::Probing;
use crate::error::LoadError;
use crate::measure::{Phases, Recorder, hdr_log};
use crate::options::{LoadOutcome, Observer, Options};
use crate::resources::open_file_limit;
use crate::session::Shared;
use crate::stop::Stop;
use crate::target::Target;

/// Files a process has open beside the sockets of its sessions.
const SPARE_FILES: u64 = 64;

static RUNNING: AtomicBool = AtomicBool::new(false);

/// Holds the place of the only run of this process.
struct Place;

impl Place {
    fn take() -> Result<Self, LoadError> {
        match RUNNING.swap(true, Ordering::AcqRel) {
            true => Err(LoadError::Busy),
            false => Ok(Self),
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        RUNNING.store(false, Ordering::Release);
    }
}

/// Plays `scenario` against `target` until its time is over, `stop` is thrown, or the target is gone.
///
/// One run at a time per process: goose keeps its kill switch in a global. `observer` is told once a second.
/// The process's own Ctrl-C handling stays in force; without one, Ctrl-C ends the process.
///
/// # Errors
/// The target can't be reached or is not healthy at the start, the scenario can't be used, or the instrument
/// itself failed. A target that goes away later is no error: it is [`Ending::TargetLost`], with the report up
/// to then.
///
/// [`Ending::TargetLost`]: crate::Ending::TargetLost
pub async fn run(
    scenario: &Scenario,
    target: &Target,
    options: Options,
    observer: impl Observer + 'static,
    stop: Stop,
) -> Result<LoadOutcome, LoadError> {
    let _place = Place::take()?;
    let scenario = overridden(scenario, &options);
    check_open_files(scenario.sessions.count)?;
    let set = questions(&scenario)?;
    let verify = scenario.questions.verify && options.data_seed.is_none_or(|seed| seed == set.seed);
    let healthy = check_health(target, scenario.patience.request);
    tokio::select! {
        healthy = healthy => healthy?,
        () = stop.stopped() => {}
    }
    let started = SystemTime::now();
    let phases = Phases::new(Instant::now(), &scenario.sessions);
    let recorder = Recorder::new(phases);
    let seed = options.header.seed;
    let shared = Arc::new(Shared::new(target.clone(), scenario, set.questions, verify, seed, recorder));
    let mut monitor = Monitor::new(Arc::clone(&shared), observer, stop);
    quiet::install();
    goose::reset_killswitch();
    let kept = Kept::take();
    let acting = Acting::plan(&shared.scenario.actions, options.hand.as_ref(), phases.start, phases.steady);
    let probing = options.probe.map(|probe| Probing::start(probe, phases.start, phases.steady));
    let attack = timeout(longest(&shared.scenario), attack(&shared, kept));
    tokio::select! {
        ended = Box::pin(attack) => ended.map_err(|_| LoadError::Driver {
            message: "goose did not come to its end".to_owned(),
        })??,
        () = monitor.watch() => {}
    }
    let (ending, watched) = monitor.finish();
    let actions = acting.finish().await;
    let tallies = shared.recorder.tallies();
    let from = phases.steady.saturating_duration_since(phases.start);
    let hdr_log = hdr_log(started, from, phases.steady_until(watched.end.at), &tallies)?;
    let said = Said { header: options.header, database: options.database };
    let mut report = report(&shared, said, watched, &tallies, &ending);
    report.actions = actions;
    if let Some(probing) = probing {
        probing.finish(&mut report.timeline, &mut report.database).await;
    }
    Ok(LoadOutcome { report, hdr_log, ending })
}

fn overridden(scenario: &Scenario, options: &Options) -> Scenario {
    let mut scenario = scenario.clone();
    if let Some(sessions) = options.sessions {
        scenario.sessions.count = sessions.max(1);
    }
    if let Some(duration) = options.duration {
        scenario.sessions.duration = duration;
    }
    scenario
}

/// The whole run and every wait in it, and then some: beyond that something hangs that must not.
fn longest(scenario: &Scenario) -> Duration {
    let sessions = &scenario.sessions;
    let phases = sessions.ramp + sessions.settle + sessions.duration + sessions.drain;
    let patience = &scenario.patience;
    let waits = patience.connect * 8 + patience.request * 8 + patience.close * 4 + scenario.questions.timeout;
    phases + waits + Duration::from_secs(60)
}

fn questions(scenario: &Scenario) -> Result<QuestionSet, LoadError> {
    let set = QuestionSet::of_scenario(&scenario.questions)?;
    if set.questions.is_empty() {
        return Err(LoadError::NoQuestions { scenario: scenario.name.clone() });
    }
    Ok(set)
}

fn check_open_files(sessions: u64) -> Result<(), LoadError> {
    // Two sockets a session, and a third while REST is spoken or a cut socket comes back.
    let needed = sessions.saturating_mul(3).saturating_add(SPARE_FILES);
    match open_file_limit() {
        Some(limit) if limit < needed => Err(LoadError::OpenFiles { sessions, needed, limit }),
        _ => Ok(()),
    }
}

async fn check_health(target: &Target, patience: Duration) -> Result<(), LoadError> {
    let address = || target.authority().to_owned();
    match request(target, Method::GET, "/health", None, patience).await {
        Ok(answer) if answer.status == 200 => Ok(()),
        Ok(answer) => Err(LoadError::Unhealthy { address: address(), status: answer.status }),
        Err(error) => Err(LoadError::Unreachable { address: address(), message: error.to_string() }),
    }
}
