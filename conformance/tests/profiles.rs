//! Profiles don't change once they are frozen, everything in them still exists, and their clauses read as they did.
//! What is added later needs no change here.
//!
//! - Before the release of the newest version: `UPDATE_PROFILE=anew cargo test -p conformance --test profiles` writes
//!   the requirements and checks of today as that version, and its digest into `frozen.toml`.
//! - After it a clause that requires something else gets an id of its own. For better words of the same clause:
//!   `UPDATE_PROFILE=words`, which leaves requirements, levels and checks of every version as they are.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::PathBuf;

use conformance::{Profile, Selection, checks, requirements};
use sha1::{Digest as _, Sha1};

fn place(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("requirements/profiles").join(name)
}

fn text(version: &str) -> String {
    std::fs::read_to_string(place(&format!("{version}.toml"))).unwrap()
}

fn digest(text: &str) -> String {
    Sha1::digest(text).iter().fold(String::new(), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

/// Version → digest of its file.
fn frozen() -> BTreeMap<String, String> {
    toml::from_str(&std::fs::read_to_string(place("frozen.toml")).unwrap()).unwrap()
}

/// Writes what is asked for by the environment, if anything is.
fn update() {
    let Some(what) = std::env::var_os("UPDATE_PROFILE") else { return };
    let known = requirements::all().unwrap();
    match what.to_str() {
        Some("anew") => {
            let version = Profile::versions().last().unwrap();
            write(&Profile::of(version, &known, &checks::all()));
        }
        Some("words") => {
            for version in Profile::versions() {
                let mut profile: Profile = toml::from_str(&text(version)).unwrap();
                profile.reword(&known);
                write(&profile);
            }
        }
        other => panic!("UPDATE_PROFILE is `anew` or `words`, not {other:?}"),
    }
}

fn write(profile: &Profile) {
    let made = profile.to_toml().unwrap();
    std::fs::write(place(&format!("{}.toml", profile.version)), &made).unwrap();
    let mut frozen = frozen();
    frozen.insert(profile.version.clone(), digest(&made));
    let head = "# Digest (SHA-1) of each profile. One that changes was not frozen.\n";
    std::fs::write(place("frozen.toml"), format!("{head}{}", toml::to_string(&frozen).unwrap())).unwrap();
}

#[test]
fn profiles_stay_as_they_were_frozen_and_everything_in_them_exists() {
    update();
    let (frozen, known) = (frozen(), requirements::all().unwrap());
    assert!(frozen.keys().map(String::as_str).eq(Profile::versions()), "{frozen:?}");
    for (version, expected) in &frozen {
        let text = text(version);
        assert_eq!(digest(&text), *expected, "profiles/{version}.toml has changed since it was frozen");
        let profile: Profile = toml::from_str(&text).unwrap();
        assert_eq!(profile.version, *version);
        assert!(!profile.requirements.is_empty() && !profile.checks.is_empty(), "{version} is empty");
        let differences = profile.differences(&known, &checks::all());
        assert!(
            differences.is_empty(),
            "the suite is not what was frozen as {version}; see the head of this file:\n{}",
            differences.join("\n")
        );
    }
}

#[test]
fn a_check_that_was_added_later_is_left_out() {
    let known = requirements::all().unwrap();
    let mut profile = Profile::of("made", &known, &checks::all());
    let listed = |profile: &Profile| -> Vec<String> {
        let selection = Selection { profile: Some(profile.clone()), ..Selection::default() };
        conformance::selection(&selection).unwrap().into_iter().map(|check| check.id).collect()
    };
    let all = listed(&profile);
    let added = all.last().unwrap();
    profile.checks.remove(added);
    assert_eq!(listed(&profile), all[..all.len() - 1]);
}
