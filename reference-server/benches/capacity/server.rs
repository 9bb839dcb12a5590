//! The real backend, published to through its sessions.

use std::io::BufRead as _;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use reference_server::backend::Backend;
use reference_server::config::{Config, Upstream};
use reference_server::doors::tokens::Verifier;
use reference_server::observe::Metrics;
use reference_server::serve::{HttpOptions, Shutdown, serve_http};
use reference_server::sessions::{Begun, QuerySpec, RunHandle};
use reference_server::wire::identity::{Ids, UserId};
use reference_server::wire::server::{ContextSource, ProgressEvent, ProgressUpdate, UsedContext};
use reference_server::workflow::AgentAddresses;
use tokio::net::TcpListener;
use tokio::runtime::Builder;

use super::child::say;

/// What fills a progress message up to 1 KiB.
const FILLING: usize = 560;

fn config() -> Config {
    let mut config = Config { test_doors: true, ..Config::default() };
    config.limits.max_connections = 100_000;
    config.limits.max_connections_per_session = 100_000;
    // what is measured is the way out, not how little memory a history takes
    config.limits.history_events = 4;
    config.timers.write_timeout = Duration::from_secs(60);
    config.timers.header_timeout = Duration::from_secs(60);
    config
}

/// Serves, and does what the lines of standard input say.
pub(crate) fn run() {
    let runtime = Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let config = Arc::new(config());
    let metrics = Arc::new(Metrics::default());
    let tokens = Arc::new(Verifier::new(&config.auth).unwrap());
    let agents = AgentAddresses::new(&Upstream::default(), "http://127.0.0.1:1");
    let backend = Backend::new(
        Arc::clone(&config),
        Arc::clone(&metrics),
        tokens,
        agents,
        "ws://127.0.0.1:1/ws".to_owned(),
    );
    let backend = Arc::new(backend);
    let served = Arc::clone(&backend);
    runtime.spawn(async move {
        let listener = TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], 0))).await.unwrap();
        say(&listener.local_addr().unwrap().to_string());
        serve_http(listener, served, HttpOptions::new(&config, metrics), Shutdown::new()).await
    });
    // as the command does
    runtime.spawn(async {
        loop {
            tokio::time::sleep(Duration::from_secs(1)).await;
            reference_server::observe::memory::trim();
        }
    });
    let mut runs: Vec<RunHandle> = Vec::new();
    for line in std::io::stdin().lock().lines().map_while(Result::ok) {
        let words: Vec<&str> = line.split(' ').collect();
        match &words[..] {
            // sessions COUNT: makes `session_0000000` and so on, each with a run
            ["sessions", count] => {
                runs = (0..count.parse().unwrap()).map(|number| begin(&backend, number)).collect();
            }
            // publish ROUNDS: that many messages to the first session, one after the other
            ["publish", rounds] => {
                let rounds: u64 = rounds.parse().unwrap();
                let run = &runs[0];
                let published = (0..rounds).filter(|_| run.progress(&update(run))).count() as u64;
                assert_eq!(published, rounds);
            }
            // pace RATE SECONDS: messages a second, to all sessions in turn
            ["pace", rate, seconds] => pace(&runs, rate.parse().unwrap(), seconds.parse().unwrap()),
            other => panic!("unknown line {other:?}"),
        }
        say("done");
    }
}

fn begin(backend: &Backend, number: usize) -> RunHandle {
    let id = format!("session_{number:07}");
    let session = backend.sessions.open(Some(&id), &UserId::anonymous()).unwrap().session;
    let spec = QuerySpec {
        text: "bench".to_owned(),
        stream: false,
        max_rows: 1,
        workflow: "bi".to_owned(),
        chat: None,
        context: UsedContext {
            database: "financial_db".to_owned(),
            tables: None,
            source: ContextSource::Default,
        },
        traceparent: None,
    };
    let begun = session.begin(&Ids::default(), spec, None, || Ok((None, ())));
    let Ok(Begun::New(run, ())) = begun else { panic!("a session's first run is new") };
    run
}

/// A progress message of about 1 KiB that tells when it was made.
fn update(run: &RunHandle) -> ProgressUpdate {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_micros();
    ProgressUpdate {
        transaction_id: run.id.clone(),
        current_agent: "data".to_owned(),
        current_tasks: [("data".to_owned(), vec![format!("made at={now};"), "x".repeat(FILLING)])].into(),
        progress_events: vec![ProgressEvent {
            event_id: "event_1".to_owned(),
            agent: "data".to_owned(),
            event_type: "task_started".to_owned(),
            message: "Executing SQL...".to_owned(),
            timestamp: "2025-01-01T00:00:00.000Z".to_owned(),
        }],
        execution_order: Vec::new(),
        percent: 50,
        eta_ms: Some(1_000),
    }
}

/// Every so many messages one goes to the first session.
const HOT: u64 = 500;

/// On absolute times: what is late is made up for.
fn pace(runs: &[RunHandle], rate: u64, seconds: u64) {
    const TICK: Duration = Duration::from_millis(5);
    let begun = Instant::now();
    let (mut made, mut tick) = (0, 0);
    while made < rate * seconds {
        tick += 1;
        let due = TICK * tick;
        std::thread::sleep(due.saturating_sub(begun.elapsed()));
        let wanted = (due.as_secs_f64() * rate as f64) as u64;
        for number in made..wanted.min(rate * seconds) {
            // one session, where the stalled readers are, hears more than the others
            let turn = if number % HOT == 0 { 0 } else { usize::try_from(number).unwrap() % runs.len() };
            let run = &runs[turn];
            run.progress(&update(run));
        }
        made = made.max(wanted);
    }
}
