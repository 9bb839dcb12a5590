//! Running the command and a reference server beside it.

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::{LazyLock, Mutex, MutexGuard, PoisonError, mpsc};
use std::time::Duration;

/// Longest time any command of these tests may take, databases included.
const PATIENCE: Duration = Duration::from_secs(240);

/// Folder of the databases, shared by all tests of this build so that they are made once.
static DATA: LazyLock<PathBuf> =
    LazyLock::new(|| Path::new(env!("CARGO_TARGET_TMPDIR")).join("command-data"));

/// Each of these tests fills the machine by itself: one at a time, so that they don't judge each other's load.
static ALONE: Mutex<()> = Mutex::new(());

/// A folder for the runs of one test, its databases shared with all others; while it lives, no other test runs.
pub(crate) struct Out {
    folder: tempfile::TempDir,
    _alone: MutexGuard<'static, ()>,
}

impl Out {
    /// The folder.
    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }
}

/// Waits for its turn and makes the folder.
pub(crate) fn out() -> Out {
    let alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let folder = tempfile::tempdir().expect("a temporary folder");
    std::fs::create_dir_all(&*DATA).expect("the shared folder of databases");
    std::os::unix::fs::symlink(&*DATA, folder.path().join("data")).expect("a link to it");
    Out { folder, _alone: alone }
}

/// The command, its runs in `out`.
pub(crate) fn tidegate(out: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tidegate"));
    command.arg("--out").arg(out).args(["--color", "never"]).args(arguments);
    let ours = |name: &str| name.starts_with("TIDEGATE_") || name.starts_with("OTEL_");
    for (name, _) in std::env::vars().filter(|(name, _)| ours(name)) {
        command.env_remove(name);
    }
    command.env_remove("GITHUB_ACTIONS").stdin(Stdio::null());
    command
}

/// What came of a command.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

/// Runs the command to its end.
pub(crate) fn run(out: &Path, arguments: &[&str]) -> Ran {
    let mut command = tidegate(out, arguments);
    finished(command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the command runs"))
}

fn ran(output: Output) -> Ran {
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("text");
    Ran { code: output.status.code(), stdout: text(output.stdout), stderr: text(output.stderr) }
}

/// The JSON file `name` of the latest run.
pub(crate) fn latest(out: &Path, name: &str) -> serde_json::Value {
    let path = out.join("latest").join(name);
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    serde_json::from_str(&text).expect("JSON")
}

/// A reference server of its own process; killed when dropped.
pub(crate) struct Server {
    child: Option<Child>,
    pid: u32,
    pub(crate) line: serde_json::Value,
}

impl Server {
    /// Starts it on free ports and waits until it is ready.
    pub(crate) fn start(out: &Path, arguments: &[&str]) -> Self {
        Self::start_with(out, arguments, &[])
    }

    /// The same with variables in its environment.
    pub(crate) fn start_with(out: &Path, arguments: &[&str], environment: &[(&str, &str)]) -> Self {
        Self::start_at(out, "127.0.0.1:0", arguments, environment)
    }

    /// Ends it and starts another one at its address.
    pub(crate) fn restarted(self, out: &Path, arguments: &[&str]) -> Self {
        let address = self.line["backend"].as_str().expect("an address").to_owned();
        drop(self);
        // Only an address with port 0 lets the other tiers choose theirs.
        let tiers = ["AGENTS", "MCP"].map(|tier| format!("TIDEGATE_LISTEN_{tier}"));
        let environment = tiers.each_ref().map(|name| (name.as_str(), "127.0.0.1:0"));
        Self::start_at(out, &address, arguments, &environment)
    }

    fn start_at(out: &Path, address: &str, arguments: &[&str], environment: &[(&str, &str)]) -> Self {
        let mut command = tidegate(out, &["serve", "--listen", address]);
        command.args(arguments).envs(environment.iter().copied());
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it starts");
        let mut line = String::new();
        BufReader::new(child.stdout.take().expect("piped")).read_line(&mut line).expect("a line");
        let line = serde_json::from_str(&line).expect("one JSON line when ready");
        Self { pid: child.id(), child: Some(child), line }
    }

    /// Base URL of the backend.
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.line["backend"].as_str().expect("an address"))
    }

    /// The same where it speaks TLS.
    pub(crate) fn secure_url(&self) -> String {
        format!("wss://{}", self.line["backend"].as_str().expect("an address"))
    }

    /// Sends a signal, such as `TERM`.
    pub(crate) fn signal(&self, name: &str) {
        signal(self.pid, name);
    }

    /// Waits for its end.
    pub(crate) fn wait(mut self) -> Ran {
        finished(self.child.take().expect("it is taken once"))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// A command that goes on until it is told to end; killed when dropped before that.
pub(crate) struct Lasting(Option<Child>);

impl Lasting {
    /// Starts it; gives the lines of its standard error too.
    pub(crate) fn start(mut command: Command) -> (Self, impl Iterator<Item = String>) {
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it starts");
        let said =
            BufReader::new(child.stderr.take().expect("piped")).lines().map(|line| line.expect("text"));
        (Self(Some(child)), said)
    }

    /// Interrupts it and waits for its end.
    pub(crate) fn interrupted(mut self) -> Ran {
        let child = self.0.take().expect("it is taken once");
        signal(child.id(), "INT");
        finished(child)
    }
}

impl Drop for Lasting {
    fn drop(&mut self) {
        if let Some(mut child) = self.0.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// Sends a signal, such as `TERM`, to a child that has not been waited for.
pub(crate) fn signal(pid: u32, name: &str) {
    let sent = Command::new("kill").args([&format!("-{name}"), &pid.to_string()]).status();
    assert!(sent.expect("kill runs").success());
}

/// Waits for the end of `child`, but not for ever.
pub(crate) fn finished(child: Child) -> Ran {
    let pid = child.id();
    let (sender, receiver) = mpsc::channel();
    std::thread::spawn(move || sender.send(child.wait_with_output()));
    match receiver.recv_timeout(PATIENCE) {
        Ok(output) => ran(output.expect("its output")),
        Err(_) => {
            signal(pid, "KILL");
            panic!("still running after {PATIENCE:?}");
        }
    }
}
