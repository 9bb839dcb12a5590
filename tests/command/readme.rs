//! What the README shows is what the command prints, in shape: the words and the order of lines, not the figures.

use super::process::{out, run};

const README: &str = include_str!("../../README.md");

/// The fenced block behind the comment `<!-- shown: NAME -->`.
fn shown(name: &str) -> &'static str {
    let marker = format!("<!-- shown: {name} -->");
    let behind = README.split_once(&marker).unwrap_or_else(|| panic!("no {marker} in README.md")).1;
    let body = behind.split_once("```text\n").expect("a fenced block").1;
    body.split_once("\n```").expect("its end").0
}

/// The words of a screen without figures: digits, units that follow them, paths and padding taken away. Where
/// lines are broken depends on the figures, so lines are joined.
fn shape(text: &str) -> String {
    // A busy machine may add that it was one.
    let text = match text.split_once("\n Note ") {
        Some((before, note)) => {
            [before, note.split_once("\n Next ").map_or("", |(_, next)| next)].join("\n Next ")
        }
        None => text.to_owned(),
    };
    text.split_whitespace()
        .filter(|word| !word.contains(|sign: char| sign.is_ascii_digit()) && !word.contains('/'))
        .filter(|word| !matches!(*word, "ms" | "s" | "µs" | "KiB" | "MiB" | "…"))
        .map(|word| word.trim_end_matches('…'))
        .collect::<Vec<_>>()
        .join(" ")
}

/// Makes a short gate of it that can't fail for the machine's speed.
const SHORT: [&str; 16] = [
    "gate",
    "--scenario",
    "smoke",
    "--set",
    "sessions.count=8",
    "--set",
    "sessions.ramp=\"500ms\"",
    "--set",
    "sessions.settle=\"500ms\"",
    "--set",
    "sessions.duration=\"4s\"",
    "--set",
    "sessions.drain=\"1s\"",
    "--set",
    "generator={ send_lag_p99 = \"10s\", little_residual = 1.0, cpu_share = 1.0 }",
    "--set",
];

#[test]
fn a_green_run_prints_what_the_readme_shows() {
    let out = out();
    let kept =
        "thresholds=[\"lost == 0\", \"duplicated == 0\", \"out_of_order == 0\", \"wrong_answers == 0\"]";
    let ran = run(out.path(), &[SHORT.as_slice(), &[kept]].concat());
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert_eq!(shape(&ran.stdout), shape(shown("pass")), "{}", ran.stdout);
}

#[test]
fn a_failure_prints_what_the_readme_shows() {
    let out = out();
    let broken = "thresholds=[\"lost == 0\", \"p99(query.result) < 500ms\"]";
    let ran = run(out.path(), &[SHORT.as_slice(), &[broken]].concat());
    assert_eq!(ran.code, Some(1), "{ran:?}");
    assert_eq!(shape(&ran.stdout), shape(shown("fail")), "{}", ran.stdout);
}
