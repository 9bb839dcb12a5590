//! A load run shown to others while it lasts.

use std::io::{BufRead as _, BufReader, Read, Write as _};
use std::net::TcpStream;
use std::process::{Command, Stdio};

use super::load::SMALL;
use super::openmetrics::Page;
use super::process::{finished, latest, out, run, tidegate};
use super::telemetry::Collector;

/// A small run whose threshold can end it, which is judged while it lasts.
fn small() -> Vec<&'static str> {
    let threshold = "thresholds=[\"lost == 0\", \"rate(errors) < 100% abort after 5s\"]";
    [&["load", "smoke", "--set", threshold], SMALL.as_slice()].concat()
}

/// Fetches the page.
fn scrape(url: &str) -> Page {
    let address = url.strip_prefix("http://").and_then(|rest| rest.strip_suffix("/metrics")).unwrap();
    let mut stream = TcpStream::connect(address).unwrap();
    write!(
        stream,
        "GET /metrics HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\
         accept: application/openmetrics-text; version=1.0.0\r\n\r\n"
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    assert!(head.contains("content-type: application/openmetrics-text; version=1.0.0"), "{head}");
    Page::read(body)
}

#[test]
fn what_is_scraped_grows_into_the_report() {
    grows_into_the_report(&[]);
}

#[test]
fn what_several_processes_tell_grows_into_their_report() {
    grows_into_the_report(&["--workers", "2"]);
}

fn grows_into_the_report(more: &[&str]) {
    let out = out();
    let mut command = tidegate(out.path(), &[small().as_slice(), more].concat());
    command.args(["--metrics-listen", "127.0.0.1:0", "--metrics-linger", "2m"]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines().map(Result::unwrap);
    let url = lines.find_map(|line| Some(line.strip_prefix("metrics at ")?.to_owned())).unwrap();
    // Each line about the running load is an occasion; the last one says that it is over.
    let mut pages = Vec::new();
    for line in &mut lines {
        if line.contains("sessions") {
            pages.push(scrape(&url));
        } else if line.starts_with("the run is over") {
            break;
        }
    }
    assert!(!pages.is_empty(), "no line about the load");
    pages.push(scrape(&url));
    let drained = std::thread::spawn(move || lines.collect::<Vec<_>>().join("\n"));
    let ended = finished(child);
    assert_eq!(ended.code, Some(0), "{}\n{ended:?}", drained.join().unwrap());
    for pair in pages.windows(2) {
        pair[1].goes_on_from(&pair[0]);
    }
    let last = pages.last().unwrap();
    assert_eq!(last.value("tidegate_load_phase{phase=\"over\"}"), 1.0);
    assert!(pages[0].value("tidegate_load_sessions_requested") == 8.0);
    equals_report(last, &latest(out.path(), "load.json"));
}

/// The last page and the report say the same.
fn equals_report(page: &Page, report: &serde_json::Value) {
    let number = |value: &serde_json::Value| value.as_f64().unwrap_or_else(|| panic!("{value}"));
    let messages = &report["messages"];
    for (sample, value) in [
        ("messages_total{direction=\"sent\"}", &messages["sent"]),
        ("messages_total{direction=\"received\"}", &messages["received"]),
        ("events_total{outcome=\"lost\"}", &messages["lost"]),
        ("events_total{outcome=\"replayed\"}", &messages["replayed"]),
        ("answers_verified_total", &messages["verified_answers"]),
        ("answers_wrong_total", &messages["wrong_answers"]),
        ("sessions_established_total", &report["sessions"]["established"]),
        ("sessions_peak", &report["sessions"]["peak"]),
    ] {
        assert_eq!(page.value(&format!("tidegate_load_{sample}")), number(value), "{sample}");
    }
    assert!(number(&messages["sent"]) > 0.0);
    let operations = report["operations"].as_array().unwrap();
    assert!(operations.iter().any(|operation| operation["name"] == "query.result"));
    for operation in operations {
        let name = operation["name"].as_str().unwrap();
        let count = page.value(&format!("tidegate_load_operations_total{{operation=\"{name}\"}}"));
        assert_eq!(count, number(&operation["count"]), "{name}");
        for clock in ["service", "intended"] {
            let labels = format!("operation=\"{name}\",clock=\"{clock}\"");
            let times = &operation[format!("{clock}_us")];
            let count = page.value(&format!("tidegate_load_operation_duration_seconds_count{{{labels}}}"));
            assert_eq!(count, number(&times["count"]), "{name} {clock}");
            if count > 0.0 {
                let labels = format!("{labels},percentile=\"99\"");
                let p99 =
                    page.value(&format!("tidegate_load_operation_duration_percentile_seconds{{{labels}}}"));
                assert!((p99 * 1e6 - number(&times["p99"])).abs() < 0.5, "{name} {clock}");
            }
        }
    }
    for error in report["errors"].as_array().unwrap() {
        let sample = format!("tidegate_load_errors_total{{code=\"{}\"}}", error["code"].as_str().unwrap());
        assert_eq!(page.value(&sample), number(&error["count"]), "{sample}");
    }
}

#[test]
fn a_collector_is_told_and_one_that_is_away_disturbs_nothing() {
    tells_a_collector(&[]);
}

#[test]
fn a_collector_is_told_by_several_processes_as_by_one() {
    tells_a_collector(&["--workers", "2"]);
}

fn tells_a_collector(more: &[&str]) {
    let out = out();
    let short = ["--duration", "1s", "--quiet"];
    let collector = Collector::start("/v1/metrics");
    let told = run(out.path(), &[small().as_slice(), more, &short, &["--otlp", &collector.address]].concat());
    assert_eq!(told.code, Some(0), "{told:?}");
    let received = collector.received.lock().unwrap();
    for name in
        ["tidegate-load", "tidegate.load.messages", "tidegate.load.operation.duration", "query.result"]
    {
        assert!(received.windows(name.len()).any(|window| window == name.as_bytes()), "no {name}");
    }
    drop(received);
    let mut command = tidegate(out.path(), &[small().as_slice(), more].concat());
    command.args(["--duration", "1s"]).env("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:1");
    command.env("OTEL_METRIC_EXPORT_INTERVAL", "500");
    let away = finished(command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap());
    assert_eq!(away.code, Some(0), "{away:?}");
    let lines = away.stderr.lines().filter(|line| line.contains("does not take the metrics"));
    assert_eq!(lines.count(), 1, "{}", away.stderr);
}

#[test]
fn a_view_that_cannot_be_is_refused_before_the_run() {
    let out = out();
    for (arguments, word) in [
        (["load", "smoke", "--tui", "-q"], "--tui needs a terminal"),
        (["plan", "smoke", "--tui", "-q"], "--tui needs a terminal"),
        (["load", "smoke", "--metrics-listen", "nonsense"], "--metrics-listen \"nonsense\""),
        (["load", "smoke", "--otlp", "http://[nonsense"], "can't send metrics to"),
        (["load", "smoke", "--metrics-linger", "3s"], "--metrics-listen"),
    ] {
        let ran = run(out.path(), &arguments);
        assert!(ran.code == Some(2) && ran.stderr.contains(word), "{arguments:?}: {ran:?}");
    }
}

/// Reads on until `wanted` was seen; what was read is left in `seen`.
fn read_until(stream: &mut impl Read, seen: &mut String, wanted: &str) {
    let from = seen.len();
    let mut buffer = [0; 4_096];
    while !seen[from..].contains(wanted) {
        let count = stream.read(&mut buffer).unwrap();
        assert!(count > 0, "it ended without {wanted:?}: {seen}");
        seen.push_str(&String::from_utf8_lossy(&buffer[..count]));
    }
}

#[test]
fn the_full_screen_obeys_its_keys_and_is_given_back() {
    shows_a_screen(&[]);
}

#[test]
fn the_full_screen_shows_several_processes() {
    shows_a_screen(&["--workers", "2"]);
}

fn shows_a_screen(more: &[&str]) {
    let out = out();
    let load = tidegate(out.path(), &[small().as_slice(), more, &["--duration", "10m", "--tui"]].concat());
    let words = std::iter::once(load.get_program()).chain(load.get_args());
    let quoted: Vec<String> = words.map(|word| format!("'{}'", word.to_str().unwrap())).collect();
    // A terminal of its own, as large as the smallest that people have.
    let line = format!("stty rows 24 cols 80; {}; code=$?; stty -a; exit $code", quoted.join(" "));
    let mut command = Command::new("script");
    command.args(["-q", "-e", "-f", "-c", &line, "/dev/null"]).env("TERM", "xterm").env_remove("NO_COLOR");
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let (mut keys, mut screen) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
    let mut seen = String::new();
    for (key, answer) in [("", "generator"), ("p", "FROZEN"), ("?", "closes"), ("q", "leaves")] {
        keys.write_all(key.as_bytes()).unwrap();
        read_until(&mut screen, &mut seen, answer);
    }
    let rest = std::thread::spawn(move || {
        let mut rest = String::new();
        screen.read_to_string(&mut rest).map(|_| rest)
    });
    let ended = finished(child);
    let rest = rest.join().unwrap().unwrap();
    assert_eq!(ended.code, Some(3), "{rest}");
    assert!(seen.contains("\u{1b}[?1049h"), "the other screen was taken");
    let (_, after) = rest.split_once("\u{1b}[?1049l").expect("the terminal is given back");
    assert!(after.contains("\u{1b}[?25h") && after.contains("interrupted: ending the sessions"), "{after}");
    assert!(after.contains(" icanon") && after.contains(" echo "), "its line discipline as well: {after}");
    assert_eq!(latest(out.path(), "verdict.json")["reasons"][0]["kind"], "interrupted");
}
