//! The generator on the same work: goose, sessions, all accounting, a report at the end.

use loadgen::{Options, Stop, Target, run};
use reports::model::{Environment, GeneratorVerdict, Header, SCHEMA_LOAD, SchemaId};

use super::{Cost, SETTLE, STEADY};

/// Plays the scenario `heartbeat` with `users` sessions and further overrides.
pub(crate) async fn play(url: &str, users: u64, more: Vec<String>) -> Cost {
    let mut overrides = vec![
        format!("sessions.count={users}"),
        format!("sessions.settle={}s", SETTLE.as_secs()),
        format!("sessions.duration={}s", STEADY.as_secs()),
    ];
    overrides.extend(more);
    let scenario = scenarios::load("heartbeat", &overrides).expect("a sound scenario");
    let target = Target::resolve(url).await.expect("an address");
    let outcome = run(&scenario, &target, Options::new(header()), (), Stop::new()).await.expect("a run");
    let report = outcome.report;
    if !report.errors.is_empty() || report.sessions.peak < users {
        eprintln!("{:?} {:?}", report.sessions, report.errors);
    }
    Cost {
        cpu_us: report.generator.cpu_us_per_message.unwrap_or(f64::NAN),
        kib: report.generator.rss_kib_per_session.unwrap_or(f64::NAN),
        connected_s: report.sessions.connected_us.map_or(f64::NAN, |micros| micros as f64 / 1e6),
        verdict: match report.generator.verdict {
            GeneratorVerdict::Ok if report.errors.is_empty() => "ok".to_owned(),
            GeneratorVerdict::Ok => "errors".to_owned(),
            GeneratorVerdict::Limit => report.generator.reasons.join("; "),
        },
    }
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
