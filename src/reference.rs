//! The reference server as a child process: what is measured and killed must not share a process with the
//! instrument.

use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use anyhow::{Context as _, bail};
use reference_server::config::Config;
use serde::Deserialize;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};

use crate::exit::Failure;
use crate::setup;

/// The first start makes the databases, on a server of their own row by row; nothing else takes long.
const READY_TIMEOUT: Duration = Duration::from_secs(300);
/// A drain that is asked for at the end of a run has no clients left to wait for.
const STOP_TIMEOUT: Duration = Duration::from_secs(20);

/// The line that the server prints when it is ready.
#[derive(Debug, Deserialize)]
struct Listening {
    backend: Option<String>,
    agents: Option<String>,
    mcp: Option<String>,
    database: Option<String>,
}

/// A running reference server; killed when dropped.
pub(crate) struct Reference {
    child: Child,
    launch: Launch,
    address: String,
    agents: Option<String>,
    mcp: Option<String>,
    database: Option<String>,
}

/// How it is started, and started again.
struct Launch {
    role: String,
    listen: String,
    config: tempfile::NamedTempFile,
    log: PathBuf,
}

impl Reference {
    /// Starts `tidegate serve` on free ports with `overrides` over the defaults, its log in `log`.
    pub(crate) async fn start(data: &Path, overrides: &[&str], log: PathBuf) -> anyhow::Result<Self> {
        Self::start_role("all", "127.0.0.1:0", data, overrides, log).await
    }

    /// Starts one role of it at `listen`.
    pub(crate) async fn start_role(
        role: &str,
        listen: &str,
        data: &Path,
        overrides: &[&str],
        log: PathBuf,
    ) -> anyhow::Result<Self> {
        let config =
            write_config(data, overrides).context("can't write the reference server's configuration")?;
        std::fs::File::create(&log).with_context(|| format!("can't write {}", log.display()))?;
        let launch = Launch { role: role.to_owned(), listen: listen.to_owned(), config, log };
        let (child, listening) = launch.go().await?;
        let Listening { backend, agents, mcp, database } = listening;
        let Some(address) = backend.or_else(|| agents.clone()) else {
            bail!(Failure::Target(format!("the reference server serves nothing as role {role}")));
        };
        Ok(Self { child, launch, address, agents, mcp, database })
    }

    /// Starts it again after [`Reference::end`], at the same address.
    pub(crate) async fn start_again(&mut self) -> anyhow::Result<()> {
        self.launch.listen.clone_from(&self.address);
        let (child, listening) = self.launch.go().await?;
        (self.child, self.agents, self.mcp) = (child, listening.agents, listening.mcp);
        Ok(())
    }

    /// Ends the process in mid-run and waits until it is gone. An orderly end that takes too long is none.
    pub(crate) async fn end(&mut self, signal: Signal) -> anyhow::Result<()> {
        self.signal(signal);
        match tokio::time::timeout(STOP_TIMEOUT, self.child.wait()).await {
            Ok(status) => status.map(|_| ()).context("can't wait for the reference server"),
            Err(_) => {
                self.child.kill().await.context("can't kill the reference server")?;
                bail!("the server did not end within {STOP_TIMEOUT:?} and was killed")
            }
        }
    }

    /// Sends a signal, if the process is there.
    pub(crate) fn signal(&self, signal: Signal) {
        if let Some(pid) = self.child.id() {
            kill::send(pid, signal);
        }
    }

    /// The server as a target of checks.
    pub(crate) fn target(&self) -> Result<conformance::Target, conformance::Error> {
        conformance::target::reference_target(&self.address, self.agents.as_deref(), self.mcp.as_deref())
    }

    /// The process itself, which is killed when dropped.
    pub(crate) fn into_child(self) -> Child {
        self.child
    }

    /// Base URL of the backend.
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Name and version of its database.
    pub(crate) fn database(&self) -> Option<String> {
        self.database.clone()
    }

    /// Process id, for memory and CPU figures.
    pub(crate) fn pid(&self) -> Option<u32> {
        self.child.id()
    }

    /// How the server ended, if it did on its own.
    pub(crate) fn ended(&mut self) -> Option<String> {
        let status = self.child.try_wait().ok().flatten()?;
        Some(format!(
            "the reference server ended in mid-run ({}){}",
            describe(status),
            tail(&self.launch.log)
        ))
    }

    /// Drains the server and waits for it; kills it when it does not go.
    pub(crate) async fn stop(mut self) -> anyhow::Result<()> {
        self.signal(Signal::Terminate);
        match tokio::time::timeout(STOP_TIMEOUT, self.child.wait()).await {
            Ok(status) => {
                let status = status.context("can't wait for the reference server")?;
                if !status.success() {
                    bail!(Failure::Target(format!(
                        "the reference server ended badly ({}){}",
                        describe(status),
                        tail(&self.launch.log)
                    )));
                }
                Ok(())
            }
            Err(_) => {
                self.child.kill().await.context("can't kill the reference server")?;
                bail!(Failure::Target(format!("the reference server did not stop within {STOP_TIMEOUT:?}")))
            }
        }
    }
}

