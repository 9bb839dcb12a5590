//! A target the suite starts itself, as a child process.

use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::io::{AsyncBufReadExt as _, AsyncRead, BufReader};
use tokio::process::{Child, Command};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout};

use crate::Error;

use super::features;
use super::file::{StopSignal, TargetFile, readiness};
use super::place::Target;
use super::probe::{get, is_alive, unreachable};

/// Lines of output kept: what a check of the log reads.
const KEPT: usize = 4_000;
/// The last of them, shown in error messages.
const TAIL: usize = 20;
/// Characters kept of one line.
const LINE: usize = 2_000;
/// Characters shown of one line in an error message.
const SHOWN: usize = 400;
/// Time for the last output to be read after the end of a program.
const LAST_WORDS: Duration = Duration::from_millis(500);
/// Starts of a program whose port was taken by somebody else.
const MOST_STARTS: usize = 3;
/// Time between two questions whether it is ready.
const POLL: Duration = Duration::from_millis(50);

/// A target that can be checked; its process, if the suite started one, ends with this value.
#[derive(Debug)]
pub struct Running {
    /// The target.
    pub target: Target,
    process: Option<Process>,
    /// The file that its process logs to, where that is not its output.
    log: Option<PathBuf>,
    guard: Option<Guard>,
}

/// Something that keeps a target alive.
type Guard = Box<dyn std::any::Any + Send + Sync>;

#[derive(Debug)]
struct Process {
    child: Child,
    tail: Tail,
    followers: JoinSet<()>,
    stop_signal: StopSignal,
}

/// The lines of a program's output, the last of very many.
type Tail = Arc<Mutex<VecDeque<String>>>;

impl TargetFile {
    /// Starts the target, if the file says how, and waits until it is ready.
    pub async fn start(&self) -> Result<Running, Error> {
        if self.target.start.is_empty() {
            let target = self.target(0)?;
            let running = Running { target, process: None, log: None, guard: None };
            self.wait_ready(running, None).await
        } else {
            self.start_anywhere().await
        }
    }

    /// Starts it on a port that is free. A slow program may find that somebody else has taken it meanwhile: then
    /// it gets another one.
    async fn start_anywhere(&self) -> Result<Running, Error> {
        let mut starts = 1;
        loop {
            let port = free_port().map_err(|error| self.not_started(error.to_string()))?;
            let began = Instant::now();
            let outcome = self.start_at(port).await;
            let gave_up = began.elapsed() < self.target.ready_timeout && !is_free(port);
            if outcome.is_ok() || starts == MOST_STARTS || !gave_up {
                return outcome;
            }
            starts += 1;
        }
    }

    /// Starts it at `port`.
    pub(super) async fn start_at(&self, port: u16) -> Result<Running, Error> {
        let target = self.target(port)?;
        let (process, seen) = self.spawn(port)?;
        let running = Running { target, process: Some(process), log: None, guard: None };
        self.wait_ready(running, Some(seen)).await
    }

    /// The start command with its placeholders filled in.
    pub fn command(&self, port: u16) -> Vec<String> {
        let fill = |word: &String| {
            let mut word = self.places.fill(word).replace("{port}", &port.to_string());
            for (name, value) in self.timers.placeholders() {
                word = word.replace(&format!("{{{name}}}"), &value.as_millis().to_string());
            }
            word
        };
        self.target.start.iter().map(fill).collect()
    }

    /// Where the start command runs: the folder of the file, so that what it names can lie beside it.
    fn folder(&self) -> &Path {
        let folder = self.path.parent().filter(|folder| folder.is_dir());
        folder.unwrap_or(Path::new("."))
    }

    fn spawn(&self, port: u16) -> Result<(Process, watch::Receiver<bool>), Error> {
        let words = self.command(port);
        let Some((program, arguments)) = words.split_first() else {
            return Err(self.not_started("the command is empty".to_owned()));
        };
        let mut child = Command::new(program)
            .args(arguments)
            .current_dir(self.folder())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .map_err(|error| self.not_started(format!("{program}: {error}")))?;
        let tail = Tail::default();
        let (seen, ready) = watch::channel(false);
        let wanted = self.target.ready_line.clone();
        let streams: [Option<Box<dyn AsyncRead + Send + Unpin>>; 2] = [
            child.stdout.take().map(|stream| Box::new(stream) as _),
            child.stderr.take().map(|stream| Box::new(stream) as _),
        ];
        let mut followers = JoinSet::new();
        for stream in streams.into_iter().flatten() {
            followers.spawn(follow(stream, Arc::clone(&tail), wanted.clone(), seen.clone()));
        }
        Ok((Process { child, tail, followers, stop_signal: self.target.stop_signal }, ready))
    }

