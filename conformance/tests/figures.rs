//! The numbers of checks and mutants that the documents give are those that there are.

use std::sync::LazyLock;

use conformance::{Catalogue, Side};

static ALL: LazyLock<Catalogue> = LazyLock::new(|| conformance::list().expect("the catalogue is read"));

/// Checks of one side, and the mutants that prove them.
fn counted(side: Side) -> (usize, usize) {
    let checks: Vec<_> = ALL.checks.iter().filter(|check| check.side == side).collect();
    (checks.len(), checks.iter().map(|check| check.mutants.len()).sum())
}

/// As documents write it: 2,371.
fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Every number in front of `words`, as it is written.
fn before<'a>(document: &'a str, words: &str) -> Vec<&'a str> {
    let parts: Vec<&str> = document.split(words).collect();
    let heads = &parts[..parts.len() - 1];
    heads
        .iter()
        .map(|head| head.rsplit(|sign: char| sign.is_whitespace()).next().unwrap_or_default())
        .collect()
}

#[test]
fn the_readme_shows_as_many_checks_as_there_are() {
    let readme = include_str!("../../README.md");
    let (checks, _) = counted(Side::Server);
    let shown = [before(readme, " checks;"), before(readme, "  checks passed")].concat();
    assert!(shown.len() >= 3, "{shown:?}");
    for figure in shown {
        assert_eq!(figure, grouped(checks), "README.md");
    }
}

#[test]
fn the_proof_is_told_of_as_many_checks_and_mutants_as_there_are() {
    let truth = include_str!("../../docs/truth.md");
    for (side, row) in [
        (Side::Server, "| checks of servers, mutants | "),
        (Side::Client, "| checks of clients, mutants (`check-client --prove`) | "),
    ] {
        let (checks, mutants) = counted(side);
        let told = truth.split_once(row).unwrap_or_else(|| panic!("no {row:?} in docs/truth.md")).1;
        let wanted = format!("{} and {}, all killed", grouped(checks), grouped(mutants));
        assert!(told.starts_with(&wanted), "docs/truth.md is to say {row}{wanted}");
    }
}

#[test]
fn numbers_are_grouped_by_thousands() {
    for (number, text) in
        [(0, "0"), (478, "478"), (2_371, "2,371"), (478_000, "478,000"), (1_002_003, "1,002,003")]
    {
        assert_eq!(grouped(number), text);
    }
}
