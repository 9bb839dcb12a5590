//! What `report` does with an hour of 15,000 sessions: 3,600 rows, every operation, and a histogram log of that size.
//! Reading and rendering have to stay under two seconds together, the page under 2 MiB.

#![expect(clippy::expect_used, reason = "a bench may panic")]

#[path = "../tests/sample/mod.rs"]
#[expect(dead_code, unreachable_pub, reason = "the tests use more of the made results")]
mod sample;

use std::time::Duration;

use criterion::{Criterion, criterion_group, criterion_main};
use reports::{HISTOGRAMS_FILE, RunDir, RunReport, html};

/// The run in a folder of its own, with a log as large as its own.
fn hour() -> (tempfile::TempDir, RunDir) {
    let run = sample::hour();
    let out = tempfile::tempdir().expect("a folder");
    let dir = RunDir::create(out.path(), "load", run.verdict.header.started_at).expect("a folder");
    let log = sample::hdr_log(run.load.as_ref().expect("a load run"));
    dir.write(HISTOGRAMS_FILE, &log).expect("the log is written");
    run.write(&dir).expect("the run is written");
    (out, dir)
}

fn report(criterion: &mut Criterion) {
    let (_out, dir) = hour();
    let size = |name: &str| std::fs::metadata(dir.path().join(name)).map_or(0, |file| file.len() / 1024);
    let run = RunReport::read(dir.path()).expect("a run");
    run.render(&dir).expect("rendered");
    println!(
        "load.json {} KiB, load.hdr {} KiB, index.html {} KiB",
        size("load.json"),
        size(HISTOGRAMS_FILE),
        size("index.html")
    );
    let mut group = criterion.benchmark_group("an hour");
    group.sample_size(10).measurement_time(Duration::from_secs(10));
    group.bench_function("read and render everything", |bencher| {
        bencher.iter(|| {
            let run = RunReport::read(dir.path()).expect("a run");
            run.render(&dir).expect("rendered");
        });
    });
    group.bench_function("read the data", |bencher| {
        bencher.iter(|| RunReport::read(dir.path()).expect("a run"));
    });
    group.bench_function("the page alone", |bencher| bencher.iter(|| html::page(&run).len()));
    group.finish();
}

criterion_group!(benches, report);
criterion_main!(benches);
