//! Mistakes of the user and trouble of the machine: one clear sentence and the documented exit code.

use super::process::{Server, latest, out, run};

/// Runs and demands the code and every text on standard error, nothing on standard output, no panic.
fn refused(arguments: &[&str], code: i32, texts: &[&str]) {
    let out = out();
    let ran = run(out.path(), arguments);
    assert_eq!(ran.code, Some(code), "{arguments:?}: {ran:?}");
    for text in texts {
        assert!(ran.stderr.contains(text), "{arguments:?}: {text:?} is missing in {}", ran.stderr);
    }
    assert!(ran.stdout.is_empty() && !ran.stderr.contains("panicked"), "{arguments:?}: {ran:?}");
}

fn file(name: &str, text: &str) -> (tempfile::TempDir, String) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join(name);
    std::fs::write(&path, text).expect("a file in it");
    let path = path.display().to_string();
    (folder, path)
}

#[test]
fn usage_is_exit_code_2() {
    refused(&["lode"], 2, &["lode"]);
    refused(&["--scenario", "smoke", "list"], 2, &["--scenario"]);
    refused(&["load", "smok"], 2, &["smok", "smoke"]);
    refused(&["load", "smoke", "--set", "sesions.count=3"], 2, &["sesions", "sessions"]);
    refused(&["load", "smoke", "--duration", "soon"], 2, &["--duration", "60s"]);
    refused(&["load", "smoke", "--database", "oracle"], 2, &["oracle", "embedded", "tidb", "mysql://"]);
    refused(&["load", "smoke", "--rate", "fast"], 2, &["fast", "200/s"]);
    refused(&["check", "-s", "level:must &"], 2, &["column"]);
    refused(&["check", "--shard", "5/4"], 2, &["5/4"]);
    refused(&["check", "-s", "rest | handshke"], 2, &["column 8", "handshke", "\"handshake\""]);
    refused(&["check", "-s", "rest & !tag:slwo"], 2, &["slwo", "\"slow\""]);
    refused(&["check", "--update-baseline"], 2, &["--baseline"]);
    refused(&["list", "checks", "--counts"], 2, &["--counts"]);
    refused(&["explain", "handshake.acepts"], 2, &["handshake.accepts"]);
    refused(&["schema", "verdikt"], 2, &["verdict"]);
}

#[test]
fn numbers_and_times_out_of_range_are_exit_code_2() {
    for (command, flags) in [
        (&["check"][..], &["--timing-scale=1e30", "--timing-scale=0", "--timing-scale=nan"][..]),
        (&["check"], &["--jobs=0", "--jobs=18446744073709551615", "--repeat=0", "--network-delay=10000y"]),
        (&["check"], &["--flow-steps=0", "--flow-steps=4294967295", "--shard=0/0"]),
        (
            &["check-client"],
            &["--timing-scale=1e30", "--client-time-scale=-1", "--jobs=18446744073709551615"],
        ),
        (&["load", "smoke"], &["--sessions=0", "--sessions=18446744073709551615", "--rate=1e300/s"]),
        (&["load", "smoke"], &["--duration=0s", "--duration=10000y", "--workers=0"]),
        (&["load", "smoke", "--metrics-listen=0"], &["--metrics-linger=10000y"]),
        (&["plan", "smoke"], &["--from=0", "--to=18446744073709551615", "--repeat=18446744073709551615"]),
        (&["plan", "smoke"], &["--duration=0s", "--growth=nan", "--resolution=1e30", "--headroom=nan"]),
        (&["plan", "smoke", "--rates=1"], &["--surface=0", "--surface=18446744073709551615"]),
        (&["plan", "smoke", "--surface=1"], &["--rates=1e300", "--rates=nan"]),
        (&["plan", "smoke", "--surface=1", "--rates=1"], &["--fan-out=0", "--fan-out=18446744073709551615"]),
    ] {
        for flag in flags {
            let name = flag.split('=').next().unwrap().trim_start_matches('-');
            refused(&[command, &[*flag]].concat(), 2, &[name]);
        }
    }
}

