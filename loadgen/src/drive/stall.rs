//! The truth about a stall, on a clock that no machine can slow down.
//!
//! Whole cohorts play against a server in memory on tokio's paused clock; the server freezes for 5 s. What the
//! percentiles should be follows from the schedule alone: a heartbeat that was due in the freeze waits for its
//! end, every other one is answered at once.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use scenarios::Scenario;
use serde_json::{Value, json};
use tokio::io::DuplexStream;
use tokio::time::{Instant, sleep_until};
use tokio_tungstenite::tungstenite::Message;

use super::cohort::Cohort;
use super::dispatch::{Source, dispatch};
use crate::client::Stream;
use crate::measure::{Operation, Phases, Recorder, Tally};
use crate::session::Shared;
use crate::target::Target;

const SESSIONS: u64 = 200;
const SECOND: Duration = Duration::from_secs(1);

/// When the server is frozen, and what it saw.
struct Server {
    frozen: Instant,
    thawed: Instant,
    /// First heartbeat of each user, and how many came.
    beats: Mutex<HashMap<String, (Instant, u64)>>,
}

impl Server {
    async fn serve(self: Arc<Self>, stream: DuplexStream) {
        let mut socket = tokio_tungstenite::accept_async(stream).await.unwrap();
        let greeting =
            json!({"type": "connection_established", "session_id": "session", "epoch": "e", "top": 0});
        socket.send(Message::text(greeting.to_string())).await.unwrap();
        let mut user = String::new();
        while let Some(Ok(message)) = socket.next().await {
            let Message::Text(text) = message else { continue };
            let said: Value = serde_json::from_str(&text).unwrap();
            let answer = match said["type"].as_str().unwrap() {
                "connection_handshake" => {
                    said["user_id"].as_str().unwrap().clone_into(&mut user);
                    json!({"type": "connection_acknowledged", "session_id": user, "epoch": "e", "top": 0})
                }
                _ => {
                    let now = Instant::now();
                    self.beats.lock().unwrap().entry(user.clone()).or_insert((now, 0)).1 += 1;
                    if now >= self.frozen && now < self.thawed {
                        sleep_until(self.thawed).await;
                    }
                    json!({"type": "heartbeat_response", "correlation_id": said["correlation_id"], "top": 0})
                }
            };
            if socket.send(Message::text(answer.to_string())).await.is_err() {
                return;
            }
        }
    }
}

fn scenario(more: &str) -> Scenario {
    let text = format!(
        "name = \"stall\"\n[sessions]\ncount = {SESSIONS}\nramp = \"1s\"\nsettle = \"2s\"\nduration = \"30s\"\n\
         drain = \"1s\"\nrest = false\nwatchers = 0\n{more}\n[heartbeat]\ninterval = \"1s\"\n\
         [questions]\nenabled = false\n[patience]\ntarget_gone = \"10s\"\n"
    );
    scenarios::parse(&text, "stall.toml", &[]).unwrap()
}

/// Plays the scenario; gives back the heartbeats' tally, the tally of the send lag, and the server.
async fn play(scenario: Scenario) -> (Tally, Tally, Arc<Server>, Arc<Shared>) {
    let phases = Phases::new(Instant::now(), &scenario.sessions);
    let frozen = phases.steady + SECOND * 10;
    let server = Arc::new(Server { frozen, thawed: frozen + SECOND * 5, beats: Mutex::default() });
    let dialed = Arc::clone(&server);
    let target = Target::dialed(Arc::new(move || {
        let (near, far) = tokio::io::duplex(64 * 1024);
        tokio::spawn(Arc::clone(&dialed).serve(far));
        Stream::Other(Box::new(near))
    }))
    .await;
    let cohort = u64::from(scenario.sessions.cohort);
    let shared = Arc::new(Shared::new(target, scenario, Vec::new(), false, 7, Recorder::new(phases)));
    let dispatching =
        Source::of(&shared, None).map(|source| tokio::spawn(dispatch(Arc::clone(&shared), source)));
    let cohorts: Vec<_> = (0..SESSIONS.div_ceil(cohort))
        .map(|number| {
            let mut cohort = Cohort::new(&shared, number * cohort);
            tokio::spawn(async move {
                cohort.play(phases.drain, phases.drain).await;
                cohort.finish().await;
            })
        })
        .collect();
    for cohort in cohorts {
        cohort.await.unwrap();
    }
    if let Some(dispatching) = dispatching {
        dispatching.abort();
    }
    let mut tallies = shared.recorder.tallies();
    let lag = tallies.swap_remove(Operation::SendLag as usize);
    let mut tallies = shared.recorder.tallies();
    (tallies.swap_remove(Operation::Heartbeat as usize), lag, server, shared)
}

