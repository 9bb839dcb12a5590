//! Runs that say nothing, or not enough, are never green.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;

use super::process::{latest, out, run};

/// A server that answers so many plain requests and then is gone.
fn mortal(answers: usize) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for stream in listener.incoming().take(answers) {
            let mut stream = stream.unwrap();
            // What is asked does not matter to its answer.
            let _ = stream.read(&mut [0; 4096]);
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
        }
    });
    url
}

#[test]
fn a_target_that_goes_away_is_not_made_green_by_allowing_what_is_not_run() {
    let out = out();
    for more in [&[][..], &["--allow-not-run"]] {
        // Five connections measure the round trip.
        let url = mortal(5);
        let select = "handshake.accepts | handshake.version | handshake.query-text";
        let ran = run(out.path(), &[&["check", &url, "-s", select, "--jobs", "1"], more].concat());
        assert_eq!(ran.code, Some(3), "{more:?}: {ran:?}");
        let verdict = latest(out.path(), "verdict.json");
        let reason = &verdict["reasons"][0];
        assert_eq!((&reason["kind"], &reason["id"]), (&"target".into(), &"target-gone".into()), "{verdict}");
        assert_eq!(verdict["checks"]["passed"], 0, "{verdict}");
    }
}

#[test]
fn a_run_in_which_nothing_applies_is_invalid_and_its_badge_says_so() {
    let out = out();
    let file = out.path().join("target.toml");
    let url = mortal(usize::MAX);
    std::fs::write(&file, format!("[target]\nname = \"made\"\nurl = \"{url}\"\n[features]\necho = false\n"))
        .unwrap();
    let ran = run(out.path(), &["check", "-s", "utf8", "--target", &file.display().to_string()]);
    assert_eq!(ran.code, Some(3), "{ran:?}");
    assert!(ran.stdout.contains("Nothing was judged"), "{ran:?}");
    assert_eq!(latest(out.path(), "verdict.json")["reasons"][0]["id"], "nothing-judged");
    let badge = std::fs::read_to_string(out.path().join("latest/badge.svg")).unwrap();
    assert!(badge.contains("tidegate: nothing judged"), "{badge}");
}