impl Launch {
    /// Starts the process and waits until it is ready.
    async fn go(&self) -> anyhow::Result<(Child, Listening)> {
        let log = &self.log;
        let log_file = std::fs::File::options()
            .append(true)
            .open(log)
            .with_context(|| format!("can't write {}", log.display()))?;
        let binary = std::env::current_exe().context("can't find this program's own file")?;
        let mut command = Command::new(binary);
        // What the environment says to a server of the user's must not change the one that checks are proven on.
        for (name, _) in setup::environment() {
            if Config::is_variable(&name) {
                command.env_remove(name);
            }
        }
        let mut child = command
            .args(["serve", "--role", &self.role, "--listen", &self.listen, "--config"])
            .arg(self.config.path())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::from(log_file))
            // Ctrl-C reaches the whole foreground group; this process decides when the server ends.
            .process_group(0)
            .kill_on_drop(true)
            .spawn()
            .context("can't start the reference server")?;
        match tokio::time::timeout(READY_TIMEOUT, ready(&mut child)).await {
            Ok(Ok(listening)) => Ok((child, listening)),
            Ok(Err(error)) => {
                let status = child.wait().await.ok();
                bail!(Failure::Target(format!(
                    "the reference server did not start ({}): {error}{}",
                    status.map_or_else(|| "still running".to_owned(), |status| status.to_string()),
                    tail(log)
                )))
            }
            Err(_) => bail!(Failure::Target(format!(
                "the reference server was not ready within {READY_TIMEOUT:?}{}",
                tail(log)
            ))),
        }
    }
}

async fn ready(child: &mut Child) -> anyhow::Result<Listening> {
    let stdout = child.stdout.take().context("it has no standard output")?;
    let mut line = String::new();
    BufReader::new(stdout).read_line(&mut line).await.context("can't read its first line")?;
    serde_json::from_str(&line)
        .with_context(|| format!("it printed {:?} when it should be ready", line.trim()))
}

/// The defaults of a child: data beside the runs, every listener on a free port, then `overrides` in order.
fn write_config(data: &Path, overrides: &[&str]) -> anyhow::Result<tempfile::NamedTempFile> {
    let mut table = toml::Table::new();
    for tier in ["backend", "agents", "mcp"] {
        set(&mut table, "listen", tier, toml::Value::from("127.0.0.1:0"));
    }
    set(&mut table, "database", "directory", toml::Value::from(data.display().to_string()));
    // What one run knew must not be known to the next.
    set(&mut table, "state", "file", toml::Value::from(""));
    for text in overrides {
        merge(&mut table, toml::from_str(text).context("an override is not TOML")?);
    }
    let file = tempfile::Builder::new().prefix("tidegate-server-").suffix(".toml").tempfile()?;
    std::fs::write(file.path(), toml::to_string(&table)?)?;
    Ok(file)
}

fn set(table: &mut toml::Table, section: &str, key: &str, value: toml::Value) {
    let entry = table.entry(section).or_insert_with(|| toml::Value::Table(toml::Table::new()));
    if let toml::Value::Table(entry) = entry {
        entry.insert(key.to_owned(), value);
    }
}

/// Lays `over` over `base`, table by table.
fn merge(base: &mut toml::Table, over: toml::Table) {
    for (key, value) in over {
        match (base.get_mut(&key), value) {
            (Some(toml::Value::Table(below)), toml::Value::Table(above)) => merge(below, above),
            (_, value) => {
                base.insert(key, value);
            }
        }
    }
}

/// The last lines of a log, for an error message.
fn tail(log: &Path) -> String {
    let text = std::fs::read_to_string(log).unwrap_or_default();
    let lines: Vec<&str> = text.lines().rev().take(5).collect();
    if lines.is_empty() {
        return String::new();
    }
    let lines: Vec<&str> = lines.into_iter().rev().collect();
    format!("; its last words in {}:\n    {}", log.display(), lines.join("\n    "))
}

fn describe(status: ExitStatus) -> String {
    use std::os::unix::process::ExitStatusExt as _;
    match (status.code(), status.signal()) {
        (Some(code), _) => format!("exit code {code}"),
        (None, Some(signal)) => format!("killed by signal {signal}"),
        (None, None) => status.to_string(),
    }
}

/// What can be sent to a process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Signal {
    /// Asks for an orderly end.
    Terminate,
    /// Ends it at once.
    Kill,
    /// Takes its processors away.
    Stop,
    /// Gives them back.
    Continue,
}

mod kill {
    //! The one call that the standard library has no safe form of.
    #![expect(unsafe_code, reason = "std can only send SIGKILL, and an orderly end needs SIGTERM")]

    use super::Signal;

    /// Sends `signal` to a child of ours that has not been waited for, so that its id can't have been reused.
    pub(super) fn send(pid: u32, signal: Signal) {
        let Ok(pid) = libc::pid_t::try_from(pid) else { return };
        let number = match signal {
            Signal::Terminate => libc::SIGTERM,
            Signal::Kill => libc::SIGKILL,
            Signal::Stop => libc::SIGSTOP,
            Signal::Continue => libc::SIGCONT,
        };
        // SAFETY: kill takes two integers and touches no memory of ours.
        unsafe {
            libc::kill(pid, number);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn overrides_lie_over_the_defaults_table_by_table() {
        let file = write_config(
            Path::new("data"),
            &["[timers]\nping_interval = \"1s\"", "[timers]\npong_timeout = \"3s\""],
        )
        .unwrap();
        let table: toml::Table = toml::from_str(&std::fs::read_to_string(file.path()).unwrap()).unwrap();
        assert_eq!(table["timers"]["ping_interval"].as_str(), Some("1s"));
        assert_eq!(table["timers"]["pong_timeout"].as_str(), Some("3s"));
        assert_eq!(table["listen"]["mcp"].as_str(), Some("127.0.0.1:0"));
        assert_eq!(table["database"]["directory"].as_str(), Some("data"));
    }
}
