//! One run from the scenario to the outcome.

use std::future::Future;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use http::Method;
use reports::model::DatabaseSecond;
use scenarios::{Application, Arrivals, Model, Question, QuestionSet, Scenario, Trace};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::timeout;

use super::attack::attack;
use super::books::Opened;
use super::dispatch::{Source, dispatch};
use super::inside::Watching;
use super::interrupt::Kept;
use super::monitor::{Monitor, Wanted};
use super::quiet;
use super::report::{Said, report};
use super::takings::takings;
use crate::actions::Acting;
use crate::client::{LinkError, request};
use crate::database::Probing;
use crate::error::LoadError;
use crate::generic::Playbook;
use crate::measure::{HdrLog, Phases, Recorder};
use crate::options::{LoadOutcome, Observer, Options, Played};
use crate::resources::open_file_limit;
use crate::session::Shared;
use crate::shards::{Share, Start};
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
    let said = Said {
        header: options.header.clone(),
        database: options.database.clone(),
        target: target.name().to_owned(),
    };
    let (hand, probe) = (options.hand.clone(), options.probe.clone());
    let prepared = prepare(scenario, target, options, &stop).await?;
    let scenario = prepared.scenario.clone();
    let start = Start::now();
    let phases = Phases::new(start.at(), &scenario.sessions);
    let acting = Acting::plan(&scenario.actions, hand.as_ref(), phases.start, phases.steady);
    let probing = probe.map(|probe| Probing::start(probe, phases.start, phases.steady));
    let database = probing.as_ref().map(Probing::newest);
    let played = Prepared { database, ..prepared }.play(start, observer, stop).await?;
    let actions = acting.finish().await;
    let mut report = report(&scenario, said, played.takings);
    report.actions = actions;
    if let Some(probing) = probing {
        probing.finish(&mut report.timeline, &mut report.database).await;
    }
    Ok(LoadOutcome { report, hdr_log: played.hdr_log, ending: played.ending })
}

/// A run, or a part of one, whose start alone is missing.
pub struct Prepared {
    _place: Place,
    scenario: Scenario,
    target: Target,
    share: Share,
    adds_up: bool,
    tells_figures: bool,
    detailed: bool,
    /// Where the newest look into the database is found.
    database: Option<watch::Receiver<Option<DatabaseSecond>>>,
    seed: u64,
    questions: Vec<Question>,
    trace: Option<Trace>,
    verify: bool,
    books: Opened,
    book: Option<Playbook>,
}

impl std::fmt::Debug for Prepared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Prepared")
            .field("scenario", &self.scenario.name)
            .field("share", &self.share)
            .finish_non_exhaustive()
    }
}

/// Reads what is to be asked, and looks whether the target is there. `stop` gives up waiting for it.
///
/// # Errors
/// As [`run()`].
pub async fn prepare(
    scenario: &Scenario,
    target: &Target,
    options: Options,
    stop: &Stop,
) -> Result<Prepared, LoadError> {
    let place = Place::take()?;
    let scenario = overridden(scenario, &options);
    let share = options.share;
    if share.count(scenario.sessions.count) == 0 {
        return Err(LoadError::NoSessions { share: share.to_string(), sessions: scenario.sessions.count });
    }
    let book = Playbook::of(&scenario, share)?;
    check_open_files(&scenario, share, book.as_ref())?;
    let mut set = questions(&scenario)?;
    let trace = trace(&scenario, &mut set)?;
    let verify = scenario.questions.verify && options.data_seed.is_none_or(|seed| seed == set.seed);
    let healthy = check_health(target, &scenario);
    tokio::select! {
        healthy = healthy => healthy?,
        () = stop.stopped() => {}
    }
    let books = Opened::read(target, &scenario).await;
    Ok(Prepared {
        _place: place,
        scenario,
        target: target.clone(),
        share,
        adds_up: options.adds_up || !share.is_whole(),
        tells_figures: options.tells_figures,
        detailed: options.detailed,
        database: None,
        seed: options.header.seed,
        questions: set.questions,
        trace,
        verify,
        books,
        book,
    })
}

impl Prepared {
    /// Plays from `start` on. Actions and databases are the caller's.
    ///
    /// # Errors
    /// The instrument itself failed.
    pub async fn play(
        self,
        start: Start,
        observer: impl Observer + 'static,
        stop: Stop,
    ) -> Result<Played, LoadError> {
        let started = start.planned();
        let phases = Phases::new(start.at(), &self.scenario.sessions);
        let Self { scenario, target, seed, questions, verify, books, book, .. } = self;
        let own = book.as_ref().map(|book| book.script.operations.clone());
        let recorder = Recorder::with_own(phases, own.unwrap_or_default());
        let grace = book.as_ref().map(|book| book.grace(scenario.patience.close)).unwrap_or_default();
        let shared = Shared::new(target, scenario, questions, verify, seed, recorder).of_share(self.share);
        let shared = Arc::new(shared.playing(book));
        let source = Source::of(&shared, self.trace);
        let wanted = Wanted {
            detailed: self.detailed,
            adds_up: self.adds_up,
            tells_figures: self.tells_figures,
            database: self.database,
        };
        let mut monitor = Monitor::new(Arc::clone(&shared), observer, wanted, stop, started);
        // One of the parts is enough to see the target's pools.
        let watching = (books.is_there() && self.share.index() == 0).then(|| Watching::start(&shared));
        quiet::install();
        goose::reset_killswitch();
        let attack = timeout(longest(&shared.scenario) + grace, attack(&shared, Kept::take()));
        let _dispatcher = source.map(|source| Task::spawn(dispatch(Arc::clone(&shared), source)));
        tokio::select! {
            ended = Box::pin(attack) => ended.map_err(|_| LoadError::Driver {
                message: "goose did not come to its end".to_owned(),
            })??,
            () = monitor.watch() => {}
        }
        let (ending, mut watched) = monitor.finish();
        let hdr_log = std::mem::replace(&mut watched.log, HdrLog::new(started)).finish()?;
        let reading = match shared.is_abandoned() {
            true => books.left(&shared.target),
            false => books.close(&shared).await,
        };
        let mut takings = takings(&shared, watched, reading, &ending);
        if let Some(watching) = watching {
            takings.inside = watching.finish().await;
        }
        Ok(Played { takings, hdr_log, ending })
    }
}

