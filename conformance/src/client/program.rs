//! The client as a process: its lines read with bounds, its end noticed at once, killed when the case is over.

use std::path::Path;
use std::process::Stdio;
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::process::{Child, ChildStderr, ChildStdin, ChildStdout, Command};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;
use tokio::time::Instant;

use crate::Error;
use crate::mutants::Faults;
use crate::peer::{Direction, Transcript};

use super::contract;

/// Longest line that is read.
const LONGEST_LINE: usize = 4 * 1024 * 1024;
/// Output after which a client floods.
const MOST_OUTPUT: usize = 32 * 1024 * 1024;
/// Lines after which a client floods.
const MOST_LINES: usize = 20_000;
/// How much of the error output is kept for messages.
const KEPT_ERRORS: usize = 2_000;

/// A client under test: the command that starts it, and how.
#[derive(Clone)]
pub struct ClientProgram {
    command: Vec<String>,
    environment: Vec<(String, String)>,
    time_scale: f64,
    between: Option<Faults>,
}

impl ClientProgram {
    /// The client that `command` starts, its own times multiplied by `time_scale`.
    pub fn new(command: Vec<String>, time_scale: f64) -> Self {
        Self { command, environment: Vec::new(), time_scale, between: None }
    }

    /// The same with one more variable in its environment.
    pub fn variable(mut self, name: &str, value: &str) -> Self {
        self.environment.push((name.to_owned(), value.to_owned()));
        self
    }

    /// The same with its own times multiplied by `scale`.
    pub fn scaled(mut self, scale: f64) -> Self {
        self.time_scale = scale;
        self
    }

    /// The same with faults between it and the suite.
    pub(crate) fn between(mut self, make: Faults) -> Self {
        self.between = Some(make);
        self
    }

    /// What stands between it and the suite.
    pub(crate) fn faults(&self) -> Option<&Faults> {
        self.between.as_ref()
    }

    /// Factor on the client's own times.
    pub fn time_scale(&self) -> f64 {
        self.time_scale
    }

    /// The command as typed.
    pub fn to_text(&self) -> String {
        self.command.join(" ")
    }

    /// Starts it for the case `case`; `variables` name its address.
    pub(crate) fn start(
        &self,
        case: &str,
        variables: &[(&str, String)],
        state: &Path,
        transcript: &Transcript,
    ) -> Result<Process, Error> {
        let failed = |cause: String| Error::Start { target: self.to_text(), cause };
        let Some((program, arguments)) = self.command.split_first() else {
            return Err(failed("the command is empty".to_owned()));
        };
        let mut command = Command::new(program);
        command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        // What the user's own environment says of addresses must not decide a case.
        for name in contract::ADDRESS_VARIABLES.into_iter().chain([contract::URL]) {
            command.env_remove(name);
        }
        command
            .env(contract::TIME_SCALE, self.time_scale.to_string())
            .env(contract::STATE_DIR, state)
            .env(contract::CASE, case)
            .envs(self.environment.iter().map(|(name, value)| (name, value)))
            .envs(variables.iter().map(|(name, value)| (name, value)))
            .kill_on_drop(true);
        let mut child = command.spawn().map_err(|error| failed(error.to_string()))?;
        let (Some(stdin), Some(stdout), Some(stderr)) =
            (child.stdin.take(), child.stdout.take(), child.stderr.take())
        else {
            return Err(failed("it has no standard input or output".to_owned()));
        };
        Ok(Process::new(child, stdin, stdout, stderr, transcript.clone()))
    }
}

impl std::fmt::Debug for ClientProgram {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ClientProgram").field("command", &self.command).finish_non_exhaustive()
    }
}

impl PartialEq for ClientProgram {
    fn eq(&self, other: &Self) -> bool {
        self.command == other.command && self.environment == other.environment
    }
}

/// One line of the client, read.
#[derive(Debug, Clone)]
pub(crate) struct Told {
    /// When it came.
    pub(crate) at: Instant,
    /// The event.
    pub(crate) value: Value,
}

/// What became of the process.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Fate {
    /// It runs.
    Running,
    /// It ended; says how.
    Ended(String),
    /// It writes without measure; says how much.
    Floods(String),
}

/// A running client. Dropping it kills it.
#[derive(Debug)]
pub(crate) struct Process {
    stdin: Option<ChildStdin>,
    pub(crate) events: mpsc::UnboundedReceiver<Told>,
    pub(crate) fate: watch::Receiver<Fate>,
    transcript: Transcript,
    task: JoinHandle<()>,
}

impl Drop for Process {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Process {
    fn new(
        child: Child,
        stdin: ChildStdin,
        stdout: ChildStdout,
        stderr: ChildStderr,
        transcript: Transcript,
    ) -> Self {
        let (sender, events) = mpsc::unbounded_channel();
        let (fate_sender, fate) = watch::channel(Fate::Running);
        let lines = Lines { stdout, sender, transcript: transcript.clone() };
        let task = tokio::spawn(watch_over(child, lines, stderr, fate_sender));
        Self { stdin: Some(stdin), events, fate, transcript, task }
    }

