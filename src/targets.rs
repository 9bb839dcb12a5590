//! Targets that are not ours: a URL, or a file that says how to start, reach and judge a server.

use std::path::Path;
use std::time::Duration;

use conformance::target::{Running, Target, TargetFile, misses_echo_door};

use loadgen::Trust;

use crate::exit::Failure;
use crate::setup;
use crate::stages::Foreign;

/// A target that was asked to end gets this long before it is killed.
const STOP_LIMIT: Duration = Duration::from_secs(10);

/// Reads a target file; a mistake in it is the user's.
pub(crate) fn read(path: &Path) -> anyhow::Result<TargetFile> {
    TargetFile::load(path).map_err(setup::conformance)
}

/// The target of a file, started if the file says how, or the one at a URL; `None` when neither is given.
pub(crate) async fn start(file: Option<&TargetFile>, url: Option<&str>) -> anyhow::Result<Option<Running>> {
    if let Some(file) = file {
        return Ok(Some(file.start().await.map_err(setup::conformance)?));
    }
    url.map(|url| Target::from_url(url).map(Running::at)).transpose().map_err(setup::conformance)
}

/// The targets of `files`, or those at `urls`.
pub(crate) async fn start_all(files: &[TargetFile], urls: &[String]) -> anyhow::Result<Vec<Running>> {
    let mut running = Vec::new();
    for file in files {
        running.extend(start(Some(file), None).await?);
    }
    for url in urls {
        running.extend(start(None, Some(url)).await?);
    }
    Ok(running)
}

/// The target of a suite that needs nothing but a door that echoes: the URL is that door, and must be one.
pub(crate) async fn echo_door(url: &str) -> anyhow::Result<Target> {
    let target = Target::echo_door(url).map_err(setup::conformance)?;
    match misses_echo_door(&target).await {
        None => Ok(target),
        Some(seen) => Err(Failure::Target(format!("{url} is no door: {seen}")).into()),
    }
}

/// Whose certificates are good: those of a file, else those this system trusts.
pub(crate) fn trusted(ca: Option<&Path>) -> anyhow::Result<Trust> {
    match ca {
        None => Ok(Trust::System),
        Some(path) => match std::fs::read_to_string(path) {
            Ok(text) => Ok(Trust::Authorities(text)),
            Err(error) => {
                Err(Failure::Usage(format!("--ca {} can't be read: {error}", path.display())).into())
            }
        },
    }
}

fn trust(trust: &conformance::peer::Trust) -> Trust {
    match trust {
        conformance::peer::Trust::System => Trust::System,
        conformance::peer::Trust::Authorities(text) => Trust::Authorities(text.clone()),
        conformance::peer::Trust::Anybody => Trust::Anybody,
    }
}

/// What a load run needs to know of it.
pub(crate) fn foreign(running: &Running) -> Foreign {
    let target = &running.target;
    Foreign {
        url: format!(
            "{}://{}{}",
            if target.tls().is_some() { "https" } else { "http" },
            target.address(),
            target.rest("")
        ),
        trust: target.tls().map_or(Trust::System, |tls| trust(tls.trust())),
        name: target.name.clone(),
        pid: running.pid(),
    }
}

/// Ends a target that we started.
pub(crate) async fn stop(running: Running) {
    running.stop(STOP_LIMIT).await;
}