    async fn wait_ready(
        &self,
        mut running: Running,
        mut seen: Option<watch::Receiver<bool>>,
    ) -> Result<Running, Error> {
        let end = Instant::now() + self.target.ready_timeout;
        let (path, status) = self
            .target
            .ready
            .as_deref()
            .and_then(readiness)
            .map_or(("/health", None), |(path, status)| (path, Some(status)));
        loop {
            if let Some(status) = running.exited() {
                let last_words = running.last_words().await;
                return Err(self.not_started(format!("{status}{last_words}")));
            }
            let cause = if let (Some(line), Some(seen)) = (&self.target.ready_line, &mut seen) {
                if *seen.borrow_and_update() {
                    return Ok(running);
                }
                // Either the line or the next look at the process.
                let _ = timeout(POLL, seen.changed()).await;
                format!("no line with {line:?}")
            } else {
                match get(&running.target, path).await {
                    Ok(response) if status.is_none_or(|status| status == response.status) => {
                        return Ok(running);
                    }
                    Ok(response) => format!("GET {path} answered {}", response.status),
                    // A server that speaks WebSocket alone may leave a plain request without an answer.
                    Err(_) if status.is_none() && is_alive(&running.target).await => return Ok(running),
                    Err(cause) => cause,
                }
            };
            if running.process.is_none() {
                return Err(unreachable(&running.target, cause));
            }
            if Instant::now() >= end {
                let limit = self.target.ready_timeout;
                return Err(self.not_started(format!("not ready after {limit:?}: {cause}{}", running.tail())));
            }
            tokio::time::sleep(POLL).await;
        }
    }

    fn not_started(&self, cause: String) -> Error {
        Error::Start { target: self.target.name.clone(), cause }
    }
}

impl Running {
    /// A target that runs already.
    pub fn at(target: Target) -> Self {
        Self { target, process: None, log: None, guard: None }
    }

    /// A target that runs as long as `guard` lives.
    pub fn guarded(target: Target, guard: impl std::any::Any + Send + Sync) -> Self {
        Self { target, process: None, log: None, guard: Some(Box::new(guard)) }
    }

    /// A target that runs in `child`, which was started and is ready; it is killed with this value if it was
    /// made so.
    pub fn adopted(target: Target, child: Child) -> Self {
        let process = Process {
            child,
            tail: Tail::default(),
            followers: JoinSet::new(),
            stop_signal: StopSignal::default(),
        };
        Self { target, process: Some(process), log: None, guard: None }
    }

    /// The same, whose process writes its log into the file `log`.
    pub fn logging_to(mut self, log: PathBuf) -> Self {
        self.log = Some(log);
        self
    }

    /// What its process has written: all of it, up to [`KEPT`] lines of output, when it has ended.
    pub(super) async fn log(&mut self) -> std::io::Result<String> {
        if let Some(log) = &self.log {
            return Ok(String::from_utf8_lossy(&std::fs::read(log)?).into_owned());
        }
        self.output_ends().await;
        let Some(process) = &self.process else { return Ok(String::new()) };
        let lines = process.tail.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(lines.iter().map(|line| format!("{line}\n")).collect())
    }

    /// Sends its stop signal, where the suite started it.
    pub(super) fn signal(&mut self) {
        if let Some(process) = &mut self.process {
            process.signal();
        }
    }

    /// Kills it, where the suite started it.
    pub(super) fn kill(&mut self) {
        if let Some(process) = &mut self.process {
            // It may be gone already.
            let _ = process.child.start_kill();
        }
    }

    /// Waits for the end of its process; `None` when it does not end within `limit`, or there is none.
    pub(super) async fn wait(
        &mut self,
        limit: Duration,
    ) -> Option<std::io::Result<std::process::ExitStatus>> {
        timeout(limit, self.process.as_mut()?.child.wait()).await.ok()
    }

    /// Process id, where the suite started it.
    pub fn pid(&self) -> Option<u32> {
        self.process.as_ref().and_then(|process| process.child.id())
    }

    /// How its process ended, if it did.
    pub fn exited(&mut self) -> Option<String> {
        let process = self.process.as_mut()?;
        let status = process.child.try_wait().ok().flatten()?;
        Some(format!("it ended with {status}"))
    }