    /// Writes one line; a client that no longer reads shows itself by its end, or by its silence.
    pub(crate) async fn tell(&mut self, action: &Value) {
        self.transcript.add("client", Direction::Sent, "stdin", &action.to_string(), None);
        if let Some(stdin) = &mut self.stdin {
            let line = format!("{action}\n");
            let writing = async {
                stdin.write_all(line.as_bytes()).await?;
                stdin.flush().await
            };
            let limit = std::time::Duration::from_secs(5);
            if !matches!(tokio::time::timeout(limit, writing).await, Ok(Ok(()))) {
                self.transcript.note("client", "it takes no line");
            }
        }
    }

    /// Ends its standard input: its user leaves.
    pub(crate) fn leave(&mut self) {
        self.transcript.note("client", "standard input ends");
        self.stdin = None;
    }
}

/// Owns the child until it ends or the case does.
async fn watch_over(mut child: Child, lines: Lines, stderr: ChildStderr, fate: watch::Sender<Fate>) {
    let errors = Arc::new(Mutex::new(String::new()));
    let transcript = lines.transcript.clone();
    let reading = lines.read();
    let hearing = keep_errors(stderr, Arc::clone(&errors));
    tokio::pin!(reading, hearing);
    let (mut reads, mut hears) = (true, true);
    let status = loop {
        tokio::select! {
            flood = &mut reading, if reads => {
                reads = false;
                if let Some(flood) = flood {
                    transcript.note("client", &flood);
                    let _ = fate.send(Fate::Floods(flood));
                    // It is killed with this task.
                    return;
                }
            }
            () = &mut hearing, if hears => hears = false,
            status = child.wait() => break status,
        }
    };
    // What it wrote before its end counts.
    let rest = std::time::Duration::from_millis(200);
    let _ = tokio::time::timeout(rest, async {
        if reads {
            reading.await;
        }
        if hears {
            hearing.await;
        }
    })
    .await;
    let how = status.map_or_else(|error| error.to_string(), |status| status.to_string());
    let errors = errors.lock().unwrap_or_else(PoisonError::into_inner).trim().to_owned();
    let how = if errors.is_empty() { how } else { format!("{how}: {errors}") };
    transcript.note("client", &format!("ended: {how}"));
    // Nobody asks any more when the case is over.
    let _ = fate.send(Fate::Ended(how));
}

/// Keeps the end of the error output.
async fn keep_errors(mut stderr: ChildStderr, kept: Arc<Mutex<String>>) {
    let mut chunk = vec![0; 4096];
    while let Ok(size) = stderr.read(&mut chunk).await {
        if size == 0 {
            return;
        }
        let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.push_str(&String::from_utf8_lossy(&chunk[..size]));
        if kept.len() > KEPT_ERRORS {
            let cut = kept.len() - KEPT_ERRORS;
            let cut = (cut..kept.len()).find(|at| kept.is_char_boundary(*at)).unwrap_or(kept.len());
            kept.drain(..cut);
        }
    }
}

/// Reads events from standard output.
struct Lines {
    stdout: ChildStdout,
    sender: mpsc::UnboundedSender<Told>,
    transcript: Transcript,
}

impl Lines {
    /// Reads to the end; gives what is too much.
    async fn read(mut self) -> Option<String> {
        let (mut pending, mut chunk) = (Vec::new(), vec![0; 16 * 1024]);
        let (mut bytes, mut lines) = (0, 0);
        // How much of a line is known to have no end: it is not looked at again.
        let mut searched = 0;
        loop {
            let size = match self.stdout.read(&mut chunk).await {
                Ok(0) | Err(_) => return None,
                Ok(size) => size,
            };
            bytes += size;
            pending.extend_from_slice(&chunk[..size]);
            while let Some(end) = pending[searched..].iter().position(|byte| *byte == b'\n') {
                let line: Vec<u8> = pending.drain(..=searched + end).collect();
                self.take(&line);
                lines += 1;
                searched = 0;
            }
            searched = pending.len();
            if pending.len() > LONGEST_LINE {
                return Some(format!("a line of more than {LONGEST_LINE} bytes on standard output"));
            }
            if bytes > MOST_OUTPUT || lines > MOST_LINES {
                return Some(format!("{lines} lines, {bytes} bytes on standard output"));
            }
        }
    }

    fn take(&self, line: &[u8]) {
        let text = String::from_utf8_lossy(line);
        let text = text.trim();
        if text.is_empty() {
            return;
        }
        let value: Option<Value> = serde_json::from_str(text).ok();
        match value.filter(|value| value.get("event").is_some_and(Value::is_string)) {
            Some(value) => {
                self.transcript.add("client", Direction::Received, "stdout", text, None);
                // The receiver is gone when the case is over.
                let _ = self.sender.send(Told { at: Instant::now(), value });
            }
            None => self.transcript.note("client", &format!("no event, passed over: {text}")),
        }
    }
}
