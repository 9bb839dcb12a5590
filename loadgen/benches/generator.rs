//! CPU per message of the generator against a plain tokio-tungstenite client loop, and memory per session.
//!
//! The server is this program again, in a process of its own, so that the figures of this process are the
//! client's alone. Both clients hold the same number of sockets and send the same heartbeats on the same
//! absolute schedule; the generator does all its accounting, and goose drives it. Absolute times differ by
//! half from machine to machine: the ratio of one run is the figure.
#![expect(clippy::unwrap_used, reason = "the small server is the tests' one")]

#[path = "../tests/mini/mod.rs"]
mod mini;

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use criterion::Criterion;
use futures_util::{SinkExt, StreamExt};
use loadgen::{Options, Stop, Target, resources, run};
use reports::model::{Environment, Header, SCHEMA_LOAD, SchemaId};
use tokio::time::{Instant, sleep_until};
use tokio_tungstenite::connect_async_with_config;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;

const SERVER: &str = "LOADGEN_BENCH_SERVER";
const SESSIONS: usize = 200;
const BEAT: Duration = Duration::from_millis(50);
const LENGTH: Duration = Duration::from_secs(2);

/// The server process; it ends with this one.
struct Server(Child);

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn main() {
    if std::env::var_os(SERVER).is_some() {
        runtime().block_on(serve());
        return;
    }
    let (server, url) = start_server();
    // First, while the allocator holds nothing that it could give again.
    if let (_, Some(kib)) = generator(&url, 1_000, Duration::from_secs(1)) {
        println!("generator: {kib:.1} KiB per session of two sockets at 1000 sessions (limit 24)");
    }
    let mut criterion = Criterion::default()
        .configure_from_args()
        .sample_size(10)
        .warm_up_time(Duration::from_millis(1))
        .measurement_time(Duration::from_millis(1));
    let mut costs = [Vec::new(), Vec::new()];
    criterion.bench_function("CPU per message/plain loop", |bencher| {
        bencher.iter_custom(|iterations| scaled(plain(&url), iterations, &mut costs[0]));
    });
    criterion.bench_function("CPU per message/generator", |bencher| {
        bencher.iter_custom(|iterations| {
            scaled(generator(&url, SESSIONS as u64, BEAT).0, iterations, &mut costs[1])
        });
    });
    let [plain, generator_cost] = costs.map(median);
    if plain > 0.0 {
        println!("generator / plain loop: {:.2} x CPU per message (limit 2.5)", generator_cost / plain);
    }
    drop(server);
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime")
}

async fn serve() {
    let server = mini::Mini::start(mini::Faults::default()).await;
    println!("{}", server.url());
    std::future::pending::<()>().await;
}

fn start_server() -> (Server, String) {
    let program = std::env::current_exe().expect("this program has a path");
    let mut child = Command::new(program)
        .env(SERVER, "1")
        .stdout(Stdio::piped())
        .spawn()
        .expect("this program starts again");
    let mut url = String::new();
    let output = child.stdout.take().expect("stdout is piped");
    BufReader::new(output).read_line(&mut url).expect("the server tells its address");
    (Server(child), url.trim().to_owned())
}

/// One run stands for any number of iterations: its cost per message is what criterion is told.
fn scaled(micros: f64, iterations: u64, costs: &mut Vec<f64>) -> Duration {
    costs.push(micros);
    Duration::from_secs_f64(micros / 1e6).mul_f64(iterations as f64)
}

fn median(mut costs: Vec<f64>) -> f64 {
    costs.sort_by(f64::total_cmp);
    costs.get(costs.len() / 2).copied().unwrap_or(0.0)
}

fn cpu() -> Duration {
    resources::figures(std::process::id()).map_or(Duration::ZERO, |figures| figures.cpu)
}

/// Microseconds of CPU per message of the plain loop.
fn plain(url: &str) -> f64 {
    let door = format!("{}/ws/query", url.replace("http://", "ws://"));
    runtime().block_on(async {
        let mut sockets = Vec::new();
        for _ in 0..2 * SESSIONS {
            // 4 KiB: the library's default of 128 KiB, zeroed on every read, would flatter the generator.
            let config = WebSocketConfig::default().read_buffer_size(4 * 1024);
            let connected = connect_async_with_config(door.as_str(), Some(config), false).await;
            sockets.push(connected.expect("the server is there").0);
        }
        let begun = cpu();
        let start = Instant::now();
        let clients: Vec<_> = sockets
            .into_iter()
            .enumerate()
            .map(|(number, mut socket)| {
                tokio::spawn(async move {
                    let mut due = start + BEAT.mul_f64(number as f64 / (2 * SESSIONS) as f64);
                    let mut messages = 0_u64;
                    while due < start + LENGTH {
                        sleep_until(due).await;
                        let text = format!(r#"{{"type":"heartbeat","correlation_id":{messages}}}"#);
                        socket.send(Message::text(text)).await.expect("sent");
                        while let Some(Ok(message)) = socket.next().await {
                            messages += 1;
                            if message.to_text().is_ok_and(|text| text.contains("heartbeat_response")) {
                                break;
                            }
                        }
                        messages += 1;
                        due += BEAT;
                    }
                    messages
                })
            })
            .collect();
        let mut messages = 0;
        for client in clients {
            messages += client.await.expect("no client panics");
        }
        (cpu() - begun).as_secs_f64() * 1e6 / messages as f64
    })
}

/// Microseconds of CPU per message of the generator, and KiB per session.
fn generator(url: &str, sessions: u64, beat: Duration) -> (f64, Option<f64>) {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("questions.json");
    std::fs::write(&file, mini::questions()).expect("written");
    let text = format!(
        "name = \"bench\"\n[sessions]\ncount = {sessions}\nramp = \"1s\"\nsettle = \"500ms\"\nduration = \"{}ms\"\n\
         drain = \"500ms\"\n[heartbeat]\ninterval = \"{}ms\"\n[questions]\nfile = {file:?}\nanswer_budget = \"10h\"\n",
        LENGTH.as_millis(),
        beat.as_millis()
    );
    let scenario = scenarios::parse(&text, "bench.toml", &[]).expect("a sound scenario");
    let outcome = runtime().block_on(async {
        let target = Target::resolve(url).await.expect("an address");
        run(&scenario, &target, Options::new(header()), (), Stop::new()).await.expect("a run")
    });
    let figures = outcome.report.generator;
    (figures.cpu_us_per_message.unwrap_or(0.0), figures.rss_kib_per_session)
}

fn header() -> Header {
    Header {
        schema: SchemaId::new(SCHEMA_LOAD, 1),
        tool_version: env!("CARGO_PKG_VERSION").to_owned(),
        seed: 1,
        started_at: jiff::Timestamp::now(),
        config: serde_json::Value::Null,
        environment: Environment {
            platform: std::env::consts::OS.to_owned(),
            cores: 2,
            memory_mib: None,
            kernel: None,
            build: "bench".to_owned(),
        },
    }
}
