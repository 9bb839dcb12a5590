//! Dependencies point one way: `scenarios`, `reports` and the reference client know nobody; `conformance` knows
//! the first two, `loadgen` all three; the reference server knows none of them; only the command line knows all.

use std::collections::{BTreeMap, BTreeSet};

use cargo_metadata::{DependencyKind, MetadataCommand};

const ALLOWED: [(&str, &[&str]); 7] = [
    ("scenarios", &[]),
    ("reports", &[]),
    ("reference-server", &[]),
    ("conformance", &["reports", "scenarios"]),
    ("loadgen", &["reports", "scenarios", "tidegate-client"]),
    ("tidegate-client", &[]),
    ("tidegate", &["conformance", "loadgen", "reference-server", "reports", "scenarios", "tidegate-client"]),
];

/// The platform that these tests were built on.
fn host() -> String {
    let rustc = std::process::Command::new("rustc").arg("-vV").output().expect("rustc is where cargo is");
    let told = String::from_utf8(rustc.stdout).expect("what rustc says is text");
    told.lines().find_map(|line| line.strip_prefix("host: ")).expect("rustc names its host").to_owned()
}

fn metadata() -> cargo_metadata::Metadata {
    // What other platforms need was never loaded.
    let options = ["--offline", "--locked", "--filter-platform", &host()].map(str::to_owned);
    MetadataCommand::new()
        .manifest_path(concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml"))
        .other_options(options.to_vec())
        .exec()
        .expect("cargo metadata works where cargo test does")
}

#[test]
fn dependencies_point_one_way() {
    let metadata = metadata();
    let members: BTreeSet<String> =
        metadata.workspace_packages().iter().map(|package| package.name.to_string()).collect();
    let allowed: BTreeMap<&str, &[&str]> = ALLOWED.into_iter().collect();
    assert_eq!(members, allowed.keys().map(ToString::to_string).collect(), "the rule names every member");
    for package in metadata.workspace_packages() {
        let may = allowed[package.name.as_str()];
        for dependency in &package.dependencies {
            let ours = members.contains(&dependency.name);
            assert!(
                !ours || may.contains(&dependency.name.as_str()),
                "{} must not depend on {} ({:?})",
                package.name,
                dependency.name,
                dependency.kind
            );
        }
    }
}

#[test]
fn the_suite_shares_no_websocket_code_with_the_server() {
    let metadata = metadata();
    for package in metadata.workspace_packages() {
        if package.name.as_str() != "conformance" {
            continue;
        }
        for dependency in &package.dependencies {
            assert!(
                !["tungstenite", "tokio-tungstenite", "hyper", "http"].contains(&dependency.name.as_str()),
                "conformance speaks its own bytes, but depends on {}",
                dependency.name
            );
        }
    }
}

#[test]
fn nothing_needs_more_than_a_rust_toolchain_and_a_c_compiler() {
    let metadata = metadata();
    let forbidden = ["openssl-sys", "native-tls", "bindgen", "prost-build", "protoc", "clang-sys"];
    let found: Vec<String> = metadata
        .packages
        .iter()
        .map(|package| package.name.to_string())
        .filter(|name| forbidden.contains(&name.as_str()))
        .filter(|name| reachable(&metadata, name))
        .collect();
    assert!(found.is_empty(), "{found:?} would need a system library or another tool");
}

/// True when `name` is a normal or build dependency of some member on this platform, not only optional
/// somewhere in the lock file.
fn reachable(metadata: &cargo_metadata::Metadata, name: &str) -> bool {
    let Some(resolve) = &metadata.resolve else { return false };
    resolve.nodes.iter().flat_map(|node| &node.deps).any(|dependency| {
        metadata[&dependency.pkg].name.as_str() == name
            && dependency.dep_kinds.iter().any(|kind| {
                kind.kind != DependencyKind::Development
                    && kind.target.as_ref().is_none_or(|target| target.to_string().contains("linux"))
            })
    })
}
