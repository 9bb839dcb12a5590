//! What the generator costs beside a plain client loop that does the same work: CPU per message, memory per session,
//! time to connect.
//!
//! Each client runs in a process of its own against a server in another: figures are those of the whole process, by
//! `/proc`. Absolute times differ by half from machine to machine: the ratio to the loop of the same round is the
//! figure. Rounds: `GENERATOR_BENCH_ROUNDS` (1).
#![expect(clippy::cast_precision_loss, reason = "counts of a bench are far below 2^53")]

mod ours;
mod plain;
mod server;

use std::process::Command;
use std::time::Duration;

use loadgen::resources::{self, Figures};
use serde::{Deserialize, Serialize};

/// Which part of the bench a process plays.
pub(crate) const ROLE: &str = "GENERATOR_BENCH_ROLE";
/// Time between two messages of a user.
pub(crate) const PERIOD: Duration = Duration::from_secs(1);
/// Warm-up.
pub(crate) const SETTLE: Duration = Duration::from_secs(3);
/// What is measured.
pub(crate) const STEADY: Duration = Duration::from_secs(15);

/// What a client cost.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Cost {
    /// Microseconds of CPU per message sent or received.
    pub(crate) cpu_us: f64,
    /// KiB per user, over the process before it connected.
    pub(crate) kib: f64,
    /// Seconds until the last user was connected.
    pub(crate) connected_s: f64,
    /// What the generator thinks of itself.
    pub(crate) verdict: String,
}

/// One way to do the work.
struct Way {
    name: &'static str,
    /// Overrides of the scenario; none for the plain loop.
    overrides: Option<&'static str>,
    /// Wanted: most of the loop's CPU.
    cpu: f64,
    /// Wanted: most KiB.
    kib: f64,
}

const fn way(name: &'static str, overrides: &'static str, cpu: f64, kib: f64) -> Way {
    Way { name, overrides: Some(overrides), cpu, kib }
}

const PLAIN: Way = Way { name: "plain loop", overrides: None, cpu: 1.0, kib: f64::INFINITY };

const SMALL: [Way; 4] = [
    PLAIN,
    way("sessions", "", 1.5, 10.0),
    way("one session a user", "sessions.cohort=1", 1.5, f64::INFINITY),
    way("open model", "load.model=open load.rate=1000", 1.5, 10.0),
];

const LARGE: [Way; 3] = [
    PLAIN,
    way("sessions", "sessions.ramp=2s", 1.3, 10.0),
    way("large cohorts", "sessions.ramp=2s sessions.cohort=5000", 1.1, 4.0),
];

fn main() {
    match std::env::var(ROLE).as_deref() {
        Ok("server") => return server::serve(),
        Ok(role) => return client(role),
        Err(_) => {}
    }
    // Without it, `cargo test --benches` would take minutes.
    if !std::env::args().any(|argument| argument == "--bench") {
        return;
    }
    let rounds = std::env::var("GENERATOR_BENCH_ROUNDS").ok().and_then(|text| text.parse().ok()).unwrap_or(1);
    for _ in 0..rounds {
        round(1_000, &SMALL);
        round(15_000, &LARGE);
    }
}

/// Plays every way with so many users, and prints what it cost beside the plain loop.
fn round(users: u64, ways: &[Way]) {
    println!("{users} users, a message of 200 bytes a second each");
    println!("{:>22} {:>9} {:>7} {:>9} {:>9}", "", "us/msg", "x", "KiB/user", "connected");
    let mut floor = None;
    for way in ways {
        let server = server::Server::start();
        let Some(cost) = measure(&server.url, users, way) else {
            println!("{:>22} failed", way.name);
            continue;
        };
        let ratio = cost.cpu_us / *floor.get_or_insert(cost.cpu_us);
        let missed = ratio > way.cpu || cost.kib > way.kib;
        println!(
            "{:>22} {:>9.2} {:>7.2} {:>9.1} {:>8.2}s{}{}",
            way.name,
            cost.cpu_us,
            ratio,
            cost.kib,
            cost.connected_s,
            if missed { format!("  wanted: {} x, {} KiB", way.cpu, way.kib) } else { String::new() },
            if cost.verdict == "ok" { String::new() } else { format!("  {}", cost.verdict) },
        );
    }
}

/// Runs one way in a process of its own.
fn measure(url: &str, users: u64, way: &Way) -> Option<Cost> {
    let program = std::env::current_exe().ok()?;
    let role = format!("{url} {users} {}", way.overrides.unwrap_or("plain"));
    let output = Command::new(program).env(ROLE, role).output().ok()?;
    let text = String::from_utf8_lossy(&output.stdout);
    let cost = text.lines().find_map(|line| serde_json::from_str(line).ok());
    if cost.is_none() {
        eprintln!("{text}{}", String::from_utf8_lossy(&output.stderr));
    }
    cost
}

/// The client process: `URL USERS plain`, or the generator with overrides.
fn client(role: &str) {
    let mut words = role.split(' ').filter(|word| !word.is_empty());
    let url = words.next().expect("a URL");
    let users: u64 = words.next().and_then(|users| users.parse().ok()).expect("a number of users");
    let rest: Vec<String> = words.map(str::to_owned).collect();
    let cost = runtime().block_on(async {
        match rest.first().map(String::as_str) {
            Some("plain") => plain::play(url, users).await,
            _ => ours::play(url, users, rest).await,
        }
    });
    println!("{}", serde_json::to_string(&cost).expect("figures serialize"));
    // What still runs is of no interest; the sockets close with the process.
    #[expect(clippy::exit, reason = "thousands of tasks would be dropped one by one")]
    std::process::exit(0);
}

/// As the command line's, on two threads.
pub(crate) fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime")
}

/// Memory and CPU of this process.
pub(crate) fn usage() -> Figures {
    resources::figures(std::process::id()).expect("this process is seen")
}
