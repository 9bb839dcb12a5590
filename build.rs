//! How the program is linked.

use std::process::Command;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let (host, target) = (std::env::var("HOST"), std::env::var("TARGET"));
    if host == target && glibc().is_some_and(|version| version >= (2, 36)) {
        // Addresses that the loader adapts take 24 bytes each otherwise, 2 MB of the program. Older loaders don't know
        // the short form; linkers that don't know it ignore it.
        println!("cargo::rustc-link-arg-bins=-Wl,-z,pack-relative-relocs");
    }
}

/// The version of this machine's glibc, where it has one.
fn glibc() -> Option<(u32, u32)> {
    let told = Command::new("getconf").arg("GNU_LIBC_VERSION").output().ok()?;
    let text = String::from_utf8(told.stdout).ok()?;
    let (major, minor) = text.trim().strip_prefix("glibc ")?.split_once('.')?;
    Some((major.parse().ok()?, minor.parse().ok()?))
}
