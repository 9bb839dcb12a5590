//! One run for all the ways in which a kind of step can go wrong: each session has a door of its own that misbehaves
//! once. What is counted must be what the service did, to the last message.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use loadgen::{Ending, LoadOutcome, Options, Snapshot, Stop, Target, run};
use reports::model::LoadReport;
use scenarios::Scenario;
use tokio::sync::watch;

use crate::attack::{TURN, header};
use crate::doors::{Doors, Fault, Then};

/// Iterations of each session.
const ITERATIONS: u64 = 2;

/// Far beyond what any of these runs takes.
const PATIENCE: Duration = Duration::from_secs(120);

/// A door, and what is to be told of it.
pub(crate) struct Case {
    name: &'static str,
    /// The step that fails.
    place: &'static str,
    code: &'static str,
    /// How often.
    times: u64,
    /// Messages that are sent and that the service does not count.
    unheard: u64,
    /// False when the session is given up.
    comes_back: bool,
    fault: Fault,
}

/// A door called `name` that makes the step at `place` fail with `code`.
pub(crate) fn case(
    name: &'static str,
    (place, code): (&'static str, &'static str),
    bytes: impl Into<Vec<u8>>,
    then: Then,
) -> Case {
    let fault = Fault { bytes: bytes.into(), then, said: 0 };
    Case { name, place, code, times: 1, unheard: 0, comes_back: true, fault }
}

impl Case {
    /// A whole message, or answer, is among the bytes.
    pub(crate) fn said(self) -> Self {
        Self { fault: Fault { said: 1, ..self.fault }, ..self }
    }

    /// It spoils the next iteration too, of which nothing is heard.
    pub(crate) fn twice(self) -> Self {
        Self { times: 2, ..self }.unheard()
    }

    /// A message is sent to it of which nothing is heard.
    pub(crate) fn unheard(self) -> Self {
        Self { unheard: 1, ..self }
    }

    /// The session is given up.
    pub(crate) fn for_good(self) -> Self {
        Self { comes_back: false, ..self }
    }
}

/// The scenario of `script` with `doors` as `${who.door}`.
fn scenario(script: &str, doors: &[&str]) -> Scenario {
    let rows: Vec<String> = doors.iter().map(|door| format!("{{ door = \"{door}\" }}")).collect();
    let text = format!(
        r#"
name = "table"
application = "generic"
[sessions]
count = {}
ramp = "50ms"
settle = "10ms"
duration = "10m"
drain = "100ms"
cohort = 3
[pace]
every = "10ms"
iterations = {ITERATIONS}
[patience]
request = "2s"
close = "2s"
[generator]
send_lag_p99 = "10m"
little_residual = 1.0
cpu_share = 1.0
pause_p999 = "10m"
[data.who]
rows = [{}]
{script}
"#,
        doors.len(),
        rows.join(", "),
    );
    scenarios::parse(&text, "table.toml", &[]).unwrap_or_else(|error| panic!("{error}"))
}

/// Plays `script` until so many iterations are over and errors counted, in whatever time that takes.
async fn play(script: &str, doors: &[&str], url: &str, iterations: u64, errors: u64) -> LoadOutcome {
    play_and(script, doors, url, (iterations, errors), |_| {}).await
}

/// The same, and `look` is shown every second of it.
async fn play_and(
    script: &str,
    doors: &[&str],
    url: &str,
    (iterations, errors): (u64, u64),
    look: impl Fn(&Snapshot) + Send + Sync + 'static,
) -> LoadOutcome {
    let target = Target::resolve(url).await.unwrap();
    let (stop, played) = (Stop::new(), AtomicU64::new(0));
    let ender = {
        let stop = stop.clone();
        move |snapshot: &Snapshot| {
            look(snapshot);
            let played = played.fetch_add(snapshot.queries, Relaxed) + snapshot.queries;
            if played >= iterations && snapshot.errors >= errors {
                stop.stop();
            }
        }
    };
    let scenario = scenario(script, doors);
    let playing = Box::pin(run(&scenario, &target, Options::new(header()), ender, stop));
    tokio::time::timeout(PATIENCE, playing).await.expect("it ends").unwrap()
}

fn counted(report: &LoadReport) -> BTreeMap<&str, u64> {
    report.errors.iter().map(|error| (error.code.as_str(), error.count)).collect()
}

fn iterations(report: &LoadReport) -> u64 {
    report.timeline.iter().map(|row| row.queries).sum()
}

