//! Targets that are not ours: a URL, or a file that says how to start, reach and judge a server.

use std::path::Path;
use std::time::Duration;

use conformance::target::{Running, Target, TargetFile};

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

/// A URL given to a suite that needs a door that echoes alone may name the path of that door.
pub(crate) fn name_echo_door(running: &mut Running, url: Option<&str>) {
    let path = running.target.base_path().to_owned();
    // `ws://host:port` leaves it to the suite, `ws://host:port/` names the root.
    let names_root = url.is_some_and(|url| url.split_once("://").map_or(url, |(_, rest)| rest).contains('/'));
    if !path.is_empty() || names_root {
        running.target = running.target.clone().echo_at(if path.is_empty() { "/" } else { &path });
    }
}

/// What a load run needs to know of it.
pub(crate) fn foreign(running: &Running) -> Foreign {
    let target = &running.target;
    Foreign {
        url: format!("http://{}{}", target.address(), target.rest("")),
        name: target.name.clone(),
        pid: running.pid(),
    }
}

/// Ends a target that we started.
pub(crate) async fn stop(running: Running) {
    running.stop(STOP_LIMIT).await;
}