    /// Waits until the output of a process that has ended is read.
    async fn output_ends(&mut self) {
        if let Some(process) = &mut self.process {
            // A grandchild may hold the pipe open: then what there is must do.
            let all = async { while process.followers.join_next().await.is_some() {} };
            let _ = timeout(LAST_WORDS, all).await;
        }
    }

    /// The end of the output of a process that has ended.
    async fn last_words(&mut self) -> String {
        self.output_ends().await;
        self.tail()
    }

    /// The end of its output, for an error message.
    pub fn tail(&self) -> String {
        let Some(process) = &self.process else { return String::new() };
        let tail = process.tail.lock().unwrap_or_else(PoisonError::into_inner);
        if tail.is_empty() {
            return String::new();
        }
        let last = tail.iter().skip(tail.len().saturating_sub(TAIL));
        let lines: Vec<String> = last.map(|line| line.chars().take(SHOWN).collect()).collect();
        format!("; its last output:\n  {}", lines.join("\n  "))
    }

    /// Ends the process with its stop signal, after `limit` by force.
    pub async fn stop(mut self, limit: Duration) {
        drop(self.guard.take());
        let Some(process) = &mut self.process else { return };
        process.signal();
        if timeout(limit, process.child.wait()).await.is_err() {
            // It is killed on drop in any case.
            let _ = process.child.kill().await;
        }
    }
}

impl Process {
    fn signal(&mut self) {
        let name = match self.stop_signal {
            StopSignal::Term => "-TERM",
            StopSignal::Int => "-INT",
            StopSignal::Quit => "-QUIT",
            StopSignal::Kill => "-KILL",
        };
        if let Some(id) = self.child.id() {
            // `kill` of POSIX: std and tokio know SIGKILL only, and this crate has no unsafe code.
            let sent = std::process::Command::new("kill").arg(name).arg(id.to_string()).status();
            if !sent.is_ok_and(|status| status.success()) {
                // It may be gone already; else it is killed after the limit.
                let _ = self.child.start_kill();
            }
        }
    }
}

/// Keeps the last lines of `stream` and says when the wanted one was seen.
async fn follow(
    stream: Box<dyn AsyncRead + Send + Unpin>,
    tail: Tail,
    wanted: Option<String>,
    seen: watch::Sender<bool>,
) {
    let mut reader = BufReader::new(stream);
    let mut line = Vec::new();
    loop {
        line.clear();
        if !read_line(&mut reader, &mut line).await {
            return;
        }
        let text: String = String::from_utf8_lossy(&line).trim_end().chars().take(LINE).collect();
        if wanted.as_deref().is_some_and(|wanted| text.contains(wanted)) {
            seen.send_replace(true);
        }
        let mut tail = tail.lock().unwrap_or_else(PoisonError::into_inner);
        if tail.len() == KEPT {
            tail.pop_front();
        }
        tail.push_back(text);
    }
}

/// Reads a line of any length, keeping its beginning.
async fn read_line<R: AsyncRead + Unpin>(reader: &mut BufReader<R>, line: &mut Vec<u8>) -> bool {
    loop {
        let Ok(chunk) = reader.fill_buf().await else { return false };
        if chunk.is_empty() {
            return !line.is_empty();
        }
        let end = chunk.iter().position(|byte| *byte == b'\n');
        let used = end.map_or(chunk.len(), |at| at + 1);
        let room = (4 * LINE).saturating_sub(line.len());
        line.extend_from_slice(&chunk[..used.min(room)]);
        reader.consume(used);
        if end.is_some() {
            return true;
        }
    }
}

/// A port nobody listens on at this moment.
fn free_port() -> std::io::Result<u16> {
    Ok(std::net::TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port())
}

fn is_free(port: u16) -> bool {
    std::net::TcpListener::bind(("127.0.0.1", port)).is_ok()
}

/// The embedded reference: its backend at `backend`, such as `127.0.0.1:8080`, its agents at `agents`, its MCP server
/// at `mcp`.
pub fn reference_target(backend: &str, agents: Option<&str>, mcp: Option<&str>) -> Result<Target, Error> {
    let mut target = Target::from_url(&format!("http://{backend}"))?;
    "embedded reference server".clone_into(&mut target.name);
    let agent = |name: &str| Some((name.to_owned(), format!("http://{}/{name}", agents?)));
    target.agents = ["nlp", "data", "viz"].into_iter().filter_map(agent).collect();
    target.mcp = mcp.map(str::to_owned);
    target.timers.header_timeout = Some(crate::proof::REFERENCE_HEADER_TIMEOUT);
    target.features = features::of_reference();
    Ok(target)
}