/// How often `operation` happened, and its errors, whatever the phase.
fn operation<'r>(report: &'r LoadReport, name: &str) -> (u64, BTreeMap<&'r str, u64>) {
    let (mut count, mut errors) = (0, BTreeMap::new());
    for found in report.operations.iter().chain(&report.warm_up).filter(|found| found.name == name) {
        count += found.count;
        for (code, times) in &found.errors {
            *errors.entry(code.as_str()).or_default() += times;
        }
    }
    (count, errors)
}

/// Plays `script`, one session for each of `cases` and a sound one; everything has to be told as the cases say, every
/// session to go on, and every sum to close. `named` is the operation of the step that fails, once an iteration.
pub(crate) async fn meet(script: &str, named: Option<&str>, cases: Vec<Case>) {
    let _turn = TURN.lock().await;
    let faults = cases.iter().map(|case| (case.name.to_owned(), case.fault.clone())).collect();
    let service = Doors::start(faults).await;
    let doors: Vec<&str> = cases.iter().map(|case| case.name).chain(["sound"]).collect();
    let mut expected: BTreeMap<&str, u64> = BTreeMap::new();
    for case in &cases {
        *expected.entry(case.code).or_default() += case.times;
    }
    let given_up = cases.iter().filter(|case| !case.comes_back).count() as u64;
    let staying = doors.len() as u64 - given_up;
    let rounds = staying * ITERATIONS;
    let outcome = play(script, &doors, &service.url(), rounds, expected.values().sum()).await;
    let report = &outcome.report;

    assert_eq!(outcome.ending, Ending::Stopped, "it went on until everything had been played");
    assert_eq!(service.left(), Vec::<String>::new(), "doors that nobody came to");
    assert_eq!(counted(report), expected, "{:#?}", report.errors);
    for error in &report.errors {
        let mut places = cases.iter().filter(|case| case.code == error.code).map(|case| case.place);
        let told = error.example.split_once(": ").unwrap().0;
        assert!(places.any(|place| place == told), "{error:?}");
    }
    assert_eq!(iterations(report), rounds, "everybody went on");
    assert_eq!(report.sessions.established, staying);
    let unheard: u64 = cases.iter().map(|case| case.unheard).sum();
    let said = (service.counts.heard.load(Relaxed) + unheard, service.counts.said.load(Relaxed));
    assert_eq!((report.messages.sent, report.messages.received), said, "what was heard and said");
    if let Some(named) = named {
        assert_eq!(operation(report, named), (rounds, expected), "{named}");
    }
}

/// Plays `script`, which is wrong by itself: every iteration fails at `place` with `code`.
pub(crate) async fn fail(script: &str, (place, code): (&str, &str)) {
    let _turn = TURN.lock().await;
    let service = Doors::start(BTreeMap::new()).await;
    let doors = ["one", "two"];
    let rounds = doors.len() as u64 * ITERATIONS;
    let outcome = play(script, &doors, &service.url(), rounds, rounds).await;
    let report = &outcome.report;
    assert_eq!(counted(report), BTreeMap::from([(code, rounds)]), "{:#?}", report.errors);
    assert!(report.errors[0].example.starts_with(&format!("{place}: ")), "{:?}", report.errors);
    assert_eq!(iterations(report), rounds);
    let said = (service.counts.heard.load(Relaxed), service.counts.said.load(Relaxed));
    assert_eq!((report.messages.sent, report.messages.received), said);
}

/// Plays `script` at a service that refuses every connection until each session was refused: told at `place`, and
/// everybody comes in then.
pub(crate) async fn refused(script: &str, place: &str) {
    let _turn = TURN.lock().await;
    let (opener, open) = watch::channel(false);
    let service = Doors::start_shut(open).await;
    let doors = ["one", "two"];
    let look = move |snapshot: &Snapshot| {
        if snapshot.errors >= doors.len() as u64 {
            opener.send_replace(true);
        }
    };
    // Who was refused in mid-iteration has played it.
    let rounds = doors.len() as u64 * ITERATIONS;
    let outcome = play_and(script, &doors, &service.url(), (rounds, doors.len() as u64), look).await;
    let report = &outcome.report;
    let errors = counted(report);
    assert!(errors.len() == 1 && errors["connection_refused"] >= 2, "{:#?}", report.errors);
    assert!(report.errors[0].example.starts_with(&format!("{place}: ")), "{:?}", report.errors);
    assert_eq!((iterations(report), report.sessions.established), (rounds, 2));
    let unheard = if place.starts_with("step") { errors["connection_refused"] } else { 0 };
    let said = (service.counts.heard.load(Relaxed) + unheard, service.counts.said.load(Relaxed));
    assert_eq!(
        (report.messages.sent, report.messages.received),
        said,
        "a request that found nobody was sent"
    );
}