#[test]
fn a_proof_takes_the_whole_selection_and_refuses_what_it_has_no_use_for() {
    for flag in ["--fail-fast", "--repeat=2", "--transcripts=all", "--allow-not-run", "--flow-steps=9"] {
        let name = flag.split('=').next().unwrap();
        refused(&["check", "--prove", flag], 2, &["--prove", name]);
    }
    for flag in ["--fail-fast", "--repeat=2", "--transcripts=all", "--allow-not-run"] {
        let name = flag.split('=').next().unwrap();
        refused(&["check-client", "--prove", flag], 2, &["--prove", name]);
    }
    refused(&["check", "--prove", "-s", "rest.ready", "--shard", "2/2"], 4, &["2/2"]);
}

#[test]
fn a_malformed_file_is_named_with_line_and_column() {
    let (_keep, path) = file("server.toml", "[timers]\nping_intervall = \"1s\"\n");
    refused(&["serve", "--config", &path], 2, &["server.toml:2:1", "ping_intervall"]);
    let (_keep, path) = file("target.toml", "[target]\nname = \"acme\"\nurl = 7\n");
    refused(&["check", "--target", &path], 2, &["target.toml:3:7"]);
    let (_keep, path) = file("mine.toml", "name = \"mine\"\nthresholds = [\"p99(nothing.here) < 1s\"]\n");
    refused(&["load", &path], 2, &["mine.toml:2:"]);
    let (_keep, path) = file("baseline.toml", "[known_failing\n");
    refused(&["check", "--baseline", &path], 2, &["baseline.toml:1:"]);
}

#[test]
fn nothing_selected_is_exit_code_4() {
    refused(&["check", "-s", "nothing.at.all"], 4, &["nothing.at.all"]);
    refused(&["check", "-s", "handshke"], 4, &["\"handshake\""]);
}

#[test]
fn a_target_that_is_not_there_is_one_sentence_and_exit_code_3() {
    // A port that was free a moment ago.
    let port = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap().port();
    let url = format!("http://127.0.0.1:{port}");
    for command in [
        ["check", &url].as_slice(),
        &["load", "smoke", "--url", &url],
        &["query", "--url", &url, "show revenue"],
    ] {
        let out = out();
        let ran = run(out.path(), command);
        assert_eq!(ran.code, Some(3), "{command:?}: {ran:?}");
        assert!(ran.stderr.contains(&port.to_string()), "{command:?}: {ran:?}");
        assert!(
            !ran.stderr.contains("FAIL") && ran.stderr.lines().count() <= 3,
            "{command:?}: {}",
            ran.stderr
        );
    }
}

#[test]
fn a_taken_port_is_one_sentence_and_exit_code_2() {
    let out = out();
    let server = Server::start(out.path(), &[]);
    let address = server.line["backend"].as_str().unwrap();
    let ran = run(out.path(), &["serve", "--listen", address]);
    assert_eq!(ran.code, Some(2), "{ran:?}");
    assert!(ran.stderr.contains(address) && ran.stderr.contains("in use"), "{}", ran.stderr);
}

#[test]
fn a_corrupt_database_is_one_sentence_and_leaves_the_earlier_run_alone() {
    let shared = out();
    let first = run(shared.path(), &["check", "-s", "rest.ready"]);
    assert_eq!(first.code, Some(0), "{first:?}");
    let before = latest(shared.path(), "verdict.json");
    let data = shared.path().join("data");
    let made = std::fs::read_dir(&data).unwrap();
    let name = made
        .filter_map(Result::ok)
        .map(|entry| entry.file_name().into_string().unwrap())
        .find(|name| name.starts_with("financial_db") && name.ends_with(".sqlite"))
        .expect("the database was made");
    // Its own folder from here on: the shared one serves the other tests.
    std::fs::remove_file(&data).unwrap();
    std::fs::create_dir(&data).unwrap();
    std::fs::write(data.join(&name), b"not a database").unwrap();
    let ran = run(shared.path(), &["check", "-s", "rest.ready"]);
    assert_eq!(ran.code, Some(3), "{ran:?}");
    assert!(ran.stderr.contains(&name), "{}", ran.stderr);
    assert_eq!(latest(shared.path(), "verdict.json"), before);
}

#[test]
fn an_out_folder_that_can_not_be_made_is_one_sentence_and_exit_code_3() {
    let (_keep, path) = file("taken", "a file, not a folder");
    let out = std::path::Path::new(&path);
    let ran = run(out, &["check", "-s", "rest.ready"]);
    assert_eq!(ran.code, Some(3), "{ran:?}");
    assert!(ran.stderr.contains("taken"), "{}", ran.stderr);
}
