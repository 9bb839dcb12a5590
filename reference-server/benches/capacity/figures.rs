//! What is measured, and the table of it.

use std::thread::sleep;
use std::time::Duration;

use super::child::Child;

const IDLE: usize = 19_000;
const RECEIVING: usize = 10_000;
const ECHOING: usize = 64;
const SESSIONS: usize = 15_000;
const STALLED: usize = 100;

/// One figure.
struct Figure {
    what: &'static str,
    wanted: &'static str,
    reached: String,
    ratio: Option<f64>,
}

/// Measures what is named, or everything.
pub(crate) fn run(names: &[&str]) {
    let mut figures = Vec::new();
    for (name, measure) in [
        ("memory", memory as fn() -> Vec<Figure>),
        ("echo", echo),
        ("fan-out", fan_out),
        ("upgrade", upgrade),
        ("latency", latency),
    ] {
        if names.is_empty() || names.contains(&name) {
            for figure in measure() {
                println!("{}: {}", figure.what, figure.reached);
                figures.push(figure);
            }
        }
    }
    println!("\n| figure | wanted | reached | ratio to plain tokio-tungstenite |\n|---|---|---|---|");
    for Figure { what, wanted, reached, ratio } in figures {
        let ratio = ratio.map_or_else(|| "-".to_owned(), |ratio| format!("{ratio:.2}"));
        println!("| {what} | {wanted} | {reached} | {ratio} |");
    }
}

fn serve(kind: &str) -> (Child, String) {
    let mut server = Child::start(&[kind]);
    let address = server.line();
    (server, address)
}

fn clients(job: &str, address: &str, path: &str, count: usize) -> Child {
    let mut client = Child::start(&["client", job, address, path, &count.to_string()]);
    assert_eq!(client.line(), "open");
    client
}

fn both<T>(measure: impl Fn(&str) -> T) -> [T; 2] {
    ["server", "plain"].map(measure)
}

/// Waits until the memory of freed connections is given back, or not any more.
fn settled(server: &Child) -> f64 {
    let mut least = server.memory();
    for _ in 0..8 {
        sleep(Duration::from_millis(500));
        least = least.min(server.memory());
    }
    least
}

/// Memory of each of many idle connections, bytes, and of all of them when they have left.
fn idle(kind: &str, job: &str) -> (f64, f64) {
    let (server, address) = serve(kind);
    // what the first connections bring stays out of the figure
    let mut first = clients(job, &address, "/ws/query", 100);
    first.ask("leave");
    let start = settled(&server);
    let mut client = clients(job, &address, "/ws/query", IDLE);
    let each = (settled(&server) - start) / IDLE as f64;
    client.ask("leave");
    (each, settled(&server) - start)
}

fn memory() -> Vec<Figure> {
    const KIB: f64 = 1_024.0;
    let [ours, plain] = both(|kind| idle(kind, "hold"));
    let deflate = idle("server", "hold-deflate");
    vec![
        Figure {
            what: "memory per idle subscribed connection, 19,000 of them",
            wanted: "≤ 3 KiB",
            reached: format!("{:.2} KiB", ours.0 / KIB),
            ratio: Some(ours.0 / plain.0),
        },
        Figure {
            what: "the same with compression",
            wanted: "≤ 4 KiB",
            reached: format!("{:.2} KiB", deflate.0 / KIB),
            ratio: Some(deflate.0 / plain.0),
        },
        Figure {
            what: "memory over the start after all have left",
            wanted: "≤ 5 MiB",
            reached: format!("{:.1} MiB", ours.1 / KIB / KIB),
            ratio: None,
        },
    ]
}

/// Things a second of the server's CPU time.
fn per_second(server: &Child, things: usize, work: impl FnOnce()) -> f64 {
    let before = server.cpu();
    work();
    things as f64 / (server.cpu() - before).as_secs_f64()
}

fn echo() -> Vec<Figure> {
    const ROUNDS: usize = 8_000;
    let [ours, plain] = both(|kind| {
        let (server, address) = serve(kind);
        let mut client = clients("echo", &address, "/ws/echo", ECHOING);
        per_second(&server, ROUNDS * ECHOING, || drop(client.ask(&ROUNDS.to_string())))
    });
    vec![rate("echoes per CPU-second, 200 bytes", "≥ 140,000", ours, Some(plain))]
}

fn fan_out() -> Vec<Figure> {
    const ROUNDS: usize = 60;
    let [ours, plain] = both(|kind| {
        let (mut server, address) = serve(kind);
        server.ask("sessions 1");
        let mut client = clients("receive", &address, "/ws/progress/session_0000000", RECEIVING);
        client.ask("reach 0");
        let wanted = ROUNDS * RECEIVING;
        let before = server.cpu();
        for round in 1..=ROUNDS {
            server.ask("publish 1");
            let reached = client.ask(&format!("reach {}", round * RECEIVING));
            assert_eq!(reached, (round * RECEIVING).to_string());
        }
        wanted as f64 / (server.cpu() - before).as_secs_f64()
    });
    vec![rate("deliveries of 1 KiB per CPU-second to 10,000 sockets", "≥ 120,000", ours, Some(plain))]
}

fn upgrade() -> Vec<Figure> {
    const ROUNDS: usize = 60;
    const AT_ONCE: usize = 200;
    let [ours, plain] = both(|kind| {
        let (server, address) = serve(kind);
        let mut client = clients("upgrade", &address, "/ws/query", AT_ONCE);
        client.tell("1");
        client.line();
        let mut client = clients("upgrade", &address, "/ws/query", AT_ONCE);
        per_second(&server, ROUNDS * AT_ONCE, || drop(client.ask(&ROUNDS.to_string())))
    });
    vec![rate("upgrades per CPU-second", "≥ 8,000", ours, Some(plain))]
}

fn latency() -> Vec<Figure> {
    let (mut server, address) = serve("server");
    server.ask(&format!("sessions {SESSIONS}"));
    let mut client = clients("receive", &address, "/ws/progress/session_#", SESSIONS);
    let mut phase = |server: &mut Child| {
        server.ask("pace 10000 5");
        client.ask("latency");
        server.ask("pace 10000 20");
        sleep(Duration::from_millis(500));
        client.ask("latency")
    };
    let calm = phase(&mut server);
    let _stalled = clients("stall", &address, "/ws/progress/session_0000000", STALLED);
    let stalled = phase(&mut server);
    let shown = |percentiles: &str| {
        let (median, p99) = percentiles.split_once(' ').unwrap();
        format!("p50 {median} ms, p99 {p99} ms")
    };
    vec![
        Figure {
            what: "delivery, 15,000 sessions at 10,000 messages/s",
            wanted: "p99 < 100 ms",
            reached: shown(&calm),
            ratio: None,
        },
        Figure {
            what: "the same with 100 stalled readers",
            wanted: "no effect",
            reached: shown(&stalled),
            ratio: None,
        },
    ]
}

fn rate(what: &'static str, wanted: &'static str, ours: f64, plain: Option<f64>) -> Figure {
    Figure { what, wanted, reached: format!("{ours:.0}"), ratio: plain.map(|plain| ours / plain) }
}