/// What every heartbeat of the measured phase should have waited, sorted: each session's first one, long before
/// the freeze, says when all of its others were due.
fn truth(server: &Server, phases: &Phases) -> Vec<Duration> {
    let mut waits = Vec::new();
    for (first, _) in server.beats.lock().unwrap().values() {
        let dues = (0..).map(|number| *first + SECOND * number).take_while(|due| *due < phases.drain);
        for due in dues.filter(|due| *due >= phases.steady) {
            let frozen = due >= server.frozen && due < server.thawed;
            waits.push(if frozen { server.thawed - due } else { Duration::ZERO });
        }
    }
    waits.sort_unstable();
    waits
}

fn quantile(sorted: &[Duration], percent: usize) -> Duration {
    sorted[(sorted.len() * percent).div_ceil(100) - 1]
}

fn assert_true(tally: &Tally, truth: &[Duration]) {
    assert!(tally.count.abs_diff(truth.len() as u64) <= SESSIONS / 20, "{} of {}", tally.count, truth.len());
    for percent in [90, 95, 99] {
        let right = quantile(truth, percent);
        let seen = Duration::from_micros(tally.intended.value_at_quantile(percent as f64 / 100.0));
        assert!(seen.abs_diff(right) < right / 100, "p{percent}: {seen:?} instead of {right:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_stall_of_5_s_shows_as_it_was_within_a_hundredth() {
    let (beats, lag, server, shared) = play(scenario("cohort = 1")).await;
    let truth = truth(&server, shared.recorder.phases());
    // The arithmetic: of 30 s, those due in 5 s waited 5 s down to none.
    for (percent, seconds) in [(90, 2.0), (95, 3.5), (99, 4.7)] {
        let right = quantile(&truth, percent).as_secs_f64();
        assert!((right - seconds).abs() < 0.1, "p{percent} of the schedule is {right}");
    }
    assert_true(&beats, &truth);
    assert!(lag.service.max() < 5_000, "no message was sent late: {} us", lag.service.max());
    assert!(shared.recorder.examples().is_empty(), "{:?}", shared.recorder.examples());
}

#[tokio::test(start_paused = true)]
async fn cohorts_of_any_size_give_the_same_figures() {
    let (alone, alone_lag, ..) = play(scenario("cohort = 1")).await;
    for cohort in [7, SESSIONS] {
        let (together, lag, server, shared) = play(scenario(&format!("cohort = {cohort}"))).await;
        assert_true(&together, &truth(&server, shared.recorder.phases()));
        assert_eq!(together.count, alone.count, "cohorts of {cohort}");
        assert_eq!(lag.count, alone_lag.count, "cohorts of {cohort}");
        for percent in [50, 90, 95, 99, 100] {
            let at = |tally: &Tally| tally.intended.value_at_quantile(f64::from(percent) / 100.0);
            let (left, right) = (at(&together), at(&alone));
            // A timer has a resolution of 1 ms, a histogram one of 0.1 %.
            assert!(
                left.abs_diff(right) <= 2_000 + right / 500,
                "cohorts of {cohort}, p{percent}: {left} {right}"
            );
        }
    }
}

#[tokio::test(start_paused = true)]
async fn arrivals_keep_to_their_schedule_whatever_the_server_does() {
    let open = format!("[load]\nmodel = \"open\"\nrate = {SESSIONS}");
    let (beats, lag, server, shared) = play(scenario(&open)).await;
    let phases = *shared.recorder.phases();
    let due = (0..).map(|number| phases.ramped + SECOND.mul_f64(f64::from(number + 1) / SESSIONS as f64));
    let mut waits: Vec<Duration> =
        due.take_while(|due| *due < phases.drain)
            .filter(|due| *due >= phases.steady)
            .map(|due| {
                if due >= server.frozen && due < server.thawed { server.thawed - due } else { Duration::ZERO }
            })
            .collect();
    waits.sort_unstable();
    assert_true(&beats, &waits);
    assert!(lag.service.max() < 5_000, "{} us", lag.service.max());
    let counters = &shared.recorder.counters;
    let (offered, dropped) = (&counters.offered, &counters.dropped);
    assert_eq!(offered.load(std::sync::atomic::Ordering::Relaxed), waits.len() as u64);
    assert_eq!(dropped.load(std::sync::atomic::Ordering::Relaxed), 0);
}