/// A task that ends when this is dropped.
struct Task(JoinHandle<()>);

impl Task {
    fn spawn(work: impl Future<Output = ()> + Send + 'static) -> Self {
        Self(tokio::spawn(work))
    }
}

impl Drop for Task {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// `scenario` with what `options` say beyond it.
pub fn overridden(scenario: &Scenario, options: &Options) -> Scenario {
    let mut scenario = scenario.clone();
    if scenario.application == Application::Generic {
        // None of it is spoken there.
        scenario.questions.enabled = false;
        scenario.heartbeat.enabled = false;
        scenario.sessions.rest = false;
        scenario.sessions.watchers = 0;
    }
    if let Some(sessions) = options.sessions {
        scenario.sessions.count = sessions.max(1);
    }
    if let Some(duration) = options.duration {
        scenario.sessions.duration = duration;
    }
    if let Some(rate) = options.rate {
        let open = scenario.load.model == Model::Open;
        scenario.load.model = Model::Open;
        scenario.load.rate = rate;
        // A rate says all there is to say, unless the scenario's own arrivals have one.
        if !open || !matches!(scenario.load.arrivals, Arrivals::Constant | Arrivals::Poisson) {
            scenario.load.arrivals = Arrivals::Constant;
        }
        scenario.load.steps.clear();
    }
    scenario
}

/// The whole run and every wait in it, and then some: beyond that something hangs that must not.
pub fn longest(scenario: &Scenario) -> Duration {
    let sessions = &scenario.sessions;
    let phases = sessions.ramp + sessions.settle + sessions.duration + sessions.drain;
    let patience = &scenario.patience;
    let waits = patience.connect * 8 + patience.request * 8 + patience.close * 4 + scenario.questions.timeout;
    phases + waits + Duration::from_secs(60)
}

fn questions(scenario: &Scenario) -> Result<QuestionSet, LoadError> {
    if !scenario.questions.enabled {
        return Ok(QuestionSet { seed: 0, questions: Vec::new() });
    }
    let set = QuestionSet::of_scenario(&scenario.questions)?;
    if set.questions.is_empty() {
        return Err(LoadError::NoQuestions { scenario: scenario.name.clone() });
    }
    Ok(set)
}

/// The recorded arrivals, where the scenario replays some. Questions that only they know join the others.
fn trace(scenario: &Scenario, set: &mut QuestionSet) -> Result<Option<Trace>, LoadError> {
    let replays = scenario.load.model == Model::Open && scenario.load.arrivals == Arrivals::Trace;
    match scenario.load.trace.as_deref().filter(|_| replays) {
        Some(file) => Ok(Some(Trace::from_file(Path::new(file), set)?)),
        None => Ok(None),
    }
}

fn check_open_files(scenario: &Scenario, share: Share, book: Option<&Playbook>) -> Result<(), LoadError> {
    let plan = &scenario.sessions;
    let sessions = share.count(plan.count);
    // The sockets of a session, and one more while REST is spoken or a cut socket comes back.
    let more = u64::from(plan.rest || (scenario.questions.enabled && scenario.reconnect.share > 0.0));
    let each = book.map_or(1 + u64::from(plan.watchers) + more, Playbook::files);
    let needed = sessions.saturating_mul(each).saturating_add(SPARE_FILES);
    match open_file_limit() {
        Some(limit) if limit < needed => Err(LoadError::OpenFiles { sessions, needed, limit }),
        _ => Ok(()),
    }
}

/// Whether the target is ready: by its health, or, where nobody knows that it has any, by a connection.
async fn check_health(target: &Target, scenario: &Scenario) -> Result<(), LoadError> {
    let address = || target.authority().to_owned();
    let patience = scenario.patience.request;
    if scenario.application == Application::Generic {
        return match timeout(patience, target.dial()).await {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(error)) => Err(away(address(), &LinkError::connect(&error))),
            Err(_) => Err(away(address(), &LinkError::Timeout { what: "connection", patience })),
        };
    }
    match request(target, Method::GET, "/health", None, patience).await {
        Ok(answer) if answer.status == 200 => Ok(()),
        Ok(answer) => Err(LoadError::Unhealthy { address: address(), status: answer.status }),
        Err(error) => Err(away(address(), &error)),
    }
}

/// Why there is nobody to send a load to.
fn away(address: String, error: &LinkError) -> LoadError {
    let message = error.to_string();
    match error.is_certificate() {
        true => LoadError::Certificate { address, message },
        false => LoadError::Unreachable { address, message },
    }
}
