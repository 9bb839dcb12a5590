//! A whole run: written, published, read back, rendered again.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on may panic")]

#[expect(dead_code, unreachable_pub, reason = "not every made result is needed here")]
mod sample;

use std::fs;

use reports::{HISTOGRAMS_FILE, PAGE_FILE, ReportError, RunDir, RunReport};

fn written(run: &RunReport) -> (tempfile::TempDir, RunDir) {
    let out = tempfile::tempdir().unwrap();
    let dir = RunDir::create(out.path(), &run.verdict.command, run.verdict.header.started_at).unwrap();
    run.write(&dir).unwrap();
    (out, dir)
}

#[test]
fn what_is_written_is_read_back_and_rendered_the_same() {
    for mut run in [sample::gate_fail(), sample::prove_fail(), sample::target_gone()] {
        // Made figures have no log behind them.
        run.latency = None;
        let (out, dir) = written(&run);
        dir.publish().unwrap();
        let latest = out.path().join(reports::LATEST);
        let read = RunReport::read(&latest).unwrap();
        assert_eq!(read, run);
        let page = fs::read(latest.join(PAGE_FILE)).unwrap();
        fs::remove_file(latest.join(PAGE_FILE)).unwrap();
        let again = RunDir::open(&latest).unwrap();
        read.render(&again).unwrap();
        assert_eq!(fs::read(again.path().join(PAGE_FILE)).unwrap(), page);
    }
}

#[test]
fn every_file_of_the_contract_is_there() {
    let (_out, dir) = written(&sample::gate_fail());
    for name in [
        "verdict.json",
        "conformance.json",
        "conformance.junit.xml",
        "load.json",
        "load.junit.xml",
        "timeline.csv",
        "operations.csv",
        "summary.md",
        "index.html",
        "transcripts",
        "badge.svg",
        "badges",
    ] {
        assert!(dir.path().join(name).exists(), "{name}");
    }
    assert!(!dir.path().join("prove.json").exists(), "nothing was proven");
}

#[test]
fn every_rendering_is_made_again_and_the_log_is_drawn() {
    let mut run = sample::gate_fail();
    run.load.as_mut().unwrap().timeline.truncate(20);
    let (_out, dir) = written(&run);
    dir.write(HISTOGRAMS_FILE, &sample::hdr_log(run.load.as_ref().unwrap())).unwrap();
    let renderings = [
        "index.html",
        "summary.md",
        "load.junit.xml",
        "timeline.csv",
        "operations.csv",
        "conformance.junit.xml",
    ];
    for name in renderings {
        fs::remove_file(dir.path().join(name)).unwrap();
    }
    let read = RunReport::read(dir.path()).unwrap();
    read.render(&dir).unwrap();
    for name in renderings {
        assert!(dir.path().join(name).exists(), "{name}");
    }
    let page = fs::read_to_string(dir.path().join(PAGE_FILE)).unwrap();
    assert!(page.contains("chart-heat-0") && page.contains("href=\"load.hdr\""));
    fs::write(dir.path().join(HISTOGRAMS_FILE), "Tag=query.result.intended,1,1,2,broken\n").unwrap();
    let error = RunReport::read(dir.path()).unwrap_err();
    assert!(error.to_string().ends_with("load.hdr: not a readable histogram log"), "{error}");
}

#[test]
fn a_folder_without_a_verdict_is_no_run() {
    let (_out, dir) = written(&sample::check_pass());
    fs::remove_file(dir.path().join("verdict.json")).unwrap();
    let error = RunReport::read(dir.path()).unwrap_err();
    assert!(matches!(&error, ReportError::Read { path, .. } if path.ends_with("verdict.json")), "{error}");
}

#[test]
fn a_lost_transcript_is_said_and_a_foreign_path_is_refused() {
    let mut run = sample::gate_fail();
    let (_out, dir) = written(&run);
    fs::remove_dir_all(dir.path().join("transcripts")).unwrap();
    let read = RunReport::read(dir.path()).unwrap();
    assert!(read.transcripts.is_empty());
    assert!(reports::html::page(&read).contains("not found beside this page's data"));
    run.transcripts.clear();
    run.conformance.as_mut().unwrap().results[0].transcript = Some("../../etc/passwd".into());
    let (_out, dir) = written(&run);
    assert!(matches!(RunReport::read(dir.path()), Err(ReportError::UnsafeName { .. })));
}

#[test]
fn a_run_that_cannot_be_written_leaves_no_verdict() {
    let run = sample::gate_fail();
    let out = tempfile::tempdir().unwrap();
    let dir = RunDir::create(out.path(), "gate", run.verdict.header.started_at).unwrap();
    // Something in the way of the page: everything before it is whole, the verdict is not there.
    fs::create_dir(dir.path().join(PAGE_FILE)).unwrap();
    let error = run.write(&dir).unwrap_err();
    assert!(matches!(&error, ReportError::Write { path, .. } if path.ends_with(PAGE_FILE)), "{error}");
    assert!(!dir.path().join("verdict.json").exists());
}
