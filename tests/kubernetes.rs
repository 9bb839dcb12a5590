//! The manifests in `ci/kubernetes` are YAML, agree with themselves, and use flags and variables that the program has.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use marked_yaml::Node;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("ci/kubernetes")
}

fn yaml(name: &str) -> Node {
    let text = std::fs::read_to_string(folder().join(name)).expect("a manifest");
    marked_yaml::parse_yaml(0, text).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// The node at `path`, its parts names of a mapping or numbers of a sequence.
fn at<'n>(node: &'n Node, path: &str) -> &'n Node {
    path.split('/').fold(node, |node, part| match (node, part.parse::<usize>()) {
        (Node::Sequence(sequence), Ok(index)) => sequence.get(index).expect("an entry"),
        (Node::Mapping(mapping), _) => {
            mapping.get_node(part).unwrap_or_else(|| panic!("no {part} in {path}"))
        }
        _ => panic!("{part} of {path} is in no collection"),
    })
}

fn text(node: &Node) -> String {
    node.as_scalar().expect("a scalar").as_str().to_owned()
}

fn texts(node: &Node) -> Vec<String> {
    node.as_sequence().expect("a sequence").iter().map(text).collect()
}

/// Lines `NAME=value` of an env file.
fn variables(name: &str) -> Vec<(String, String)> {
    let text = std::fs::read_to_string(folder().join(name)).expect("an env file");
    let lines = text.lines().filter(|line| !line.trim_start().starts_with('#'));
    lines
        .filter_map(|line| line.split_once('='))
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect()
}

/// What `tidegate load --help` says.
fn help() -> String {
    let ran =
        Command::new(env!("CARGO_BIN_EXE_tidegate")).args(["load", "--help"]).output().expect("it runs");
    String::from_utf8(ran.stdout).expect("text")
}

const JOB: &str = "base/job.yaml";
const POD: &str = "spec/template/spec/containers/0";

#[test]
fn every_manifest_is_yaml_and_names_files_that_are_there() {
    for kustomization in ["base", "overlays/shared-volume"] {
        let node = yaml(&format!("{kustomization}/kustomization.yaml"));
        let place = folder().join(kustomization);
        for resource in texts(at(&node, "resources")) {
            assert!(place.join(&resource).exists(), "{kustomization}: {resource}");
        }
    }
    for file in ["run.env", "bucket.env"] {
        assert!(folder().join("base").join(file).is_file(), "{file}");
    }
    let claim = yaml("overlays/shared-volume/volume.yaml");
    let mount = yaml("overlays/shared-volume/mount.yaml");
    let volume = "spec/template/spec/volumes/0/persistentVolumeClaim/claimName";
    assert_eq!(text(at(&claim, "metadata/name")), text(at(&mount, volume)));
    assert_eq!(text(at(&mount, "metadata/name")), text(at(&yaml(JOB), "metadata/name")));
}

#[test]
fn there_is_a_pod_for_every_shard_at_one_time() {
    let job = yaml(JOB);
    let shards = text(at(&job, "spec/completions"));
    assert_eq!(text(at(&job, "spec/completionMode")), "Indexed");
    assert_eq!(text(at(&job, "spec/parallelism")), shards);
    assert_eq!(text(at(&job, &format!("{POD}/env/0/name"))), "TIDEGATE_SHARDS");
    assert_eq!(text(at(&job, &format!("{POD}/env/0/value"))), shards);
}

#[test]
fn what_the_job_names_is_what_kustomize_makes() {
    let (job, base) = (yaml(JOB), yaml("base/kustomization.yaml"));
    assert_eq!(
        text(at(&job, &format!("{POD}/envFrom/0/configMapRef/name"))),
        text(at(&base, "configMapGenerator/0/name"))
    );
    assert_eq!(
        text(at(&job, &format!("{POD}/envFrom/1/secretRef/name"))),
        text(at(&base, "secretGenerator/0/name"))
    );
    assert_eq!(text(at(&job, &format!("{POD}/image"))), text(at(&base, "images/0/name")));
    let names = |node: &Node| -> BTreeSet<String> {
        node.as_sequence().expect("a sequence").iter().map(|entry| text(at(entry, "name"))).collect()
    };
    let volumes = "spec/template/spec/volumes";
    assert_eq!(names(at(&job, &format!("{POD}/volumeMounts"))), names(at(&job, volumes)));
    // The overlay changes what the base has made, and nothing else.
    let overlay = yaml("overlays/shared-volume/kustomization.yaml");
    assert_eq!(text(at(&overlay, "configMapGenerator/0/name")), text(at(&base, "configMapGenerator/0/name")));
    assert_eq!(text(at(&overlay, "configMapGenerator/0/behavior")), "merge");
    let mount = yaml("overlays/shared-volume/mount.yaml");
    assert_eq!(text(at(&mount, &format!("{POD}/name"))), text(at(&job, &format!("{POD}/name"))));
    assert_eq!(names(at(&mount, &format!("{POD}/volumeMounts"))), names(at(&mount, volumes)));
    let results = text(at(&overlay, "configMapGenerator/0/literals/0"));
    let path = text(at(&mount, &format!("{POD}/volumeMounts/0/mountPath")));
    assert!(results.starts_with(&format!("TIDEGATE_RESULTS={path}/")), "{results}");
}

#[test]
fn flags_and_variables_are_those_of_the_program() {
    let (job, help) = (yaml(JOB), help());
    let arguments = texts(at(&job, &format!("{POD}/args")));
    for flag in arguments.iter().filter(|argument| argument.starts_with("--")) {
        assert!(help.contains(&format!("{flag} <")), "{flag}");
    }
    assert!(help.contains("[env: JOB_COMPLETION_INDEX]"));
    let run = variables("base/run.env");
    let own = run.iter().filter(|(name, _)| name.starts_with("TIDEGATE_"));
    for name in own.map(|(name, _)| name.as_str()).chain(["TIDEGATE_SHARDS"]) {
        assert!(help.contains(&format!("[env: {name}]")), "{name}");
    }
    // Names in $(…) are variables of the pod, or kubernetes hands them over as they stand.
    let known: BTreeSet<String> = run.into_iter().map(|(name, _)| name).collect();
    for argument in &arguments {
        if let Some(name) = argument.strip_prefix("$(").and_then(|rest| rest.strip_suffix(')')) {
            assert!(known.contains(name), "{name}");
        }
    }
}

#[test]
fn a_pod_of_the_job_understands_its_environment() {
    let variables = variables("base/run.env");
    let mut command = Command::new(env!("CARGO_BIN_EXE_tidegate"));
    command.args([
        "--out",
        env!("CARGO_TARGET_TMPDIR"),
        "load",
        "idle",
        "--url",
        "http://127.0.0.1:9",
        "--workers",
        "2",
    ]);
    command.env("JOB_COMPLETION_INDEX", "4").env("TIDEGATE_SHARDS", "4").envs(variables);
    let ran = command.output().expect("it runs");
    let told = String::from_utf8_lossy(&ran.stderr).into_owned();
    assert!(ran.status.code() == Some(2) && told.contains("no shard with the index 4 of 4"), "{told}");
}

#[test]
fn the_bucket_is_told_by_variables_that_the_store_knows() {
    for (name, _) in variables("base/bucket.env") {
        let key = name.to_ascii_lowercase().parse::<object_store::aws::AmazonS3ConfigKey>();
        assert!(key.is_ok(), "{name}");
    }
}
