//! Load on a server that speaks TLS, with its certificate trusted and not.

use std::path::{Path, PathBuf};

use super::process::{Ran, Server, latest, out, run};

/// A few sessions for a few seconds, judged by what can't depend on the machine's speed.
const SMALL: [&str; 10] = [
    "--set",
    "sessions.count=6",
    "--set",
    "sessions.ramp=\"500ms\"",
    "--set",
    "sessions.settle=\"500ms\"",
    "--set",
    "sessions.drain=\"500ms\"",
    "--set",
    "generator={ send_lag_p99 = \"30s\", pause_p999 = \"30s\", little_residual = 1.0, cpu_share = 1.0 }",
];

/// A server with a certificate for its address that no authority of this system knows, and that certificate's file.
fn server(out: &Path) -> (Server, PathBuf) {
    let made = rcgen::generate_simple_self_signed(vec!["127.0.0.1".to_owned()]).expect("a certificate");
    let (certificate, key) = (out.join("certificate.pem"), out.join("key.pem"));
    std::fs::write(&certificate, made.cert.pem()).expect("it is written");
    std::fs::write(&key, made.signing_key.serialize_pem()).expect("it is written");
    let path = |path: &Path| path.to_str().expect("text").to_owned();
    let environment = [("TIDEGATE_TLS_CERTIFICATE", path(&certificate)), ("TIDEGATE_TLS_KEY", path(&key))];
    let environment = environment.each_ref().map(|(name, value)| (*name, value.as_str()));
    (Server::start_with(out, &["--test-doors"], &environment), certificate)
}

fn load(out: &Path, scenario: &str, server: &Server, more: &[&str]) -> Ran {
    let head = ["load", scenario, "--url", &server.secure_url(), "--duration", "2s"];
    run(out, &[head.as_slice(), SMALL.as_slice(), more].concat())
}

#[test]
fn load_goes_over_tls_whatever_is_spoken_in_it() {
    let out = out();
    let (server, certificate) = server(out.path());
    let ca = ["--ca", certificate.to_str().expect("text")];
    let own = "thresholds=[\"lost == 0\", \"wrong_answers == 0\", \"verified_answers > 0\", \"errors == 0\"]";
    let ran = load(out.path(), "smoke", &server, &[ca.as_slice(), &["--set", own]].concat());
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let report = latest(out.path(), "load.json");
    assert_eq!(report["sessions"]["established"], 6);
    assert_eq!(report["server"]["messages_received"], report["messages"]["sent"], "the books are closed");
    // Whom to trust is told to every process.
    let script = [
        "--workers",
        "2",
        "--set",
        "thresholds=[\"wrong_answers == 0\", \"errors == 0\", \"count(echo) > 0\"]",
    ];
    let ran = load(out.path(), "echo-generic", &server, &[ca.as_slice(), script.as_slice()].concat());
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let report = latest(out.path(), "load.json");
    assert_eq!(report["sessions"]["established"], 6);
    assert_eq!(report["shards"].as_array().map(Vec::len), Some(2));
}

#[test]
fn a_certificate_that_nobody_vouches_for_is_refused_and_the_way_out_is_named() {
    let out = out();
    let (server, _) = server(out.path());
    let address = server.line["backend"].as_str().expect("an address");
    for (scenario, more) in
        [("smoke", [].as_slice()), ("echo-generic", &[]), ("echo-generic", &["--workers", "2"])]
    {
        let ran = load(out.path(), scenario, &server, more);
        assert_eq!(ran.code, Some(3), "{scenario}: {ran:?}");
        for word in [&format!("the certificate of {address} is not trusted"), "UnknownIssuer", "--ca FILE"] {
            assert!(ran.stderr.contains(word), "{scenario}: no {word:?} in {ran:?}");
        }
    }
}
