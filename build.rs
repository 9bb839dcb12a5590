//! How the program is linked.

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::{Command, Stdio};

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let variable = |name: &str| std::env::var(name).unwrap_or_default();
    let release = variable("PROFILE") == "release";
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
    if release && linker_takes(once) {
        println!("cargo::rustc-link-arg-bins={once}");
    }
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
    let variable = |name: &str| std::env::var_os(name).unwrap_or_default();
    let folder = PathBuf::from(variable("OUT_DIR"));
    let source = folder.join("link.rs");
    if std::fs::write(&source, "fn main() {}").is_err() {
        return false;
    }
    let flags = std::env::var("CARGO_ENCODED_RUSTFLAGS").unwrap_or_default();
    let linker = variable("RUSTC_LINKER");
    let mut link_arg = OsString::from("link-arg=");
    link_arg.push(argument);
    let mut rustc = Command::new(variable("RUSTC"));
    rustc.args(flags.split('\u{1f}').filter(|flag| !flag.is_empty())).arg("-C").arg(link_arg);
    if !linker.is_empty() {
        let mut named = OsString::from("linker=");
        named.push(linker);
        rustc.arg("-C").arg(named);
    }
    rustc.arg("-o").arg(folder.join("link")).arg(source);
    rustc.stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok_and(|status| status.success())
}
