//! How the program is linked.

use std::path::PathBuf;
use std::process::{Command, Stdio};

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    if variable("HOST") != variable("TARGET") {
        return;
    }
    if glibc().is_some_and(|version| version >= (2, 36)) {
        // Addresses that the loader adapts take 24 bytes each otherwise, 2 MB of the program. Older loaders don't know
        // the short form; linkers that don't know it ignore it.
        println!("cargo::rustc-link-arg-bins=-Wl,-z,pack-relative-relocs");
    }
    // Functions that came out the same are kept once, with what unwinding needs for each.
    let once = "-Wl,--icf=all";
    if variable("PROFILE") == "release" && linker_takes(once) {
        println!("cargo::rustc-link-arg-bins={once}");
    }
}

/// What cargo says to this script as `name`; empty where it says nothing.
fn variable(name: &str) -> String {
    std::env::var(name).unwrap_or_default()
}

/// The version of this machine's glibc, where it has one.
fn glibc() -> Option<(u32, u32)> {
    let told = Command::new("getconf").arg("GNU_LIBC_VERSION").output().ok()?;
    let text = String::from_utf8(told.stdout).ok()?;
    let (major, minor) = text.trim().strip_prefix("glibc ")?.split_once('.')?;
    Some((major.parse().ok()?, minor.parse().ok()?))
}

/// Whether a program can be linked with `argument`: linkers differ from machine to machine, and not all know it.
fn linker_takes(argument: &str) -> bool {
    let folder = PathBuf::from(variable("OUT_DIR"));
    let source = folder.join("link.rs");
    if std::fs::write(&source, "fn main() {}").is_err() {
        return false;
    }
    let flags = variable("CARGO_ENCODED_RUSTFLAGS");
    let mut rustc = Command::new(variable("RUSTC"));
    rustc.args(flags.split('\u{1f}').filter(|flag| !flag.is_empty())).arg(format!("-Clink-arg={argument}"));
    let linker = variable("RUSTC_LINKER");
    if !linker.is_empty() {
        rustc.arg(format!("-Clinker={linker}"));
    }
    rustc.arg("-o").arg(folder.join("link")).arg(source);
    rustc.stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok_and(|status| status.success())
}
