//! The figures of the whole server, next to what is wanted of each and beside a plain tokio-tungstenite server in
//! the same run. Read the ratios; absolute figures differ by half from machine to machine.
//!
//! `cargo bench -p reference-server --bench capacity` runs all of it, `… -- memory echo fan-out upgrade latency`
//! some. The server and its clients are processes of their own, so that its CPU time and memory are its own;
//! `ulimit -n` must be 20,000.

#![expect(clippy::unwrap_used, reason = "a benchmark that can't run stops where it stands")]

mod child;
mod client;
mod figures;
mod plain;
mod server;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match &words[..] {
        ["server"] => server::run(),
        ["plain"] => plain::run(),
        ["client", job, address, path, count] => client::run(job, address, path, count.parse().unwrap()),
        // a test run of all targets starts benchmarks too
        words if !words.contains(&"--bench") => println!("cargo bench -p reference-server --bench capacity"),
        words => figures::run(&words.iter().filter(|word| **word != "--bench").copied().collect::<Vec<_>>()),
    }
}
