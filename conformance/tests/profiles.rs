//! Profiles don't change once they are frozen, and everything in them still exists.
//!
//! For a release: `UPDATE_PROFILE=1 cargo test -p conformance --test profiles` writes the requirements of
//! today as the newest version, and its digest into `frozen.toml`.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::PathBuf;

use conformance::{Profile, requirements};
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

/// Writes the profile that is asked for by the environment, if one is.
fn update() {
    if std::env::var_os("UPDATE_PROFILE").is_none() {
        return;
    }
    let version = Profile::versions().last().unwrap().to_owned();
    let made = Profile::of(&version, &requirements::all().unwrap()).to_toml().unwrap();
    std::fs::write(place(&format!("{version}.toml")), &made).unwrap();
    let mut frozen = frozen();
    frozen.insert(version, digest(&made));
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
        assert!(!profile.requirements.is_empty(), "{version} is empty");
        let exists = |id: &String| known.iter().any(|requirement| requirement.id == *id);
        let gone: Vec<_> = profile.requirements.keys().filter(|id| !exists(id)).collect();
        assert!(gone.is_empty(), "{version} has what is gone: {gone:?}");
    }
}
